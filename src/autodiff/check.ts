/** Derivatives by differences, to check those by rule. */
import { GradientError, isComplex, ValueError } from "../base/index.ts";
import { mul, noGrad, stack, sum, type Tensor, tensor } from "../tensor/index.ts";
import { jvp } from "./forward.ts";
import { grad } from "./reverse.ts";

export interface NumericOptions {
  /** relative step; ∛ε ≈ 6·10⁻⁶, where rounding and truncation are about equal */
  readonly step?: number | undefined;
}

/**
 * The gradient of a scalar function by central differences in float64:
 *
 *     ∂f / ∂xᵢ ≈ (f(x + h eᵢ) − f(x − h eᵢ)) / 2h,   h = step · max(1, |xᵢ|);   error of order h²
 *
 * Takes two evaluations for every element.
 *
 * @example
 * numericGradient((x) => x.square().sum(), tensor([1, 2]).astype("float64")).round(); // => [2. 4.]
 */
export function numericGradient(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  { step = Math.cbrt(Number.EPSILON) }: NumericOptions = {},
): Tensor {
  if (isComplex(x.dtype))
    throw new GradientError("numericGradient: moves real numbers; make the function one of real and imaginary part");
  const single = (moved: Tensor): Tensor => {
    const y = f(moved);
    y.item(); // an error where there are more
    return y;
  };
  const slopes = slopesOf(single, x, step).map(([slope]) => slope!);
  return tensor(Float64Array.from(slopes), { shape: x.shape, device: x.node.device ?? undefined });
}

/** For every element of x: by how much each element of f(x) moves with it, by central differences. */
function slopesOf(f: (x: Tensor) => Tensor, x: Tensor, step: number): number[][] {
  const values = Float64Array.from(x.dataSync());
  const { shape } = x;
  const device = x.node.device ?? undefined;
  const at = (i: number, value: number): number[] => {
    const moved = values.slice();
    moved[i] = value;
    return Array.from(
      noGrad(() => f(tensor(moved, { shape, device })).dataSync()),
      Number,
    );
  };
  return Array.from(values, (v, i) => {
    const h = step * Math.max(1, Math.abs(v));
    const [up, down] = [v + h, v - h]; // what is really between them, after rounding
    const below = at(i, down);
    return at(i, up).map((y, k) => (y - below[k]!) / (up - down));
  });
}

export interface GradCheckOptions extends NumericOptions {
  /** 1: gradients only; 2: second derivatives too; 2 */
  readonly order?: 1 | 2 | undefined;
  /** whether forward mode must agree with reverse mode; true */
  readonly forward?: boolean | undefined;
  /** 1e-6 */
  readonly rtol?: number | undefined;
  /** 1e-7 */
  readonly atol?: number | undefined;
}

/**
 * Compares the derivatives of a function with central differences in float64: gradients with respect to every argument
 * in reverse and forward mode, and, with `order` 2, the gradients of the gradients. Results of more than one element
 * are weighted with fixed irregular numbers and summed.
 *
 * @param f     any function of floating tensors
 * @param args  where; cast to float64
 * @throws GradientError  naming argument, element and both numbers where they differ
 * @example
 * // nothing happens when all is well
 * gradCheck((x) => x.sin(), [tensor([0.5, 1])]); // => undefined
 */
