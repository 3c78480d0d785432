/**
 * Schedules: the rate as a pure function of the step, counted from 0. The names and numbers are PyTorch's.
 *
 * `new Scheduler(optimizer, rule)` drives an optimizer; compiled steps follow without tracing anew, because the rate is
 * a variable. `ReduceLrOnPlateau` and `OneCycleLr` need more than the step and are in `scheduler.ts`.
 *
 * All of them throw a ValueError for options that are unknown, missing or out of their range.
 */
import { ValueError } from "../base/index.ts";
import { aboveZero, complete, count, flag, fromZero, functions, oneOf, ordered, share } from "./ranges.ts";

/** The rate in a step, from the group's own rate. */
export type LrRule = (step: number, lr: number) => number;

/**
 * lr · γ^⌊step / stepSize⌋; γ is 0.1 by default. Source: PyTorch's StepLR.
 *
 * @example
 * optim.stepLr({ stepSize: 2, gamma: 0.5 })(5, 0.8); // => 0.2
 */
export function stepLr(options: { readonly stepSize: number; readonly gamma?: number }): LrRule {
  const { stepSize, gamma } = complete("stepLr", options, { gamma: 0.1 }, { stepSize: count, gamma: fromZero });
  return (step, lr) => lr * gamma ** Math.floor(step / stepSize);
}

/**
 * lr · γ^(number of milestones passed); γ is 0.1 by default. A milestone named twice counts twice. Source: PyTorch's
 * MultiStepLR.
 *
 * @example
 * const rule = optim.multiStepLr({ milestones: [2, 5], gamma: 0.5 });
 * [1, 2, 5].map((step) => rule(step, 0.8)); // => [ 0.8, 0.4, 0.2 ]
 */
export function multiStepLr(options: { readonly milestones: readonly number[]; readonly gamma?: number }): LrRule {
  const ranges = { milestones: ordered, gamma: fromZero };
  const { milestones, gamma } = complete("multiStepLr", options, { gamma: 0.1 }, ranges);
  return (step, lr) => lr * gamma ** milestones.filter((milestone) => milestone <= step).length;
}

/**
 * lr · γ^step. Source: PyTorch's ExponentialLR.
 *
 * @example
 * optim.exponentialLr({ gamma: 0.5 })(3, 0.8); // => 0.1
 */
export function exponentialLr(options: { readonly gamma: number }): LrRule {
  const { gamma } = complete("exponentialLr", options, {}, { gamma: fromZero });
  return (step, lr) => lr * gamma ** step;
}

/**
 * lr · factor in the first `totalIters` steps, then lr; 1/3 and 5 by default. Source: PyTorch's ConstantLR.
 *
 * @example
 * const rule = optim.constantLr({ factor: 0.5, totalIters: 2 });
 * [0, 1, 2].map((step) => rule(step, 0.8)); // => [ 0.4, 0.4, 0.8 ]
 */
export function constantLr(options: { readonly factor?: number; readonly totalIters?: number } = {}): LrRule {
  const ranges = { factor: fromZero, totalIters: count };
  const { factor, totalIters } = complete("constantLr", options, { factor: 1 / 3, totalIters: 5 }, ranges);
  return (step, lr) => (step < totalIters ? lr * factor : lr);
}

/**
 * From lr · startFactor to lr · endFactor in a straight line over `totalIters` steps; 1/3, 1 and 5 by default. Source:
 * PyTorch's LinearLR.
 *
 * @example
 * const rule = optim.linearLr({ startFactor: 0.5, totalIters: 2 });
 * [0, 1, 2, 3].map((step) => rule(step, 0.8)); // => [ 0.4, 0.6…, 0.8, 0.8 ]
 */
export function linearLr(
  options: { readonly startFactor?: number; readonly endFactor?: number; readonly totalIters?: number } = {},
): LrRule {
  const defaults = { startFactor: 1 / 3, endFactor: 1, totalIters: 5 };
  const ranges = { startFactor: fromZero, endFactor: fromZero, totalIters: count };
  const { startFactor, endFactor, totalIters } = complete("linearLr", options, defaults, ranges);
  return (step, lr) => lr * (startFactor + ((endFactor - startFactor) * Math.min(step, totalIters)) / totalIters);
}

/**
 * lr · (1 − step / totalIters)^power, then 0; 5 and 1 by default. Source: PyTorch's PolynomialLR.
 *
 * @example
 * optim.polynomialLr({ totalIters: 4, power: 2 })(2, 0.8); // => 0.2
 */
export function polynomialLr(options: { readonly totalIters?: number; readonly power?: number } = {}): LrRule {
  const ranges = { totalIters: count, power: fromZero };
  const { totalIters, power } = complete("polynomialLr", options, { totalIters: 5, power: 1 }, ranges);
  return (step, lr) => lr * (1 - Math.min(step, totalIters) / totalIters) ** power;
}

