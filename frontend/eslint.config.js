import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// The layers of the house: each may import what stands below it.
const above = {
  shapes: ["store", "tools", "canvas", "parts", "pages", "api"],
  store: ["tools", "canvas", "parts", "pages"],
  tools: ["canvas", "parts", "pages"],
  canvas: ["parts", "pages"],
  parts: ["pages"],
};

export default tseslint.config(
  ...tseslint.configs.recommended,
  hooks.configs.flat.recommended,
  { ignores: ["src/api/schema.d.ts"] },
  ...Object.entries(above).map(([layer, forbidden]) => ({
    files: [`src/${layer}/**`],
    rules: { "no-restricted-imports": ["error", { patterns: forbidden.map((name) => `**/${name}/*`) }] },
  })),
);