export function gradCheck(
  f: (...args: Tensor[]) => Tensor,
  args: readonly Tensor[],
  { order = 2, forward = true, rtol = 1e-6, atol = 1e-7, step }: GradCheckOptions = {},
): void {
  if (args.length === 0) throw new ValueError("gradCheck: there is no argument to differentiate by");
  const points = args.map((x) => x.detach().astype("float64"));
  const scalar = (...xs: Tensor[]): Tensor => weigh(f(...xs), 1);
  const tolerance = { rtol, atol };
  const width = step ?? Math.cbrt(Number.EPSILON);
  const argnums = points.map((_, i) => i);
  const gradient = (...xs: Tensor[]): readonly Tensor[] => grad(scalar, { argnums })(...xs) as readonly Tensor[]; // several at once
  const found = gradient(...points);
  const expected = differences(scalar, points, width);
  // the gradients by all arguments move together: no function is evaluated again for each of them
  const weighed = (...xs: Tensor[]): Tensor => stack(gradient(...xs).map((g) => weigh(g, 2)));
  const expectedAgain = order === 1 ? [] : differences(weighed, points, width);
  const scale = magnitudes(scalar, points);
  const scaleAgain = order === 1 ? [] : magnitudes(weighed, points);
  for (const i of argnums) {
    compare(`first derivative by argument ${i}`, found[i]!, column(expected[i]!, 0), tolerance, scale[0]!);
    if (forward) compareForward(scalar, found[i]!, points, i, tolerance);
    if (order === 1) continue;
    const again = (...xs: Tensor[]): Tensor => weigh(grad(scalar, { argnums: [i] })(...xs)[0] as Tensor, 2); // one for one argument
    const second = grad(again, { argnums })(...points) as readonly Tensor[];
    for (const j of argnums)
      compare(
        `second derivative by arguments ${i} and ${j}`,
        second[j]!,
        column(expectedAgain[j]!, i),
        tolerance,
        scaleAgain[i]!,
      );
  }
}

/** Σ wᵢ yᵢ with irregular weights between 0.5 and 1.5, so that no two elements can stand in for each other. */
function weigh(y: Tensor, seed: number): Tensor {
  const weights = Float64Array.from({ length: y.size }, (_, i) => 0.5 + (((i + 1) * 0.6180339887 * seed) % 1)); // multiples of the golden ratio
  return sum(mul(y, tensor(weights, { shape: y.shape, device: y.node.device ?? undefined })));
}

type Function = (...xs: Tensor[]) => Tensor;
type Tolerance = { readonly rtol: number; readonly atol: number };

/** For every argument and every element of it: by how much each element of the result moves. */
const differences = (f: Function, points: readonly Tensor[], step: number): number[][][] =>
  points.map((point, i) => slopesOf((x) => f(...points.map((p, k) => (k === i ? x : p))), point, step));

const column = (rows: readonly (readonly number[])[], at: number): number[] => rows.map((row) => row[at]!);

/** Differences are as coarse as the values that they are taken of. */
const magnitudes = (f: Function, points: readonly Tensor[]): number[] =>
  Array.from(noGrad(() => f(...points)).dataSync(), (y) => Math.max(1, Math.abs(Number(y))));

function compare(what: string, found: Tensor, expected: readonly number[], tolerance: Tolerance, scale: number): void {
  for (const [k, value] of Array.from(found.dataSync(), Number).entries()) {
    if (!close(value, expected[k]!, tolerance, scale))
      throw new GradientError(`gradCheck: ${what}, element ${k}: by rule ${value}, by differences ${expected[k]}`);
  }
}

function close(a: number, b: number, { rtol, atol }: Tolerance, scale: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= atol * scale + rtol * Math.abs(b);
}

/** ⟨gradient, v⟩ must be the tangent in direction v. */
function compareForward(f: Function, gradient: Tensor, points: readonly Tensor[], i: number, options: Tolerance): void {
  const x = points[i]!;
  const direction = tensor(
    Float64Array.from({ length: x.size }, (_, k) => 0.5 + (((k + 1) * 0.7548776662) % 1)),
    { shape: x.shape, device: x.node.device ?? undefined },
  );
  const along = (moved: Tensor): Tensor => f(...points.map((p, k) => (k === i ? moved : p)));
  const tangent = jvp(along, [x], [direction])[1].item();
  const expected = sum(mul(gradient, direction)).item();
  if (!close(tangent, expected, options, Math.max(1, Math.abs(expected)))) {
    throw new GradientError(
      `gradCheck: forward mode by argument ${i}: tangent ${tangent}, by the gradient ${expected}`,
    );
  }
}
