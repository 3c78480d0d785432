/**
 * Schedulers: what carries a schedule to an optimizer, step by step. What each has counted is in its state dict, under
 * PyTorch's names; loaded together with the optimizer's, a run goes on in the middle of a schedule with the same numbers.
 */
import { ValueError } from "../base/index.ts";
import type { StateDict } from "../nn/index.ts";
import type { Group, WithRate } from "./group.ts";
import { loadNumbers, type Numbers, saveNumbers } from "./numbers.ts";
import { complete, countFromZero, fromZero, oneOf, properShare, type Ranges } from "./ranges.ts";
import { type LrRule, type OneCycleLrOptions, oneCycleLr } from "./schedules.ts";

type AnyGroup = Pick<Group<WithRate>, "lr" | "momentum">;

/** What a scheduler needs of an optimizer. */
export interface Scheduled {
  readonly groups: readonly AnyGroup[];
}

/** What all schedulers have in common: groups of parameters, and numbers that are saved. */
abstract class Saved<Name extends string> {
  protected readonly groups: readonly AnyGroup[];

  /** @throws ValueError  when `optimizer` is none */
  constructor(optimizer: Scheduled) {
    if (!Array.isArray((optimizer as Partial<Scheduled> | null | undefined)?.groups))
      throw new ValueError(`${this.constructor.name}: the first argument is the optimizer whose rate is set`);
    this.groups = optimizer.groups;
  }

  /** What has been counted so far. */
  protected abstract numbers(): Readonly<Record<Name, number | readonly number[]>>;

  /** Takes over what had been counted. */
  protected abstract take(numbers: Readonly<Record<Name, readonly number[]>>): void;

  /** All that is needed to go on in the middle of the schedule, as tensors of float64. */
  stateDict(): StateDict {
    return saveNumbers(this.numbers() satisfies Numbers);
  }

  /**
   * Takes over what `stateDict` gave, and sets the rates that belong to it.
   *
   * @throws ValueError  when names differ or there were more or fewer groups; nothing is changed then
   */
  loadStateDict(dict: StateDict): void {
    this.take(loadNumbers(this.constructor.name, this.numbers(), dict));
  }
}

/**
 * Sets the rate of every group to `rule(step, lr)`, lr being what the group had at first. Call `step` after the
 * optimizer's; compiled steps follow without tracing anew.
 *
 * Any function of step and rate is a rule; those of PyTorch are `stepLr`, `cosineAnnealingLr`, …
 *
 * @throws ValueError  when there is no optimizer or no rule
 * @example
 * const optimizer = new optim.SGD([new nn.Parameter(tensor([1]))], { lr: 0.4 });
 * const scheduler = new optim.Scheduler(optimizer, optim.stepLr({ stepSize: 2, gamma: 0.5 }));
 * for (let i = 0; i < 3; i++) scheduler.step();
 * optimizer.lr; // => 0.2
 */
export class Scheduler extends Saved<"last_epoch" | "base_lrs"> {
  readonly #rule: LrRule;
  #own: readonly number[];
  #step = 0;

  constructor(optimizer: Scheduled, rule: LrRule) {
    super(optimizer);
    if (typeof rule !== "function")
      throw new ValueError(
        "Scheduler: a rule is a function of step and rate; write new Scheduler(optimizer, optim.stepLr({ stepSize: 10 }))",
      );
    this.#own = optimizer.groups.map((group) => group.lr);
    this.#rule = rule;
    this.#set();
  }

  step(): void {
    this.#step++;
    this.#set();
  }

  #set(): void {
    for (const [i, group] of this.groups.entries()) group.lr = this.#rule(this.#step, this.#own[i]!);
  }

  protected override numbers(): { last_epoch: number; base_lrs: readonly number[] } {
    return { last_epoch: this.#step, base_lrs: this.#own };
  }

  protected override take(numbers: Readonly<Record<"last_epoch" | "base_lrs", readonly number[]>>): void {
    this.#step = numbers.last_epoch[0]!;
    this.#own = numbers.base_lrs;
    this.#set();
  }
}

