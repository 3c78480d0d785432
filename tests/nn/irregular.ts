/** Points for gradient checks. */
import { type Tensor, tensor } from "../../src/tensor/index.ts";

/** Irregular numbers in −1.5 … 1.5 without ties, in float64 on the reference device: fractions of multiples of the golden ratio. */
export function irregular(...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const golden = (1 + Math.sqrt(5)) / 2;
  const values = Float64Array.from({ length: size }, (_, i) => ((((i + 1) * golden) % 1) - 0.5) * 3);
  return tensor(values, { shape, device: "reference" });
}
