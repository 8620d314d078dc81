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

export default defineConfig(({ command }) => ({
  plugins: [react(), compressed()],
  // Django serves the built files below /static/, and index.html at every other address.
  base: command === "build" ? "/static/" : "/",
  build: { target: "es2022", assetsInlineLimit: 0 },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
}));
