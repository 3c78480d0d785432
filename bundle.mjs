/**
 * Joins the compiled modules into a few files for Node: loading some hundred small ones takes longer than running them. Pages keep the small ones,
 * of which their bundlers take what is used. Everything shared lies in common chunks, so that `gradus` and `gradus/nn` are one library. All files lie in one
 * folder: the library finds its own files (`package.json`, the data) relative to it.
 */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));
rmSync(`${root}dist/bundled`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    node: "dist/node.js",
    nn: "dist/nn/index.js",
    optim: "dist/optim/index.js",
    io: "dist/io/index.js",
    plot: "dist/plot/index.js",
    cli: "dist/cli/main.js",
  },
  outdir: "dist/bundled",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  sourcemap: "linked",
  sourcesContent: false,
  logLevel: "warning",
});
