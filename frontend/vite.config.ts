/// <reference types="vitest/config" />
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Puts .br and .gz beside each built file; the server sends them to browsers that take them. */
function compressed(): Plugin {
  let folder = "";
  const visit = (path: string): void => {
    if (statSync(path).isDirectory()) return readdirSync(path).forEach((name) => visit(join(path, name)));
    if (!/\.(js|css|svg)$/.test(path)) return;
    const data = readFileSync(path);
    writeFileSync(`${path}.br`, brotliCompressSync(data));
    writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
  };
  return {
    name: "compressed",
    apply: "build",
    configResolved: (config) => {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle: () => visit(folder),
  };
}

/** The program is fetched beside the page's first, small script, and not after it. */
function preloaded(): Plugin {
  return {
    name: "preloaded",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
        const main = chunks.find((one) => one.facadeModuleId?.endsWith("/src/main.tsx"));
        if (!main) throw new Error("src/main.tsx is no chunk of its own");
        const link = (rel: string) => (file: string) => ({
          tag: "link",
          attrs: { rel, crossorigin: true, href: `/static/${file}` },
          injectTo: "head" as const,
        });
        const styles = [...(main.viteMetadata?.importedCss ?? [])];
        return [
          ...[main.fileName, ...main.imports].map(link("modulepreload")),
          ...styles.map(link("stylesheet")),
        ];
      },
    },
  };
}

export default defineConfig(({ command }) => ({
  plugins: [react(), preloaded(), compressed()],
  // Django serves the built files below /static/, and index.html at every other address.
  base: command === "build" ? "/static/" : "/",
  build: { target: "es2022", assetsInlineLimit: 0 },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
}));