/**
 * One cycle of rate and momentum (μ, or β₁); the numbers are `oneCycleLr`'s. Make it before the first step.
 *
 * @throws ValueError  when the optimizer has no momentum to cycle, or steps have been taken with a constant one
 * @example
 * const optimizer = new optim.SGD([new nn.Parameter(tensor([1]))], { momentum: 0.9 });
 * const scheduler = new optim.OneCycleLr(optimizer, { maxLr: 0.5, totalSteps: 10, pctStart: 0.5 });
 * optimizer.lr; // => 0.02…
 * for (let i = 0; i < 4; i++) scheduler.step();
 * [optimizer.lr, optimizer.groups[0].momentum]; // => [ 0.5, 0.85 ]
 */
export class OneCycleLr extends Saved<"last_epoch"> {
  readonly #cycle: ReturnType<typeof oneCycleLr>;
  readonly #cyclesMomentum: boolean;
  #step = 0;

  constructor(optimizer: Scheduled, options: OneCycleLrOptions) {
    super(optimizer);
    this.#cycle = oneCycleLr(options);
    this.#cyclesMomentum = options.cycleMomentum ?? true;
    this.#set();
  }

  step(): void {
    this.#step++;
    this.#set();
  }

  #set(): void {
    const { lr, momentum } = this.#cycle(this.#step);
    for (const group of this.groups) {
      if (this.#cyclesMomentum) group.momentum = momentum;
      group.lr = lr;
    }
  }

  protected override numbers(): { last_epoch: number } {
    return { last_epoch: this.#step };
  }

  protected override take(numbers: Readonly<Record<"last_epoch", readonly number[]>>): void {
    this.#step = numbers.last_epoch[0]!;
    this.#set();
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

const plateauDefaults: Required<PlateauOptions> = {
  mode: "min",
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: "rel",
  cooldown: 0,
  minLr: 0,
  eps: 1e-8,
};

const plateauRanges: Ranges<PlateauOptions> = {
  mode: /* @__PURE__ */ oneOf("min", "max"),
  factor: properShare,
  patience: countFromZero,
  threshold: fromZero,
  thresholdMode: /* @__PURE__ */ oneOf("rel", "abs"),
  cooldown: countFromZero,
  minLr: fromZero,
  eps: fromZero,
};

type PlateauNumber = "best" | "num_bad_epochs" | "cooldown_counter" | "lrs";

/**
 * Multiplies the rate by `factor` when a metric has not become better for more than `patience` epochs.
 *
 * @throws ValueError  when an option is unknown or out of its range, or the metric is no number
 * @example
 * const optimizer = new optim.SGD([new nn.Parameter(tensor([1]))], { lr: 0.4 });
 * const scheduler = new optim.ReduceLrOnPlateau(optimizer, { patience: 0, factor: 0.5 });
 * scheduler.step(1);
 * scheduler.step(1);
 * optimizer.lr; // => 0.2
 */
export class ReduceLrOnPlateau extends Saved<PlateauNumber> {
  readonly #options: Required<PlateauOptions>;
  #best: number;
  #bad = 0;
  #cooling = 0;

  constructor(optimizer: Scheduled, options: PlateauOptions = {}) {
    super(optimizer);
    this.#options = complete("ReduceLrOnPlateau", options, plateauDefaults, plateauRanges);
    this.#best = this.#options.mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** @throws ValueError  when there is no metric; one that is NaN counts as not better */
  step(metric: number): void {
    if (typeof metric !== "number")
      throw new ValueError(`ReduceLrOnPlateau: step(metric) is told the measure of the epoch, not ${String(metric)}`);
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
    for (const group of this.groups) {
      const lr = Math.max(group.lr * factor, minLr);
      if (group.lr - lr > eps) group.lr = lr;
    }
  }

  protected override numbers(): Record<PlateauNumber, number | readonly number[]> {
    const lrs = this.groups.map((group) => group.lr);
    return { best: this.#best, num_bad_epochs: this.#bad, cooldown_counter: this.#cooling, lrs };
  }

  protected override take(numbers: Readonly<Record<PlateauNumber, readonly number[]>>): void {
    this.#best = numbers.best[0]!;
    this.#bad = numbers.num_bad_epochs[0]!;
    this.#cooling = numbers.cooldown_counter[0]!;
    for (const [i, group] of this.groups.entries()) group.lr = numbers.lrs[i]!;
  }
}
