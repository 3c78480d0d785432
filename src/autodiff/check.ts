/** Derivatives by differences, to check those by rule. */
import { GradientError, isComplex, ValueError } from "../base/index.ts";
import { mul, noGrad, sum, type Tensor, tensor } from "../tensor/index.ts";
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
  const values = Float64Array.from(x.dataSync());
  const { shape } = x;
  const device = x.node.device ?? undefined;
  const at = (i: number, value: number): number => {
    const moved = values.slice();
    moved[i] = value;
    return noGrad(() => f(tensor(moved, { shape, device })).item());
  };
  const slopes = values.map((v, i) => {
    const h = step * Math.max(1, Math.abs(v));
    const [up, down] = [v + h, v - h]; // what is really between them, after rounding
    return (at(i, up) - at(i, down)) / (up - down);
  });
  return tensor(slopes, { shape, device });
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
  const options = { rtol, atol, step: step ?? Math.cbrt(Number.EPSILON) };
  points.forEach((_, i) => {
    const gradient = (...xs: Tensor[]): Tensor => grad(scalar, { argnums: [i] })(...xs)[0] as Tensor; // one for one argument
    compare(`first derivative by argument ${i}`, scalar, gradient, points, i, options);
    if (forward) compareForward(scalar, gradient, points, i, options);
    if (order === 1) return;
    const again = (...xs: Tensor[]): Tensor => weigh(gradient(...xs), 2);
    points.forEach((__, j) => {
      const second = (...xs: Tensor[]): Tensor => grad(again, { argnums: [j] })(...xs)[0] as Tensor;
      compare(`second derivative by arguments ${i} and ${j}`, again, second, points, j, options);
    });
  });
}

/** Σ wᵢ yᵢ with irregular weights between 0.5 and 1.5, so that no two elements can stand in for each other. */
function weigh(y: Tensor, seed: number): Tensor {
  const weights = Float64Array.from({ length: y.size }, (_, i) => 0.5 + (((i + 1) * 0.6180339887 * seed) % 1)); // multiples of the golden ratio
  return sum(mul(y, tensor(weights, { shape: y.shape, device: y.node.device ?? undefined })));
}

type Function = (...xs: Tensor[]) => Tensor;
type Tolerance = { readonly rtol: number; readonly atol: number; readonly step: number };

function compare(
  what: string,
  f: Function,
  derivative: Function,
  points: readonly Tensor[],
  i: number,
  options: Tolerance,
): void {
  const found = derivative(...points).dataSync();
  const along = (x: Tensor): Tensor => f(...points.map((p, k) => (k === i ? x : p)));
  const expected = numericGradient(along, points[i]!, options).dataSync();
  // differences are as coarse as the values they are taken of
  const scale = Math.max(1, Math.abs(noGrad(() => f(...points)).item()));
  for (let k = 0; k < found.length; k++) {
    if (!close(found[k]!, expected[k]!, options, scale)) {
      throw new GradientError(`gradCheck: ${what}, element ${k}: by rule ${found[k]}, by differences ${expected[k]}`);
    }
  }
}

function close(a: number, b: number, { rtol, atol }: Tolerance, scale: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= atol * scale + rtol * Math.abs(b);
}

/** ⟨gradient, v⟩ must be the tangent in direction v. */
function compareForward(
  f: Function,
  gradient: Function,
  points: readonly Tensor[],
  i: number,
  options: Tolerance,
): void {
  const x = points[i]!;
  const direction = tensor(
    Float64Array.from({ length: x.size }, (_, k) => 0.5 + (((k + 1) * 0.7548776662) % 1)),
    { shape: x.shape, device: x.node.device ?? undefined },
  );
  const along = (moved: Tensor): Tensor => f(...points.map((p, k) => (k === i ? moved : p)));
  const tangent = jvp(along, [x], [direction])[1].item();
  const expected = sum(mul(gradient(...points), direction)).item();
  if (!close(tangent, expected, options, Math.max(1, Math.abs(expected)))) {
    throw new GradientError(
      `gradCheck: forward mode by argument ${i}: tangent ${tangent}, by the gradient ${expected}`,
    );
  }
}
