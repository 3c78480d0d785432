/** The graph: nodes, the primitives that make them, derivatives as graph → graph, and what shows and checks a graph. */

export { add, addition } from "./addition.ts";
export * from "./affine.ts";
export * from "./alias.ts";
export * from "./contraction.ts";
export * from "./cumulative.ts";
export { backward, forward, type Root } from "./differentiate.ts";
export * from "./elementwise.ts";
export { evaluateNode } from "./evaluate.ts";
export * from "./extremes.ts";
export { cholesky, det, inverse, slogdet, solve } from "./factorization-solve.ts";
export { eigh, pinv, qr, svd } from "./factorization-spectral.ts";
export * from "./indexing.ts";
export * from "./leaves.ts";
export { lowerFromBits, lowerRoundToFormat, lowerToBits } from "./math/index.ts";
export * from "./movement.ts";
export * from "./node.ts";
export * from "./primitive.ts";
export { printGraph } from "./print.ts";
export { registerType } from "./rules.ts";
export * from "./scalar.ts";
export { closedScan, resultOf, type ScanSpec, type ScanState, scan, scanLeaf } from "./scan.ts";
export { bodyText, closedBody, leavesOf } from "./scan-body.ts";
export * from "./sort.ts";
export { expand, expandMovement, sum, sumReduction } from "./summation.ts";
export { primitives, primitivesByFamily } from "./table.ts";
export { verifyGraph } from "./verify.ts";
export * from "./window.ts";
