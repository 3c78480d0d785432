/**
 * The house of Gradus: which room of `src` may import which. A room imports rooms to its left, through their `index.ts`
 * (or `node.ts`, for what exists in Node alone):
 *
 *     base ← graph ← compiler ← devices ← runtime ← tensor ← autodiff ← nn ← optim ← train ← structure, distributed ← cli
 *                                                     ↑ data, io                             plot: base only, used by cli
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  cycles,
  type Import,
  importsOf,
  isBuiltin,
  isRelative,
  packageOf,
  reachedFrom,
  readTree,
  type Tree,
  target,
} from "./support/imports.ts";
import { root } from "./support/repository.ts";

const chain = [
  "base",
  "graph",
  "compiler",
  "devices",
  "runtime",
  "tensor",
  "autodiff",
  "nn",
  "optim",
  "train",
] as const;
const upTo = (last: (typeof chain)[number]): string[] => chain.slice(0, chain.indexOf(last) + 1);

/** The rooms that each room may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(chain.map((room, i) => [room, chain.slice(0, i)])),
  data: upTo("tensor"),
  io: upTo("tensor"),
  train: [...upTo("optim"), "data", "io"],
  structure: [...upTo("train"), "data", "io"],
  distributed: [...upTo("train"), "data", "io"],
  plot: ["base"],
  cli: [...upTo("train"), "data", "io", "structure", "distributed", "plot"],
};

/** They put the rooms together and hand in the devices. `index` and `browser` are what a page loads. */
const entries = ["src/index.ts", "src/browser.ts", "src/node.ts"] as const;
const pageEntries = ["src/index.ts", "src/browser.ts"] as const;

/** src/tensor/print.ts lives in tensor. */
const roomOf = (file: string): string => file.split("/")[1]!;

/** src/devices/wasm/encoder.ts belongs to the device wasm; what lies in src/devices itself to none. */
const deviceOf = (file: string): string | undefined => /^src\/devices\/([^/]+)\//.exec(file)?.[1];

/** Only the command line, and files or folders whose name begins with "node", may use what Node alone has; a graph has other nodes. */
const isForNode = (file: string): boolean =>
  file.startsWith("src/cli/") || (/\/node[^/]*(\/|\.ts$)/.test(file) && !file.startsWith("src/graph/"));

/** The files through which a room is entered. */
const isDoor = (file: string, room: string): boolean =>
  file === `src/${room}/index.ts` || (file === `src/${room}/node.ts` && isForNode(file));

/** Why `from` may not import `to`, or nothing where it may. */
function objection(from: string, to: string): string | undefined {
  const isEntry = (entries as readonly string[]).includes(from);
  if ((entries as readonly string[]).includes(to)) {
    return isEntry || roomOf(from) === "cli" ? undefined : "only the command line may import an entry point";
  }
  if (!isEntry && roomOf(from) === roomOf(to)) return deviceObjection(from, to);
  if (!isEntry && !mayImport[roomOf(from)]?.includes(roomOf(to))) return `${roomOf(from)} may not import ${roomOf(to)}`;
  return isDoor(to, roomOf(to)) ? undefined : `enter ${roomOf(to)} through its index.ts`;
}

/** Within src/devices: a device sees itself and the interface; only the room's doors see the devices. */
function deviceObjection(from: string, to: string): string | undefined {
  if (deviceOf(to) === undefined || deviceOf(from) === deviceOf(to)) return undefined;
  if (deviceOf(from) !== undefined) return `the device ${deviceOf(from)} may not import the device ${deviceOf(to)}`;
  return isDoor(from, "devices") ? undefined : "only devices/index.ts may import a device";
}

/** Every import in the wrong direction, as "file imports specifier: why". */
function violations(tree: Tree): string[] {
  return each(tree, (file, { specifier }) => isRelative(specifier) && objection(file, target(file, specifier)));
}

/** Every module of Node imported by a file that is not meant for Node. */
function strayBuiltins(tree: Tree): string[] {
  return each(
    tree,
    (file, { specifier }) => isBuiltin(specifier) && !isForNode(file) && "only files named for Node may",
  );
}

/** Every module of Node that a page would load, as the chain of imports that leads there. */
function builtinsInPage(tree: Tree): string[] {
  return pageEntries.flatMap((entry) =>
    [...reachedFrom(entry, tree)].flatMap(([file, path]) =>
      (tree.get(file) ?? [])
        .filter(({ specifier, kind }) => kind !== "type" && isBuiltin(specifier))
        .map(({ specifier }) => [...path, specifier].join(" → ")),
    ),
  );
}

function each(tree: Tree, complaint: (file: string, wanted: Import) => string | false | undefined): string[] {
  return [...tree].flatMap(([file, imports]) =>
    imports.flatMap((wanted) => {
      const why = complaint(file, wanted);
      return why ? [`${file} imports ${wanted.specifier}: ${why}`] : [];
    }),
  );
}

