/**
 * A line search for the strong Wolfe conditions, on plain numbers: φ(t) = f(x + t d) is a function of one step length.
 *
 *     φ(t) ≤ φ(0) + c₁ t φ′(0)      the loss falls enough (3.7a)
 *     |φ′(t)| ≤ c₂ |φ′(0)|          and its slope has become flat enough (3.7b)
 *
 * Source: Nocedal & Wright 2006, Numerical Optimization, algorithms 3.5 (find an interval that holds such a t) and 3.6
 * (zoom into it), equation 3.59 (the cubic); the safeguards and limits are PyTorch's, so that its steps are taken.
 */

/** A step length that was tried. */
export interface Trial<Found> {
  readonly t: number;
  /** φ(t) */
  readonly f: number;
  /** φ′(t) = ∇f(x + t d)ᵀ d */
  readonly slope: number;
  /** Whatever else was found there, such as the gradient. */
  readonly found: Found;
}

export interface WolfeOptions {
  /** 10⁻⁴ */
  readonly c1?: number;
  /** 0.9 */
  readonly c2?: number;
  /** The search ends when the interval moves no weight by more than this. */
  readonly toleranceChange?: number;
  /** How often an interval is changed at most; 25. */
  readonly maxIterations?: number;
}

/**
 * A step length for which both conditions hold, or the best that was found.
 *
 * @param phi     evaluates φ and its slope
 * @param origin  t = 0
 * @param first   the step length that is tried first
 * @param reach   max |dᵢ|, by which a step length moves a weight
 * @example
 * // φ(t) = (t − 2)², from t = 0
 * const phi = (t) => ({ t, f: (t - 2) ** 2, slope: 2 * (t - 2), found: null });
 * optim.formulas.strongWolfe(phi, phi(0), 1, 1, { c2: 0.1 }).t; // => 2
 */
export function strongWolfe<Found>(
  phi: (t: number) => Trial<Found>,
  origin: Trial<Found>,
  first: number,
  reach: number,
  options: WolfeOptions = {},
): Trial<Found> {
  const { c1 = 1e-4, c2 = 0.9, toleranceChange = 1e-9, maxIterations = 25 } = options;
  // a φ that is NaN has not fallen: it is a step too far
  const fallsEnough = ({ t, f }: Trial<Found>): boolean => f <= origin.f + c1 * t * origin.slope;
  const isFlat = ({ slope }: Trial<Found>): boolean => Math.abs(slope) <= -c2 * origin.slope;

  // algorithm 3.5: longer and longer steps, until one is right or has gone too far
  let before = origin;
  let now = phi(first);
  let iteration = 0;
  for (; iteration < maxIterations; iteration++) {
    if (!fallsEnough(now) || (iteration > 1 && now.f >= before.f)) break;
    if (isFlat(now)) return now;
    if (now.slope >= 0) break;
    const t = cubicMinimum(before, now, now.t + 0.01 * (now.t - before.t), 10 * now.t);
    [before, now] = [now, phi(t)];
  }
  if (iteration === maxIterations) before = origin;

  // algorithm 3.6: the interval between `low`, the best so far, and `high` holds a right step
  let [low, high] = now.f < before.f ? [now, before] : [before, now];
  let isStuck = false;
  for (; iteration < maxIterations; iteration++) {
    const [left, right] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    if ((right - left) * reach < toleranceChange) break;
    let t = cubicMinimum(low, high, left, right);
    const margin = 0.1 * (right - left);
    if (Math.min(right - t, t - left) >= margin) isStuck = false;
    else if (isStuck || t >= right || t <= left) {
      t = Math.abs(t - right) < Math.abs(t - left) ? right - margin : left + margin;
      isStuck = false;
    } else isStuck = true; // near an end once is borne, twice is not
    const trial = phi(t);
    if (!fallsEnough(trial) || !(trial.f < low.f)) {
      high = trial;
      if (high.f < low.f) [low, high] = [high, low];
      continue;
    }
    if (isFlat(trial)) return trial;
    if (trial.slope * (high.t - low.t) >= 0) high = low;
    low = trial;
  }
  return low;
}

/**
 * Where the cubic through two values and slopes is least, within bounds; their middle where it has no minimum.
 *
 *     d₁ = φ′₁ + φ′₂ − 3 (φ₁ − φ₂) / (t₁ − t₂),   d₂ = √(d₁² − φ′₁ φ′₂),   t₁ < t₂
 *     t = t₂ − (t₂ − t₁) (φ′₂ + d₂ − d₁) / (φ′₂ − φ′₁ + 2 d₂)
 *
 * Source: Nocedal & Wright 2006, equation 3.59.
 *
 * @example
 * // through φ(t) = (t − 2)² at 0 and 3
 * optim.formulas.cubicMinimum({ t: 0, f: 4, slope: -4 }, { t: 3, f: 1, slope: 2 }, 0, 3); // => 2
 */
export function cubicMinimum(
  a: Omit<Trial<unknown>, "found">,
  b: Omit<Trial<unknown>, "found">,
  least: number,
  greatest: number,
): number {
  const [one, two] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = one.slope + two.slope - (3 * (one.f - two.f)) / (one.t - two.t);
  const square = d1 ** 2 - one.slope * two.slope;
  if (!(square >= 0)) return (least + greatest) / 2;
  const d2 = Math.sqrt(square);
  const t = two.t - (two.t - one.t) * ((two.slope + d2 - d1) / (two.slope - one.slope + 2 * d2));
  return Number.isNaN(t) ? (least + greatest) / 2 : Math.min(Math.max(t, least), greatest);
}