/**
 * etaMin + (lr − etaMin) (1 + cos(π step / tMax)) / 2; etaMin is 0 by default. Source: Loshchilov & Hutter 2017, SGDR,
 * equation 5.
 *
 * @example
 * optim.cosineAnnealingLr({ tMax: 3, etaMin: 0.1 })(3, 0.8); // => 0.1
 */
export function cosineAnnealingLr(options: { readonly tMax: number; readonly etaMin?: number }): LrRule {
  const { tMax, etaMin } = complete("cosineAnnealingLr", options, { etaMin: 0 }, { tMax: count, etaMin: fromZero });
  return (step, lr) => between(lr, etaMin, step / tMax);
}

/**
 * Half cosines of t0, t0 · tMult, t0 · tMult², … steps, each from lr down to etaMin; tMult is 1, etaMin 0 by default.
 *
 * Source: Loshchilov & Hutter 2017, SGDR.
 *
 * @example
 * const rule = optim.cosineAnnealingWarmRestarts({ t0: 2, tMult: 2 });
 * [0, 1, 2, 4, 6].map((step) => rule(step, 0.8)); // => [ 0.8, 0.4, 0.8, 0.4, 0.8 ]
 */
export function cosineAnnealingWarmRestarts(options: {
  readonly t0: number;
  readonly tMult?: number;
  readonly etaMin?: number;
}): LrRule {
  const ranges = { t0: count, tMult: count, etaMin: fromZero };
  const { t0, tMult, etaMin } = complete("cosineAnnealingWarmRestarts", options, { tMult: 1, etaMin: 0 }, ranges);
  return (step, lr) => {
    let [length, since] = [t0, tMult === 1 ? step % t0 : step];
    while (since >= length) {
      since -= length;
      length *= tMult;
    }
    return between(lr, etaMin, since / length);
  };
}

/**
 * lr · (step + 1) / warmupSteps, then lr. Source: Goyal et al. 2017, section 2.2.
 *
 * @example
 * const rule = optim.linearWarmup({ warmupSteps: 4 });
 * [0, 1, 3, 9].map((step) => rule(step, 0.8)); // => [ 0.2, 0.4, 0.8, 0.8 ]
 */
export function linearWarmup(options: { readonly warmupSteps: number }): LrRule {
  const { warmupSteps } = complete("linearWarmup", options, {}, { warmupSteps: count });
  return (step, lr) => lr * Math.min(1, (step + 1) / warmupSteps);
}

/**
 * `linearWarmup`, then half a cosine from lr down to minLr (0 by default) at `totalSteps`. Sources: theirs.
 *
 * @example
 * const rule = optim.warmupCosine({ warmupSteps: 2, totalSteps: 6 });
 * [0, 1, 2, 4, 6].map((step) => rule(step, 0.8)); // => [ 0.4, 0.8, 0.8, 0.4, 0 ]
 */
export function warmupCosine(options: {
  readonly warmupSteps: number;
  readonly totalSteps: number;
  readonly minLr?: number;
}): LrRule {
  const ranges = { warmupSteps: count, totalSteps: count, minLr: fromZero };
  const { warmupSteps, totalSteps, minLr } = complete("warmupCosine", options, { minLr: 0 }, ranges);
  if (!(totalSteps > warmupSteps))
    throw new ValueError(`warmupCosine: totalSteps ${totalSteps} are not more than warmupSteps ${warmupSteps}`);
  const rise = linearWarmup({ warmupSteps });
  return (step, lr) => {
    if (step < warmupSteps) return rise(step, lr);
    return between(lr, minLr, Math.min(1, (step - warmupSteps) / (totalSteps - warmupSteps)));
  };
}

/**
 * One rule after the other: from each milestone on the next one, which counts its steps from there. Source: PyTorch's
 * SequentialLR.
 *
 * @example
 * const rules = [optim.constantLr({ factor: 0.5, totalIters: 9 }), optim.exponentialLr({ gamma: 0.5 })];
 * const rule = optim.sequentialLr({ rules, milestones: [2] });
 * [0, 1, 2, 3].map((step) => rule(step, 0.8)); // => [ 0.4, 0.4, 0.8, 0.4 ]
 */
