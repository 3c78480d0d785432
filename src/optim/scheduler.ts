/** Schedulers: what carries a schedule to an optimizer, step by step. */
import { ValueError } from "../base/index.ts";
import type { Group } from "./optimizer.ts";
import { type LrRule, type OneCycleLrOptions, oneCycleLr } from "./schedules.ts";

type AnyGroup = Pick<Group<{ readonly lr: number }>, "lr" | "momentum">;

/** What a scheduler needs of an optimizer. */
export interface Scheduled {
  readonly groups: readonly AnyGroup[];
}

/**
 * Sets the rate of every group to `rule(step, lr)`, lr being what the group had at first. Call `step` after the
 * optimizer's; compiled steps follow without tracing anew.
 *
 * @example
 * const optimizer = new optim.SGD([new nn.Parameter(tensor([1]))], { lr: 0.4 });
 * const scheduler = new optim.Scheduler(optimizer, optim.stepLr({ stepSize: 2, gamma: 0.5 }));
 * for (let i = 0; i < 3; i++) scheduler.step();
 * optimizer.lr; // => 0.2
 */
export class Scheduler {
  readonly #groups: readonly AnyGroup[];
  readonly #own: readonly number[];
  readonly #rule: LrRule;
  #step = 0;

  constructor(optimizer: Scheduled, rule: LrRule) {
    this.#groups = optimizer.groups;
    this.#own = optimizer.groups.map((group) => group.lr);
    this.#rule = rule;
    this.#set();
  }

  step(): void {
    this.#step++;
    this.#set();
  }

  #set(): void {
    for (const [i, group] of this.#groups.entries()) group.lr = this.#rule(this.#step, this.#own[i]!);
  }
}

/**
 * One cycle of rate and momentum (μ, or β₁); the numbers are `oneCycleLr`'s. Make it before the first step.
 *
 * @throws ValueError  when the optimizer has no momentum, or steps have been taken with a constant one
 */
export class OneCycleLr {
  readonly #groups: readonly AnyGroup[];
  readonly #cycle: ReturnType<typeof oneCycleLr>;
  #step = 0;

  constructor(optimizer: Scheduled, options: OneCycleLrOptions) {
    this.#groups = optimizer.groups;
    this.#cycle = oneCycleLr(options);
    this.#set();
  }

  step(): void {
    this.#step++;
    this.#set();
  }

  #set(): void {
    for (const group of this.#groups) Object.assign(group, this.#cycle(this.#step));
  }
}

export interface PlateauOptions {
  /** Whether the metric should fall ("min", the default) or rise ("max"). */
  readonly mode?: "min" | "max";
  /** 0.1 by default */
  readonly factor?: number;
  /** How many bad epochs are borne; 10 by default. */
  readonly patience?: number;
  /** How much better counts as better, as a share ("rel", the default) or a difference ("abs"); 1e-4 by default. */
  readonly threshold?: number;
  readonly thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction in which bad ones do not count; 0 by default. */
  readonly cooldown?: number;
  /** 0 by default */
  readonly minLr?: number;
  /** The rate stays where it would change by less; 1e-8 by default. */
  readonly eps?: number;
}

/**
 * Multiplies the rate by `factor` when a metric has not become better for more than `patience` epochs.
 *
 * @throws ValueError  when the factor is not within 0 < factor < 1 or a mode does not exist
 * @example
 * const optimizer = new optim.SGD([new nn.Parameter(tensor([1]))], { lr: 0.4 });
 * const scheduler = new optim.ReduceLrOnPlateau(optimizer, { patience: 0, factor: 0.5 });
 * scheduler.step(1);
 * scheduler.step(1);
 * optimizer.lr; // => 0.2
 */
export class ReduceLrOnPlateau {
  readonly #groups: readonly AnyGroup[];
  readonly #options: Required<PlateauOptions>;
  #best: number;
  #bad = 0;
  #cooling = 0;

  constructor(optimizer: Scheduled, options: PlateauOptions = {}) {
    const defaults = { mode: "min", factor: 0.1, patience: 10, threshold: 1e-4, thresholdMode: "rel" } as const;
    this.#options = { ...defaults, cooldown: 0, minLr: 0, eps: 1e-8, ...options };
    const { factor, mode, thresholdMode } = this.#options;
    if (!(factor > 0 && factor < 1)) throw new ValueError(`ReduceLrOnPlateau: factor ${factor} is not within 0 … 1`);
    if (mode !== "min" && mode !== "max")
      throw new ValueError(`ReduceLrOnPlateau: there is no mode "${mode}"; there are min, max`);
    if (thresholdMode !== "rel" && thresholdMode !== "abs")
      throw new ValueError(`ReduceLrOnPlateau: there is no thresholdMode "${thresholdMode}"; there are rel, abs`);
    this.#groups = optimizer.groups;
    this.#best = mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  step(metric: number): void {
    const { patience, cooldown } = this.#options;
    if (this.#better(metric)) [this.#best, this.#bad] = [metric, 0];
    else this.#bad++;
    if (this.#cooling > 0) [this.#cooling, this.#bad] = [this.#cooling - 1, 0];
    if (this.#bad <= patience) return;
    this.#reduce();
    [this.#cooling, this.#bad] = [cooldown, 0];
  }

  #better(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === "min" ? -1 : 1;
    const bound = thresholdMode === "abs" ? this.#best + sign * threshold : this.#best * (1 + sign * threshold);
    return sign * metric > sign * bound;
  }

  #reduce(): void {
    const { factor, minLr, eps } = this.#options;
    for (const group of this.#groups) {
      const lr = Math.max(group.lr * factor, minLr);
      if (group.lr - lr > eps) group.lr = lr;
    }
  }
}
