/**
 * Schedules: the rate as a pure function of the step, counted from 0. The names and numbers are PyTorch's.
 *
 * `new Scheduler(optimizer, rule)` drives an optimizer; compiled steps follow without tracing anew, because the rate is
 * a variable. `ReduceLrOnPlateau` and `OneCycleLr` need more than the step and are in `scheduler.ts`.
 */
import { ValueError } from "../base/index.ts";

/** The rate in a step, from the group's own rate. */
export type LrRule = (step: number, lr: number) => number;

/** lr · γ^⌊step / stepSize⌋; γ is 0.1 by default. */
export function stepLr({ stepSize, gamma = 0.1 }: { readonly stepSize: number; readonly gamma?: number }): LrRule {
  checkCount("stepLr", "stepSize", stepSize);
  return (step, lr) => lr * gamma ** Math.floor(step / stepSize);
}

/** lr · γ^(number of milestones passed); γ is 0.1 by default. */
export function multiStepLr(options: { readonly milestones: readonly number[]; readonly gamma?: number }): LrRule {
  const { milestones, gamma = 0.1 } = options;
  return (step, lr) => lr * gamma ** milestones.filter((milestone) => milestone <= step).length;
}

/**
 * lr · γ^step
 *
 * @example
 * optim.exponentialLr({ gamma: 0.5 })(3, 0.8); // => 0.1
 */
export function exponentialLr({ gamma }: { readonly gamma: number }): LrRule {
  return (step, lr) => lr * gamma ** step;
}

/** lr · factor in the first `totalIters` steps, then lr; 1/3 and 5 by default. */
export function constantLr({ factor = 1 / 3, totalIters = 5 }: { factor?: number; totalIters?: number } = {}): LrRule {
  checkCount("constantLr", "totalIters", totalIters);
  return (step, lr) => (step < totalIters ? lr * factor : lr);
}

/** From lr · startFactor to lr · endFactor in a straight line over `totalIters` steps; 1/3, 1 and 5 by default. */
export function linearLr(
  options: { readonly startFactor?: number; readonly endFactor?: number; readonly totalIters?: number } = {},
): LrRule {
  const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
  checkCount("linearLr", "totalIters", totalIters);
  return (step, lr) => lr * (startFactor + ((endFactor - startFactor) * Math.min(step, totalIters)) / totalIters);
}

/** lr · (1 − step / totalIters)^power, then 0; 5 and 1 by default. */
export function polynomialLr({ totalIters = 5, power = 1 }: { totalIters?: number; power?: number } = {}): LrRule {
  checkCount("polynomialLr", "totalIters", totalIters);
  return (step, lr) => lr * (1 - Math.min(step, totalIters) / totalIters) ** power;
}

/** etaMin + (lr − etaMin) (1 + cos(π step / tMax)) / 2; etaMin is 0 by default. Source: Loshchilov & Hutter 2017. */
export function cosineAnnealingLr({ tMax, etaMin = 0 }: { readonly tMax: number; readonly etaMin?: number }): LrRule {
  checkCount("cosineAnnealingLr", "tMax", tMax);
  return (step, lr) => between(lr, etaMin, step / tMax);
}

/**
 * Half cosines of t0, t0 · tMult, t0 · tMult², … steps, each from lr down to etaMin; tMult is 1, etaMin 0 by default.
 *
 * Source: Loshchilov & Hutter 2017, SGDR.
 */
export function cosineAnnealingWarmRestarts(options: {
  readonly t0: number;
  readonly tMult?: number;
  readonly etaMin?: number;
}): LrRule {
  const { t0, tMult = 1, etaMin = 0 } = options;
  checkCount("cosineAnnealingWarmRestarts", "t0", t0);
  checkCount("cosineAnnealingWarmRestarts", "tMult", tMult);
  return (step, lr) => {
    let [length, since] = [t0, tMult === 1 ? step % t0 : step];
    while (since >= length) {
      since -= length;
      length *= tMult;
    }
    return between(lr, etaMin, since / length);
  };
}

/** lr · (step + 1) / warmupSteps, then lr. Source: Goyal et al. 2017, section 2.2. */
export function linearWarmup({ warmupSteps }: { readonly warmupSteps: number }): LrRule {
  checkCount("linearWarmup", "warmupSteps", warmupSteps);
  return (step, lr) => lr * Math.min(1, (step + 1) / warmupSteps);
}

/** `linearWarmup`, then half a cosine from lr down to minLr (0 by default) at `totalSteps`. */
export function warmupCosine(options: {
  readonly warmupSteps: number;
  readonly totalSteps: number;
  readonly minLr?: number;
}): LrRule {
  const { warmupSteps, totalSteps, minLr = 0 } = options;
  if (!(totalSteps > warmupSteps))
    throw new ValueError(`warmupCosine: totalSteps ${totalSteps} are not more than warmupSteps ${warmupSteps}`);
  const rise = linearWarmup({ warmupSteps });
  return (step, lr) => {
    if (step < warmupSteps) return rise(step, lr);
    return between(lr, minLr, Math.min(1, (step - warmupSteps) / (totalSteps - warmupSteps)));
  };
}