export function sequentialLr(options: {
  readonly rules: readonly LrRule[];
  readonly milestones: readonly number[];
}): LrRule {
  const { rules, milestones } = complete("sequentialLr", options, {}, { rules: functions, milestones: ordered });
  if (milestones.length !== rules.length - 1)
    throw new ValueError(
      `sequentialLr: ${rules.length} rules have ${rules.length - 1} milestones between them, not ${milestones.length}`,
    );
  return (step, lr) => {
    const place = milestones.filter((milestone) => milestone <= step).length;
    return rules[place]!(step - (milestones[place - 1] ?? 0), lr);
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

/**
 * Up and down in straight lines between two rates; the group's own is not used:
 *
 *     baseLr + (maxLr − baseLr) · height · scale,   height from 0 to 1 over stepSizeUp steps and back over stepSizeDown
 *
 * Source: Smith 2017, Cyclical learning rates for training neural networks.
 *
 * @example
 * const rule = optim.cyclicLr({ baseLr: 0.25, maxLr: 1.25, stepSizeUp: 2 });
 * [0, 1, 2, 3, 4].map((step) => rule(step, 1)); // => [ 0.25, 0.75, 1.25, 0.75, 0.25 ]
 */
export function cyclicLr(options: CyclicLrOptions): LrRule {
  const stepSizeUp = options?.stepSizeUp ?? 2000;
  const defaults = { stepSizeUp, stepSizeDown: stepSizeUp, mode: "triangular", gamma: 1 } as const;
  const ranges = { stepSizeUp: count, stepSizeDown: count, gamma: fromZero, mode: oneOf(...Object.keys(scales)) };
  const whole = complete("cyclicLr", options, defaults, { baseLr: fromZero, maxLr: fromZero, ...ranges });
  const { baseLr, maxLr, stepSizeDown, mode, gamma } = whole;
  const scale = scales[mode];
  const length = stepSizeUp + stepSizeDown;
  return (step) => {
    const cycle = Math.floor(step / length);
    const place = step - cycle * length;
    const height = place <= stepSizeUp ? place / stepSizeUp : (length - place) / stepSizeDown;
    return baseLr + (maxLr - baseLr) * height * scale(step, cycle, gamma);
  };
}

/** How high the peaks of `cyclicLr` are. */
const scales = {
  triangular: () => 1,
  triangular2: (_step: number, cycle: number) => 0.5 ** cycle,
  expRange: (step: number, _cycle: number, gamma: number) => gamma ** step,
} as const;

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
  /** Whether the momentum goes the other way; true by default. */
  readonly cycleMomentum?: boolean;
  /** The least and the greatest momentum; 0.85 and 0.95 by default. */
  readonly baseMomentum?: number;
  readonly maxMomentum?: number;
}

/**
 * Rate and momentum in each step of one cycle: up to maxLr, then down far below the start. Source: Smith & Topin 2018,
 * Super-convergence.
 *
 * @example
 * const cycle = optim.oneCycleLr({ maxLr: 0.5, totalSteps: 10, pctStart: 0.5 });
 * cycle(0); // => { lr: 0.02…, momentum: 0.95 }
 * cycle(4); // => { lr: 0.5, momentum: 0.85 }
 */
export function oneCycleLr(options: OneCycleLrOptions): (step: number) => { lr: number; momentum: number } {
  const { maxLr, totalSteps, pctStart, annealStrategy, divFactor, finalDivFactor, threePhase, ...whole } = complete(
    "oneCycleLr",
    options,
    oneCycleDefaults,
    {
      ...{ maxLr: fromZero, totalSteps: count, pctStart: share, annealStrategy: oneOf("cos", "linear") },
      ...{ divFactor: aboveZero, finalDivFactor: aboveZero, threePhase: flag },
      ...{ cycleMomentum: flag, baseMomentum: share, maxMomentum: share },
    },
  );
  const { baseMomentum, maxMomentum } = whole;
  const [initial, last] = [maxLr / divFactor, maxLr / divFactor / finalDivFactor];
  const [top, end] = [pctStart * totalSteps - 1, totalSteps - 1];
  const bottom = threePhase ? 2 * top : end;
  const go = annealStrategy === "cos" ? between : (from: number, to: number, p: number) => from + (to - from) * p;
  return (step) => {
    if (step <= top) {
      const p = top === 0 ? 1 : step / top; // a rise of one step is over at once
      return { lr: go(initial, maxLr, p), momentum: go(maxMomentum, baseMomentum, p) };
    }
    if (step <= bottom || !threePhase) {
      const p = Math.min(1, (step - top) / (bottom - top));
      return { lr: go(maxLr, threePhase ? initial : last, p), momentum: go(baseMomentum, maxMomentum, p) };
    }
    return { lr: go(initial, last, Math.min(1, (step - bottom) / (end - bottom))), momentum: maxMomentum };
  };
}

const oneCycleDefaults: Partial<OneCycleLrOptions> = {
  ...{ pctStart: 0.3, annealStrategy: "cos", divFactor: 25, finalDivFactor: 1e4, threePhase: false },
  ...{ cycleMomentum: true, baseMomentum: 0.85, maxMomentum: 0.95 },
};

/** Along half a cosine from `from` to `to`. */
function between(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}
