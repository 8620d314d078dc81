/// <reference types="vitest/config" />
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { build, defineConfig, type Plugin } from "vite";

const TARGET = "es2022";

const PROGRAM = '<link rel="modulepreload" crossorigin href="$1" data-program>';

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

/** Labeling screens by the project's kind: files of their own, whose names the first script has to know. */
const SCREENS = {
  detection: "src/pages/label/boxes/screen.tsx",
  matting: "src/pages/label/mattes/screen.tsx",
};

/** The page's first script stands in the page: it runs before anything else is fetched, and starts the program. */
function early(): Plugin {
  return {
    name: "early",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: async (page, { bundle }) => {
        const built = await build({
          configFile: false,
          logLevel: "warn",
          build: {
            write: false,
            target: TARGET,
            rolldownOptions: { input: resolve("src/early.ts"), output: { format: "iife" } },
          },
        });
        const { output } = Array.isArray(built)
          ? built[0]!
          : (built as Exclude<typeof built, { on: unknown }>);
        const metas = Object.entries(SCREENS).map(([kind, path]) => {
          const screen = Object.values(bundle ?? {}).find(
            (one) => one.type === "chunk" && one.facadeModuleId === resolve(path),
          );
          if (screen?.type !== "chunk") throw new Error(`${path} is in no file of its own`);
          // With what it shares with other pages, and not with the program, which is there already.
          const files = [screen.fileName, ...screen.imports].filter((name) => !page.includes(name));
          const content = files.map((name) => `/static/${name}`).join(" ");
          return `<meta name="screen-${kind}" content="${content}">\n    `;
        });
        // Before the styles, which a script behind them would wait for.
        return page
          .replace("<title>", () => `${metas.join("")}<script>${output[0].code.trim()}</script>\n    <title>`)
          .replace(/<script type="module" crossorigin src="(.*?)"><\/script>/, PROGRAM);
      },
    },
  };
}

export default defineConfig(({ command }) => ({
  plugins: [react(), early(), compressed()],
  // Django serves the built files below /static/, and index.html at every other address.
  base: command === "build" ? "/static/" : "/",
  build: { target: TARGET, assetsInlineLimit: 0 },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
}));
