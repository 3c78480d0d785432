/**
 * Puts the recorder between the tests and the library: what a test imports from `src` comes through a module of the same
 * exports whose functions note their calls. The library's own modules import each other as ever.
 */
import { join, relative, sep } from "node:path";
import type { Plugin } from "vite";
import { root } from "../repository.ts";
import { exportsOf, keyOf } from "./exports.ts";

/** The folders of `tests` whose calls count: those that test what users call. */
export const recordedFolders = [
  "autodiff",
  "data",
  "io",
  "nn",
  "numerics",
  "optim",
  "plot",
  "tensor",
  "train",
] as const;

const mark = "?recorded";

const fromRoot = (path: string): string => relative(root, path).split(sep).join("/");

const isRecorded = (path: string): boolean => recordedFolders.some((folder) => path.startsWith(`tests/${folder}/`));

export function recordCalls(): Plugin {
  return {
    name: "gradus:record-calls",
    enforce: "pre",
    async resolveId(source, importer, options) {
      if (importer === undefined || !source.startsWith(".") || !isRecorded(fromRoot(importer))) return null;
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
      return resolved !== null && fromRoot(resolved.id).startsWith("src/") ? `${resolved.id}${mark}` : null;
    },
    load(id) {
      return id.endsWith(mark) ? recordedModule(fromRoot(id.slice(0, -mark.length))) : null;
    },
  };
}

/** A module that gives the exports of `file`, recorded. */
function recordedModule(file: string): string {
  const path = (name: string): string => JSON.stringify(join(root, name));
  const lines = [
    `import * as real from ${path(file)};`,
    `import { recorded } from ${path("tests/support/functions/recorder.ts")};`,
  ];
  Array.from(exportsOf(file)).forEach(([name, definition], i) => {
    lines.push(
      definition.kind === "namespace"
        ? `import * as e${i} from ${JSON.stringify(join(root, definition.file) + mark)};`
        : `const e${i} = recorded(${JSON.stringify(keyOf(definition))}, real[${JSON.stringify(name)}]);`,
      `export { e${i} as ${name} };`,
    );
  });
  return lines.join("\n");
}
