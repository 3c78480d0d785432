/**
 * What all optimizers share: groups of parameters, the rate, the moments, the counter of steps, and saving them.
 *
 * Rate, counter and moments are variables. In a compiled step their assignments happen in place, and setting
 * `optimizer.lr` changes the next run without tracing anew.
 */
import { type DType, type Shape, ValueError, wideDType } from "../base/index.ts";
import { loadState, type StateDict } from "../nn/index.ts";
import { flush, noteFields, Variable, Watched } from "../runtime/index.ts";
import { full, noGrad, Tensor, tensor, variable } from "../tensor/index.ts";
import { takenGradients } from "./gradients.ts";
import { type Group, groupsOf, type Parameters, type WithRate } from "./group.ts";
import { numberPlace, saveNumbers } from "./numbers.ts";
import type { Ranges } from "./ranges.ts";

/** Moments of one parameter by their letter in the formula. */
type Moments = Readonly<Record<string, Tensor>>;

/** A moment: the name under which PyTorch saves it, alone or with the value it begins with (0 otherwise). */
export type Kept = string | { readonly name: string; readonly start: number };

/** The formula of a step, with all that is the same for every parameter filled in. */
export type Move<Moment extends string> = (
  state: Readonly<Record<"w" | "g" | Moment, Tensor>>,
) => Readonly<{ w: Tensor } & Partial<Record<Moment, Tensor>>>;

/** What one step needs beside the state of a parameter. */
export interface StepContext<Options extends WithRate> {
  readonly options: Options;
  readonly lr: Tensor;
  /** Number of this step, from 1, as a scalar of the group's dtype. */
  readonly t: Tensor;
  /** μ or β₁: the options' number, or a scalar that a schedule changes. */
  readonly momentum: number | Tensor;
  /** The group's own numbers, by the names in `scalars`; to be assigned in the step. */
  readonly scalars: Readonly<Record<string, Tensor>>;
}

/**
 * What every optimizer can do: take a step, forget gradients, change its rate, save and load what it has gathered. A
 * method of one's own says which options it has and what each may be, which moments it keeps, and its formula.
 *
 * @example
 * // sign descent, w ← w − lr · sign(g)
 * class SignDescent extends optim.Optimizer {
 *   constructor(parameters, options = {}) { super(parameters, options, { lr: 0.1 }); }
 *   ranges() { return { lr: (name, value) => (value >= 0 ? null : `${name} ${value} is below 0`) }; }
 *   moments() { return {}; }
 *   prepare({ lr }) { return ({ w, g }) => ({ w: w.sub(g.sign().mul(lr)) }); }
 * }
 * const w = parameter(tensor([2, -3]));
 * const optimizer = new SignDescent([w], { lr: 0.5 });
 * w.square().sum().backward();
 * optimizer.step();
 * w; // => [ 1.5 -2.5]
 * optimizer.zeroGrad();
 * optimizer.lr = 0.1;
 */
export abstract class Optimizer<Options extends WithRate, Moment extends string> extends Watched {
  readonly groups: readonly Group<Options>[];
  /** Number of steps taken. */
  readonly t: Tensor;
  readonly #moments = new Map<Tensor, Moments>();
  readonly #scalars = new Map<Group<Options>, Readonly<Record<string, Tensor>>>();