describe("the house", () => {
  let tree: Tree;
  beforeAll(() => {
    tree = readTree("src");
  });

  test("every file lives in a room of the plan or is an entry point", () => {
    const homeless = [...tree.keys()].filter(
      (file) => !(entries as readonly string[]).includes(file) && !(roomOf(file) in mayImport),
    );
    expect(homeless).toEqual([]);
    expect(entries.filter((entry) => !tree.has(entry))).toEqual([]);
  });

  test("a room imports only rooms to its left, through their index.ts, and no device another", () => {
    expect(violations(tree)).toEqual([]);
  });

  test("only the command line and files named for Node import modules of Node", () => {
    expect(strayBuiltins(tree)).toEqual([]);
  });

  test("nothing that a page loads reaches a module of Node", () => {
    expect(builtinsInPage(tree)).toEqual([]);
  });

  test("no modules import each other in a circle", () => {
    expect(cycles(tree)).toEqual([]);
  });

  test("the packages imported are the dependencies declared, and docs/dependencies.md explains each of them", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
      string,
      object
    >;
    const foreign = [...tree.values()]
      .flat()
      .map(({ specifier }) => specifier)
      .filter((specifier) => !isRelative(specifier) && !isBuiltin(specifier));
    expect([...new Set(foreign.map(packageOf))].sort()).toEqual(Object.keys(dependencies!).sort());

    const explained = readFileSync(join(root, "docs/dependencies.md"), "utf8");
    const declared = Object.keys({ ...dependencies, ...devDependencies });
    expect(declared.filter((name) => !explained.includes(`| ${name} |`))).toEqual([]);
  });
});

describe("the checks of the house see", () => {
  const plant = (files: Readonly<Record<string, string>>): Tree =>
    new Map(Object.entries(files).map(([file, text]) => [file, importsOf(file, text)]));

  test.each([
    [
      "a room to the right",
      "src/graph/node.ts",
      'import { Tensor } from "../tensor/index.ts";',
      "graph may not import tensor",
    ],
    [
      "a type from the right",
      "src/base/shape.ts",
      'import type { Node } from "../graph/index.ts";',
      "base may not import graph",
    ],
    [
      "a type spelled in place",
      "src/base/shape.ts",
      'let n: import("../graph/index.ts").Node;',
      "base may not import graph",
    ],
    ["a re-export", "src/plot/index.ts", 'export * from "../tensor/index.ts";', "plot may not import tensor"],
    ["a dynamic import", "src/nn/module.ts", 'await import("../train/index.ts");', "nn may not import train"],
    [
      "a side door",
      "src/tensor/tensor.ts",
      'import { broadcast } from "../base/shape.ts";',
      "enter base through its index.ts",
    ],
    ["the nodes of a graph, which are no door", "src/tensor/tensor.ts", 'import "../graph/node.ts";', "enter graph"],
    ["an entry's side door", "src/index.ts", 'export * from "./base/shape.ts";', "enter base through its index.ts"],
    [
      "an entry point from within",
      "src/nn/index.ts",
      'import { tensor } from "../index.ts";',
      "only the command line may import an entry point",
    ],
    [
      "another device",
      "src/devices/wasm/run.ts",
      'import "../reference/index.ts";',
      "the device wasm may not import the device reference",
    ],
    [
      "a device from the interface",
      "src/devices/device.ts",
      'import "./wasm/index.ts";',
      "only devices/index.ts may import a device",
    ],
  ])("%s", (_, file, text, why) => {
    expect(violations(plant({ [file]: text }))).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ["a room to the left", "src/tensor/tensor.ts", 'import { Node } from "../graph/index.ts";'],
    ["its own files", "src/tensor/tensor.ts", 'import { print } from "./print.ts";'],
    ["the interface of devices", "src/devices/wasm/index.ts", 'import type { Device } from "../device.ts";'],
    ["all devices from their door", "src/devices/index.ts", 'import "./wasm/index.ts"; import "./reference/index.ts";'],
    [
      "what a string or a comment says",
      "src/base/errors.ts",
      '// import "../nn/index.ts"\nconst s = `import "../nn/index.ts"`;',
    ],
  ])("no fault in %s", (_, file, text) => {
    expect(violations(plant({ [file]: text }))).toEqual([]);
  });

  test("a module of Node, under both of its names, in a file for every engine", () => {
    expect(strayBuiltins(plant({ "src/io/files.ts": 'import "node:fs"; import "fs/promises";' }))).toHaveLength(2);
    expect(
      strayBuiltins(plant({ "src/io/node.ts": 'import "node:fs";', "src/cli/main.ts": 'import "node:os";' })),
    ).toEqual([]);
  });

  test("a module of Node behind a dynamic import of a page, with the way to it", () => {
    const tree = plant({
      "src/browser.ts": 'export * from "./io/index.ts";',
      "src/io/index.ts": 'export const save = () => import("./node.ts");',
      "src/io/node.ts": 'import "node:fs";',
    });
    expect(builtinsInPage(tree)).toEqual(["src/browser.ts → src/io/index.ts → src/io/node.ts → node:fs"]);
  });

  test("a circle of values, but none of types", () => {
    const circle = (word: string): Tree =>
      plant({ "src/nn/a.ts": 'import { b } from "./b.ts";', "src/nn/b.ts": `${word} { a } from "./a.ts";` });
    expect(cycles(circle("import"))).toEqual(["src/nn/a.ts → src/nn/b.ts → src/nn/a.ts"]);
    expect(cycles(circle("import type"))).toEqual([]);
  });
});
