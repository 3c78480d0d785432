/** √(a² + b²) without overflow. */
import { add } from "./addition.ts";
import { detach } from "./alias.ts";
import { abs, div, maximum, mul } from "./elementwise-arithmetic.ts";
import { equal, less, logicalAnd, logicalOr, where } from "./elementwise-comparison.ts";
import { sqrt } from "./elementwise-exponential.ts";
import { constantLike } from "./leaves.ts";
import type { Node } from "./node.ts";

const square = (x: Node): Node => mul(x, x);

/** √(a² + b²); the greater of |a| and |b| is taken out. ∞ beats NaN (IEEE 754); slope 0 at the origin. */
export function hypot(a: Node, b: Node): Node {
  const greatest = maximum(abs(a), abs(b));
  const [one, infinity] = [constantLike(a, 1), constantLike(a, Number.POSITIVE_INFINITY)];
  const usable = logicalAnd(less(constantLike(a, 0), greatest), less(greatest, infinity));
  // a constant for derivatives: √(a² + b²) = m √((a/m)² + (b/m)²) whatever m is
  const m = detach(where(usable, greatest, one));
  const squares = add(square(div(a, m)), square(div(b, m)));
  const root = mul(m, sqrt(where(usable, squares, one)));
  const infinite = logicalOr(equal(abs(a), infinity), equal(abs(b), infinity));
  const elsewhere = where(infinite, infinity, greatest); // 0, ∞ or NaN
  return where(usable, root, detach(elsewhere));
}
