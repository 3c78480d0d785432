/** The graph: nodes, the primitives that make them, derivatives as graph → graph, and what shows and checks a graph. */
export * from "./affine.ts";
export * from "./alias.ts";
export * from "./contraction.ts";
export * from "./cumulative.ts";
export * from "./elementwise.ts";
export * from "./indexing.ts";
export * from "./leaves.ts";
export * from "./movement.ts";
export * from "./node.ts";
export * from "./primitive.ts";
export * from "./reduction.ts";
export { registerType } from "./rules.ts";
export * from "./scalar.ts";
export * from "./sort.ts";
export * from "./window.ts";
