/** Evaluating one node in the plainest way: what its primitive says, with halves rounded. */
import { dtypeInfo, isBigIntArray, isHalf, roundToFormat, type TypedArray } from "../base/index.ts";
import type { Node } from "./node.ts";
import type { NDArray } from "./primitive.ts";

/** The values of a node from those of its operands. Primitives write numbers to arrays, which round and wrap, but know nothing of halves. */
export function evaluateNode({ op, params, shape, dtype }: Node, operands: readonly NDArray[]): TypedArray {
  const values = op.evaluate(operands, params, shape, dtype);
  const { format } = dtypeInfo[dtype];
  if (!isHalf(dtype) || format === undefined || isBigIntArray(values)) return values;
  return Float32Array.from(values, (x) => roundToFormat(x, format));
}
