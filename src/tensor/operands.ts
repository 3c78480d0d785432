/**
 * From what users hand over (tensors, JavaScript numbers, booleans) to what primitives take: nodes of one dtype and one
 * shape.
 *
 * Dtypes: see `promote` and `weakScalarDType` in base. Shapes broadcast as in NumPy; the only movement used is
 * `expand`.
 */
import {
  type Broadcast,
  broadcastShapes,
  type DType,
  DTypeError,
  dtypeInfo,
  type Fits,
  floatDType,
  isComplex,
  isHalf,
  isInexact,
  promote,
  type Shape,
  sameShape,
  show,
  ValueError,
  weakScalarDType,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import type { Tensor } from "./tensor.ts";

export type Scalar = number | bigint | boolean;

/** A tensor, or a number that takes part in the dtype of the tensors beside it. */
export type Operand<S extends Shape = Shape> = Tensor<S> | Scalar;

/** An operand that must broadcast with one of shape `A`; where it does not, the editor shows why. */
export type Beside<A extends Shape, B extends Shape, Operation extends string> =
  | Scalar
  | (Tensor<B> & Fits<Broadcast<A, B>, Operation>);

/** What dtype an operation computes in, from the common dtype of its operands. */
export type DTypeRule = (dtype: DType, operation: string) => DType;

export function isScalar(operand: Operand): operand is Scalar {
  return typeof operand !== "object";
}

/** Sums, products, extrema: any dtype but bool, which counts as int32. */
export const arithmetic: DTypeRule = (dtype) => (dtype === "bool" ? "int32" : dtype);

/** Functions of the real line: integers and bool become float32. */
export const floating: DTypeRule = floatDType;

/** Bits: integers and bool. */
export const bits: DTypeRule = (dtype, operation) => {
  if (isInexact(dtype))
    throw new DTypeError(`${operation}: bits of ${dtype} are not to be combined; cast it to int32 first`);
  return dtype;
};

/** Truth: anything but 0 is true. */
export const truth: DTypeRule = () => "bool";

/** Comparison of equals: bool is compared as numbers. */
export const comparable: DTypeRule = arithmetic;

/** The common dtype of tensors and weak numbers. */
export function commonDType(operands: readonly Operand[]): DType {
  let dtype: DType | null = null;
  for (const x of operands) if (!isScalar(x)) dtype = dtype === null ? x.dtype : promote(dtype, x.dtype);
  for (const x of operands) {
    if (!isScalar(x)) continue;
    const weak = dtype === null ? scalarDType(x) : weakScalarDType(x, dtype);
    dtype = dtype === null ? weak : promote(dtype, weak);
  }
  return dtype ?? "float32";
}

/** The dtype of a number by itself. */
export function scalarDType(x: Scalar): DType {
  if (typeof x === "boolean") return "bool";
  return typeof x === "bigint" ? "int64" : "float32";
}

export function shapeOf(operand: Operand): Shape {
  return isScalar(operand) ? [] : operand.shape;
}

export function castNode(node: Node, dtype: DType): Node {
  if (node.dtype === dtype) return node;
  if (!isComplex(dtype)) return graph.cast(node, dtype);
  const re = graph.cast(node, "float32");
  return graph.complex(re, graph.constantLike(re, 0));
}

/** `node` with leading axes added and ones stretched. */
export function broadcastNode(node: Node, shape: Shape): Node {
  if (sameShape(node.shape, shape)) return node;
  const missing = shape.length - node.shape.length;
  const aligned = missing === 0 ? node : graph.reshape(node, [...new Array<number>(missing).fill(1), ...node.shape]);
  return sameShape(aligned.shape, shape) ? aligned : graph.expand(aligned, shape);
}

/** A constant of one value. */
export function fillNode(value: Scalar, shape: Shape, dtype: DType, device: string | null = null): Node {
  return graph.fill(value, shape, dtype, device);
}

/** `operand` as a node of that dtype and shape. */
export function operandNode(operand: Operand, dtype: DType, shape: Shape): Node {
  return isScalar(operand) ? fillNode(operand, shape, dtype) : broadcastNode(castNode(operand.node, dtype), shape);
}

/** All operands in the dtype that `rule` asks for and in their common shape. */
export function together(operation: string, operands: readonly Operand[], rule: DTypeRule = arithmetic): Node[] {
  const dtype = rule(commonDType(operands), operation);
  const shape = broadcastShapes(operation, ...operands.map(shapeOf));
  return operands.map((x) => operandNode(x, dtype, shape));
}

/** The tensor among operands that makes the result. */
export function anchor(operation: string, operands: readonly Operand[]): Tensor {
  for (const x of operands) if (!isScalar(x)) return x;
  throw new ValueError(`${operation}: none of the operands is a tensor; wrap one of the numbers with tensor()`);
}

/**
 * `f` of a float16 or bfloat16 computed in float32 and rounded once, at the end; of other dtypes as it is.
 *
 * Each operation rounds its result to its dtype. Where many of them follow each other that adds up, and float16 ends at 65504.
 *
 * @example
 * const x = tensor([300, 400], { dtype: "float16" });
 * x.square().sum().sqrt(); // => inf
 * inFloat32(x, (wide) => wide.square().sum().sqrt()); // => 500.0
 */
export function inFloat32(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  return isHalf(x.dtype) ? f(x.astype("float32")).astype(x.dtype) : f(x);
}

/** Two operands together, joined by `build`. */
export function binary<S extends Shape>(
  operation: string,
  a: Operand,
  b: Operand,
  build: (a: Node, b: Node) => Node,
  rule: DTypeRule = arithmetic,
): Tensor<S> {
  const [x, y] = together(operation, [a, b], rule);
  return anchor(operation, [a, b]).derive(naming(operation, x!.dtype, () => build(x!, y!)));
}

/** Throws if `x` is complex, where its elements are ordered, counted or looked at one by one. */
export function checkReal(operation: string, x: Tensor): void {
  if (isComplex(x.dtype)) throw graph.withoutMeaning(operation);
}

/** What `build` makes of operands of `dtype`; if complex numbers have no place in it, the error names `operation`. */
export function naming(operation: string, dtype: DType, build: () => Node): Node {
  if (!isComplex(dtype)) return build();
  try {
    return build();
  } catch (error) {
    throw error instanceof DTypeError ? graph.withoutMeaning(operation) : error;
  }
}

/** Throws unless `x` holds whole numbers that can number places. */
export function checkIndex(operation: string, name: string, x: Tensor): void {
  if (dtypeInfo[x.dtype].kind !== "integer") {
    throw new DTypeError(
      `${operation}: ${name} is ${x.dtype} ${show(x.shape)}; places are numbered by int32, cast it first`,
    );
  }
}
