/** Products: golden values. */
import * as T from "../../src/tensor/index.ts";
import { describeArea, direct } from "../fixtures-harness.ts";

const factorisation = "factorisations are host operations that are not there yet";

describeArea(
  "linalg",
  {
    ...direct(T, "matmul gram dot outer inner kron cross linear trace"),
    tensordot: ([a, b], { axes }) => T.tensordot(a!, b!, axes as number),
    bilinear: ([x1, x2, weight, bias]) => T.bilinear(x1!, x2!, weight!, bias),
    einsum: (xs, { equation }) => T.einsum(equation as string, ...xs),
  },
  Object.fromEntries(
    ["inverse", "det", "slogdet", "cholesky", "solve", "matrixPower", "qr", "svd", "pinv", "eigvalsh", "lstsq"].map(
      (fn) => [fn, factorisation],
    ),
  ),
);