export interface CyclicLrOptions {
  readonly baseLr: number;
  readonly maxLr: number;
  /** Steps from baseLr to maxLr; 2000 by default. */
  readonly stepSizeUp?: number;
  /** Steps back; as many as up by default. */
  readonly stepSizeDown?: number;
  /** Whether the peaks stay ("triangular", the default), halve ("triangular2") or shrink by gammaˢᵗᵉᵖ ("expRange"). */
  readonly mode?: "triangular" | "triangular2" | "expRange";
  /** 1 by default */
  readonly gamma?: number;
}

/** Up and down in straight lines between two rates; the group's own is not used. Source: Smith 2017. */
export function cyclicLr(options: CyclicLrOptions): LrRule {
  const { baseLr, maxLr, stepSizeUp = 2000, stepSizeDown = stepSizeUp, mode = "triangular", gamma = 1 } = options;
  checkCount("cyclicLr", "stepSizeUp", stepSizeUp);
  checkCount("cyclicLr", "stepSizeDown", stepSizeDown);
  const scales = {
    triangular: () => 1,
    triangular2: (_step: number, cycle: number) => 0.5 ** cycle,
    expRange: (step: number) => gamma ** step,
  };
  const scale = scales[mode];
  if (scale === undefined)
    throw new ValueError(`cyclicLr: there is no mode "${mode}"; there are ${Object.keys(scales).join(", ")}`);
  const length = stepSizeUp + stepSizeDown;
  return (step) => {
    const cycle = Math.floor(step / length);
    const place = step - cycle * length;
    const height = place <= stepSizeUp ? place / stepSizeUp : (length - place) / stepSizeDown;
    return baseLr + (maxLr - baseLr) * height * scale(step, cycle);
  };
}

export interface OneCycleLrOptions {
  readonly maxLr: number;
  readonly totalSteps: number;
  /** Share of the steps in which the rate rises; 0.3 by default. */
  readonly pctStart?: number;
  /** "cos" by default */
  readonly annealStrategy?: "cos" | "linear";
  /** maxLr / divFactor is the first rate; 25 by default. */
  readonly divFactor?: number;
  /** The first rate / finalDivFactor is the last; 1e4 by default. */
  readonly finalDivFactor?: number;
  /** Whether the fall takes as long as the rise and the rest goes on down; false by default. */
  readonly threePhase?: boolean;
  /** The least and the greatest momentum, which goes the other way; 0.85 and 0.95 by default. */
  readonly baseMomentum?: number;
  readonly maxMomentum?: number;
}

/** Rate and momentum in each step of one cycle: up to maxLr, then down far below the start. Source: Smith & Topin 2018. */
export function oneCycleLr(options: OneCycleLrOptions): (step: number) => { lr: number; momentum: number } {
  const { maxLr, totalSteps, pctStart = 0.3, annealStrategy = "cos", divFactor = 25, finalDivFactor = 1e4 } = options;
  const { threePhase = false, baseMomentum = 0.85, maxMomentum = 0.95 } = options;
  checkCount("oneCycleLr", "totalSteps", totalSteps);
  if (!(pctStart >= 0 && pctStart <= 1)) throw new ValueError(`oneCycleLr: pctStart ${pctStart} is not within 0 … 1`);
  if (annealStrategy !== "cos" && annealStrategy !== "linear")
    throw new ValueError(`oneCycleLr: there is no annealStrategy "${annealStrategy}"; there are cos, linear`);
  const [initial, last] = [maxLr / divFactor, maxLr / divFactor / finalDivFactor];
  const [top, end] = [pctStart * totalSteps - 1, totalSteps - 1];
  const bottom = threePhase ? 2 * top : end;
  const go = annealStrategy === "cos" ? between : (from: number, to: number, p: number) => from + (to - from) * p;
  return (step) => {
    if (step <= top) {
      const p = step / top;
      return { lr: go(initial, maxLr, p), momentum: go(maxMomentum, baseMomentum, p) };
    }
    if (step <= bottom || !threePhase) {
      const p = Math.min(1, (step - top) / (bottom - top));
      return { lr: go(maxLr, threePhase ? initial : last, p), momentum: go(baseMomentum, maxMomentum, p) };
    }
    return { lr: go(initial, last, Math.min(1, (step - bottom) / (end - bottom))), momentum: maxMomentum };
  };
}

/** Along half a cosine from `from` to `to`. */
function between(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}

function checkCount(name: string, option: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1))
    throw new ValueError(`${name}: ${option} ${value} is not a whole number from 1`);
}
