/** What the modules of a source tree import, and what follows from it: which reach which, and which stand in a circle. */
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import { parseSync } from "vite";
import { filesBelow, root } from "./repository.ts";

export interface Import {
  /** As written: "../base/index.ts", "node:fs", "commander". */
  readonly specifier: string;
  /** `static` and `dynamic` load a module, `type` is gone when the program runs. */
  readonly kind: "static" | "dynamic" | "type";
}

/** Imports by file; paths are relative to the repository. */
export type Tree = ReadonlyMap<string, readonly Import[]>;

interface SyntaxNode {
  readonly type: string;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly source?: { readonly type: string; readonly value?: unknown } | null;
}

/** Everything a module imports, in the order of its text; re-exports, `import()` and types are among it. */
export function importsOf(path: string, text: string): Import[] {
  const { program, errors } = parseSync(path, text);
  if (program.body.length === 0 && errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]!.message}`);
  const found: Import[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    const node = value as SyntaxNode; // the shape of every ESTree node
    const specifier = node.source?.type === "Literal" ? node.source.value : undefined;
    if (typeof specifier === "string") found.push({ specifier, kind: kindOf(node) });
    for (const child of Object.values(value)) visit(child);
  };
  visit(program);
  return found;
}

function kindOf({ type, importKind, exportKind }: SyntaxNode): Import["kind"] {
  if (type === "ImportExpression") return "dynamic";
  return type === "TSImportType" || importKind === "type" || exportKind === "type" ? "type" : "static";
}

/** The imports of every TypeScript file below `folder`. */
export function readTree(folder: string): Tree {
  const files = filesBelow(folder).filter((file) => file.endsWith(".ts"));
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(join(root, file), "utf8"))]));
}

export const isRelative = (specifier: string): boolean => specifier.startsWith(".");

/** The file that a relative import of `file` names. */
export const target = (file: string, specifier: string): string => posix.join(posix.dirname(file), specifier);

/** A module of Node itself, with or without `node:` before its name. */
export const isBuiltin = (specifier: string): boolean =>
  specifier.startsWith("node:") || builtinModules.includes(specifier);

/** "@scope/name/part" and "name/part" without their part. */
export const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** For every file that `entry` loads, now or later, the chain of files from `entry` to it. */
export function reachedFrom(entry: string, tree: Tree): Map<string, readonly string[]> {
  const chains = new Map<string, readonly string[]>([[entry, [entry]]]);
  for (const [file, chain] of chains) {
    for (const { specifier, kind } of tree.get(file) ?? []) {
      if (kind === "type" || !isRelative(specifier)) continue;
      const next = target(file, specifier);
      if (!chains.has(next)) chains.set(next, [...chain, next]);
    }
  }
  return chains;
}

/** One circle of static imports as "a → b → a", for each place where one closes; types and `import()` close none. */
export function cycles(tree: Tree): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file].join(" → "));
    if (start >= 0 || done.has(file)) return;
    for (const { specifier, kind } of tree.get(file) ?? []) {
      if (kind === "static" && isRelative(specifier)) visit(target(file, specifier), [...path, file]);
    }
    done.add(file);
  };
  for (const file of tree.keys()) visit(file, []);
  return found;
}
