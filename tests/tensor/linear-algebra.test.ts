/** Products, systems and factorisations: golden values. */
import * as T from "../../src/tensor/index.ts";
import { describeArea, direct } from "../fixtures-harness.ts";

describeArea("linalg", {
  ...direct(T, "matmul gram dot outer inner kron cross linear trace"),
  ...direct(T, "inverse det slogdet cholesky solve qr svd pinv eigvalsh lstsq"),
  matrixPower: ([x], { n }) => T.matrixPower(x!, n as number),
  tensordot: ([a, b], { axes }) => T.tensordot(a!, b!, axes as number),
  bilinear: ([x1, x2, weight, bias]) => T.bilinear(x1!, x2!, weight!, bias),
  einsum: (xs, { equation }) => T.einsum(equation as string, ...xs),
});
