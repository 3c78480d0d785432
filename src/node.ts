/** The entry for Node, Deno and Bun: with files. */

export * as data from "./data/node.ts";
export * from "./index.ts";
export * as io from "./io/node.ts";