  /**
   * @throws ValueError  when there are no parameters, one of them cannot change or comes twice, or an option is unknown
   *                     or out of its range
   */
  constructor(parameters: Parameters<Options>, options: Partial<Options>, defaults: Options) {
    super();
    this.groups = groupsOf(this.constructor.name, parameters, options, defaults, this.ranges());
    for (const group of this.groups) this.check(group.options);
    this.t = zeroState([], "int32");
    for (const group of this.groups) {
      const letters: Readonly<Record<string, Kept | undefined>> = this.moments(group.options);
      const numbers = Object.entries(this.scalars(group.options));
      this.#scalars.set(
        group,
        Object.fromEntries(numbers.map(([key, start]) => [key, variable(tensor(start, { dtype: group.dtype }))])),
      );
      for (const p of group.params) {
        this.#moments.set(
          p,
          Object.fromEntries(Object.entries(letters).map(([m, kept]) => [m, momentState(p, kept!)])),
        );
      }
    }
  }

  /** The moments of the formula by their letters, with the names under which PyTorch saves them. */
  protected abstract moments(options: Options): { readonly [M in Moment]?: Kept };

  /** Numbers that a group carries from step to step, under PyTorch's names, with the values they begin with. */
  protected scalars(_options: Options): Readonly<Record<string, number>> {
    return {};
  }

  /** What each option may be. */
  protected abstract ranges(): Ranges<Options>;

  /** Prepares a step of a group. */
  protected abstract prepare(step: StepContext<Options>): Move<Moment>;

  /** Throws for options that make no sense together. */
  protected check(_options: Options): void {}

  /** All parameters of all groups. */
  get parameters(): readonly Tensor[] {
    return this.groups.flatMap((group) => group.params);
  }

  /** The rate of the first group. Setting it sets that of all groups. */
  get lr(): number {
    return this.groups[0]!.lr;
  }

  set lr(value: number) {
    for (const group of this.groups) group.lr = value;
  }

  /** Forgets all gradients, so that `backward` does not add to old ones. */
  zeroGrad(): void {
    for (const p of this.parameters) p.grad = null;
  }

  /**
   * Moves every parameter that has a gradient. Options in `groups` may have been changed since the last step.
   *
   * @throws GradientError  when no parameter has a gradient
   * @throws ValueError  when an option has been given a value that is out of its range; nothing is changed then
   */
  step(): void {
    noteFields(this);
    for (const group of this.groups) this.#checkAgain(group);
    noGrad(() => {
      const gradients = takenGradients(`${this.constructor.name}.step`, this.parameters);
      const count = this.t.add(1);
      for (const group of this.groups) {
        const t = count.astype(group.dtype);
        const move = this.prepare(this.context(group, t));
        for (const p of group.params) {
          const g = gradients.get(p);
          if (g !== undefined) this.#move(p, g, move);
        }
      }
      this.t.assign(count);
    });
    flush();
  }

  /** Options may have been changed since the last step. */
  #checkAgain(group: Group<Options>): void {
    noteFields(group.options);
    group.check(this.ranges());
    this.check(group.options);
    const kept = this.#moments.get(group.params[0]!)!; // a group has parameters
    const missing = Object.keys(this.moments(group.options)).find((letter) => !(letter in kept));
    if (missing !== undefined)
      throw new ValueError(
        `${this.constructor.name}: with the options as they are now there is a moment "${missing}" that was not gathered from the first step on; make a new optimizer`,
      );
  }

  /** What the formulas of a group need in step t. */
  protected context(group: Group<Options>, t: Tensor): StepContext<Options> {
    const scalars = this.scalarsOf(group);
    return { options: group.options, lr: group.rate, t, momentum: group.momentumForStep(), scalars };
  }

  /** The numbers of a group, by the names in `scalars`. */
  protected scalarsOf(group: Group<Options>): Readonly<Record<string, Tensor>> {
    return this.#scalars.get(group)!;
  }

  /** A parameter's moments by their letters. */
  protected momentsOf(p: Tensor): Moments {
    return this.#moments.get(p)!;
  }

  #move(p: Tensor, g: Tensor, move: Move<Moment>): void {
    const moments = this.#moments.get(p)!;
    const [w, slope] = [p.astype(wideDType(p.dtype)), g.astype(wideDType(p.dtype))]; // halves lose squares and small steps
    const state = { ...moments, w, g: slope } as Record<"w" | "g" | Moment, Tensor>; // the moments were made by these letters
    const next = move(state);
    p.assign(next.w.astype(p.dtype));
    for (const [letter, moment] of Object.entries(moments)) {
      const value = next[letter as Moment];
      if (value !== undefined && value !== moment) moment.assign(value.astype(moment.dtype));
    }
  }

  /**
   * Gives back at once the device memory that counter and moments take. Never needed: memory that runs short is made free by itself.
   * Values move to JavaScript's memory; nothing is lost, and the next step moves them in again. Parameters are the model's to dispose of.
   *
   * @example
   * const w = parameter(tensor([2]));
   * const optimizer = new optim.SGD([w], { lr: 0.5 });
   * optimizer.dispose();
   * w.square().sum().backward();
   * optimizer.step();
   * w; // => [0.]
   */
  dispose(): void {
    for (const [, { variable: kept }] of this.#state()) kept?.leave();
    for (const group of this.groups) group.rate.variable?.leave();
  }

  /**
   * The counter, the rates, momenta that a schedule changes, and the moments, by name: together with the parameters all
   * that a run needs to go on bit for bit.
   */
  stateDict(): StateDict {
    return { ...detached(this.#state()), ...saveNumbers(Object.fromEntries(this.#numbers(null))) };
  }

  /**
   * Takes over what `stateDict` gave.
   *
   * @throws ValueError  when names or shapes differ or a rate makes no sense; nothing is changed then
   */
  loadStateDict(dict: StateDict): void {
    const numbers = [...this.#numbers(dict)];
    for (const [i, group] of this.groups.entries())
      group.checkNumbers(numberIn(dict, i, "lr"), numberIn(dict, i, "momentum"));
    const places = new Map(numbers.map(([name]) => [name, numberPlace()]));
    loadState(this.constructor.name, new Map([...this.#state(), ...places]), dict, true);
    for (const [i, group] of this.groups.entries()) {
      group.lr = places.get(`group${i}.lr`)!.itemSync();
      const momentum = places.get(`group${i}.momentum`);
      if (momentum !== undefined) group.momentum = momentum.itemSync();
    }
  }

  *#state(): Generator<[string, Tensor]> {
    yield ["step", this.t];
    let number = 0;
    for (const [i, group] of this.groups.entries()) {
      for (const [key, scalar] of Object.entries(this.#scalars.get(group)!)) yield [`group${i}.${key}`, scalar];
      const names: Readonly<Record<string, Kept | undefined>> = this.moments(group.options);
      for (const p of group.params) {
        for (const [letter, moment] of Object.entries(this.#moments.get(p)!))
          yield [`${number}.${nameOf(names[letter]!)}`, moment];
        number++;
      }
    }
  }

  /** Rates, and momenta where a schedule changes them or `dict`, about to be loaded, says that one did. */
  *#numbers(dict: StateDict | null): Generator<[string, number]> {
    for (const [i, group] of this.groups.entries()) {
      yield [`group${i}.lr`, group.lr];
      const name = `group${i}.momentum`;
      if (group.momentumChanges || (dict !== null && Object.hasOwn(dict, name))) yield [name, group.momentum ?? 0];
    }
  }
}

function detached(state: Iterable<[string, Tensor]>): StateDict {
  return Object.fromEntries(Array.from(state, ([name, value]) => [name, value.detach()]));
}

/** A group's number in a state dict, if it is there and one number. */
function numberIn(dict: StateDict, group: number, name: string): number | null {
  const found = dict[`group${group}.${name}`];
  return found?.size === 1 ? found.itemSync() : null;
}

function nameOf(kept: Kept): string {
  return typeof kept === "string" ? kept : kept.name;
}

function momentState(p: Tensor, kept: Kept): Tensor {
  const device = p.variable!.device;
  const dtype = wideDType(p.dtype);
  if (typeof kept === "string" || kept.start === 0) return zeroState(p.shape, dtype, device);
  return variable(full(p.shape, kept.start, { dtype, device: device ?? undefined }));
}

/** A variable of zeros; nothing is computed for it. */
function zeroState(shape: Shape, dtype: DType, device: string | null = null): Tensor {
  return new Tensor(new Variable(shape, dtype, { device }));
}
