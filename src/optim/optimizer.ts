/**
 * What all optimizers share: groups of parameters, the rate, the moments, the counter of steps, and saving them.
 *
 * Rate, counter and moments are variables. In a compiled step their assignments happen in place, and setting
 * `optimizer.lr` changes the next run without tracing anew.
 */
import { type DType, promote, type Shape, show, ValueError } from "../base/index.ts";
import { loadState, type StateDict } from "../nn/index.ts";
import { flush, Variable } from "../runtime/index.ts";
import { full, noGrad, Tensor, tensor, variable } from "../tensor/index.ts";

/** Parameters with options of their own; what is not given comes from the optimizer's options. */
export type ParameterGroup<Options extends { readonly lr: number }> = {
  readonly params: Iterable<Tensor>;
} & Partial<Options>;

/** What an optimizer may be given: parameters, or groups of them. */
export type Parameters<Options extends { readonly lr: number }> = Iterable<Tensor> | readonly ParameterGroup<Options>[];

/** A group as the optimizer keeps it. */
export class Group<Options extends { readonly lr: number }> {
  readonly params: readonly Tensor[];
  readonly options: Options;
  /** The group's widest dtype: that of the scalars in its formulas. */
  readonly dtype: DType;
  /** The rate as a scalar that compiled steps read. */
  readonly rate: Tensor;
  #lr: number;
  #momentum: Tensor | null = null;
  #momentumUsed = false;

  constructor(params: readonly Tensor[], options: Options) {
    this.params = params;
    this.options = options;
    this.dtype = params.map((p) => p.dtype).reduce(promote);
    this.#lr = options.lr;
    this.rate = variable(tensor(options.lr, { dtype: this.dtype }));
  }

  get lr(): number {
    return this.#lr;
  }

  set lr(value: number) {
    checkRate("lr", value);
    this.#lr = value;
    this.rate.assign(tensor(value, { dtype: this.dtype }));
  }

  /** μ (`momentum`) or β₁ (the first of `betas`) for the formula: a number until somebody sets another. */
  get momentum(): number | Tensor {
    if (this.#momentum !== null) return this.#momentum;
    this.#momentumUsed = true;
    return this.ownMomentum ?? 0;
  }

  /** μ or β₁ among the options; null where the method has none. */
  get ownMomentum(): number | null {
    const { momentum, betas } = this.options as { momentum?: number; betas?: readonly number[] }; // where there are such
    return momentum ?? betas?.[0] ?? null;
  }

  /**
   * Makes μ or β₁ a scalar that compiled steps read, with a new value.
   *
   * @throws ValueError  when a step has been taken with the options' number, which a compiled step holds as a constant
   */
  set momentum(value: number) {
    checkDecay("momentum", value);
    if (this.#momentum !== null) {
      this.#momentum.assign(tensor(value, { dtype: this.dtype }));
      return;
    }
    if (this.ownMomentum === null || this.ownMomentum === 0)
      throw new ValueError("optimizer: there is no momentum to change; give the optimizer one above 0");
    if (this.#momentumUsed)
      throw new ValueError(
        "optimizer: steps have been taken with a constant momentum; make the schedule of the momentum before the first",
      );
    this.#momentum = variable(tensor(value, { dtype: this.dtype }));
  }
}

/** Moments of one parameter by their letter in the formula. */
type Moments = Readonly<Record<string, Tensor>>;

/** A moment: the name under which PyTorch saves it, alone or with the value it begins with (0 otherwise). */
export type Kept = string | { readonly name: string; readonly start: number };

/** The formula of a step, with all that is the same for every parameter filled in. */
export type Move<Moment extends string> = (
  state: Readonly<Record<"w" | "g" | Moment, Tensor>>,
) => Readonly<{ w: Tensor } & Partial<Record<Moment, Tensor>>>;

/** What one step needs beside the state of a parameter. */
export interface StepContext<Options extends { readonly lr: number }> {
  readonly options: Options;
  readonly lr: Tensor;
  /** Number of this step, from 1, as a scalar of the group's dtype. */
  readonly t: Tensor;
  /** μ or β₁: the options' number, or a scalar that a schedule changes. */
  readonly momentum: number | Tensor;
  /** The group's own numbers, by the names in `scalars`; to be assigned in the step. */
  readonly scalars: Readonly<Record<string, Tensor>>;
}

export abstract class Optimizer<Options extends { readonly lr: number }, Moment extends string> {
  readonly groups: readonly Group<Options>[];
  /** Number of steps taken. */
  readonly t: Tensor;
  readonly #moments = new Map<Tensor, Moments>();
  readonly #scalars = new Map<Group<Options>, Readonly<Record<string, Tensor>>>();

  constructor(parameters: Parameters<Options>, options: Options) {
    const name = this.constructor.name;
    this.groups = groupsOf(name, parameters, options);
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
        if (p.variable === null)
          throw new ValueError(
            `${name}: a tensor of shape ${show(p.shape)} is no parameter and cannot change; make it with parameter()`,
          );
        if (this.#moments.has(p)) throw new ValueError(`${name}: a parameter of shape ${show(p.shape)} is given twice`);
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

  /** Prepares a step of a group. */
  protected abstract prepare(step: StepContext<Options>): Move<Moment>;

  /** Throws for options that make no sense. */
  protected check(options: Options): void {
    checkRate("lr", options.lr);
  }

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

  /** Moves every parameter that has a gradient. */
  step(): void {
    noGrad(() => {
      const count = this.t.add(1);
      for (const group of this.groups) {
        const t = count.astype(group.dtype);
        const move = this.prepare(this.context(group, t));
        for (const p of group.params) if (p.grad !== null) this.#move(p, p.grad, move);
      }
      this.t.assign(count);
    });
    flush();
  }

  /** What the formulas of a group need in step t. */
  protected context(group: Group<Options>, t: Tensor): StepContext<Options> {
    const scalars = this.#scalars.get(group)!;
    return { options: group.options, lr: group.rate, t, momentum: group.momentum, scalars };
  }

  /** A parameter's moments by their letters. */
  protected momentsOf(p: Tensor): Moments {
    return this.#moments.get(p)!;
  }

  #move(p: Tensor, g: Tensor, move: Move<Moment>): void {
    const moments = this.#moments.get(p)!;
    const state = { ...moments, w: p, g } as Record<"w" | "g" | Moment, Tensor>; // the moments were made by these letters
    const next = move(state);
    p.assign(next.w.astype(p.dtype));
    for (const [letter, moment] of Object.entries(moments)) moment.assign(next[letter as Moment]!.astype(moment.dtype));
  }

  /** The counter, the rates and the moments, by name; together with the parameters all that a run needs to go on. */
  stateDict(): StateDict {
    return Object.fromEntries(Array.from(this.#state(), ([name, value]) => [name, value.detach()]));
  }

  /**
   * Takes over what `stateDict` gave.
   *
   * @throws ValueError  when names or shapes differ; nothing is changed then
   */
  loadStateDict(dict: StateDict): void {
    loadState(this.constructor.name, new Map(this.#state()), dict, true);
    for (const group of this.groups) group.lr = dict[`group${this.groups.indexOf(group)}.lr`]!.itemSync();
  }

  *#state(): Generator<[string, Tensor]> {
    yield ["step", this.t];
    let number = 0;
    for (const [i, group] of this.groups.entries()) {
      yield [`group${i}.lr`, group.rate];
      for (const [key, scalar] of Object.entries(this.#scalars.get(group)!)) yield [`group${i}.${key}`, scalar];
      const names: Readonly<Record<string, Kept | undefined>> = this.moments(group.options);
      for (const p of group.params) {
        for (const [letter, moment] of Object.entries(this.#moments.get(p)!))
          yield [`${number}.${nameOf(names[letter]!)}`, moment];
        number++;
      }
    }
  }
}

function nameOf(kept: Kept): string {
  return typeof kept === "string" ? kept : kept.name;
}

function momentState(p: Tensor, kept: Kept): Tensor {
  const device = p.variable!.device;
  if (typeof kept === "string" || kept.start === 0) return zeroState(p.shape, p.dtype, device);
  return variable(full(p.shape, kept.start, { dtype: p.dtype, device: device ?? undefined }));
}

/** A variable of zeros; nothing is computed for it. */
function zeroState(shape: Shape, dtype: DType, device: string | null = null): Tensor {
  return new Tensor(new Variable(shape, dtype, { device }));
}

function groupsOf<Options extends { readonly lr: number }>(
  name: string,
  parameters: Parameters<Options>,
  options: Options,
): Group<Options>[] {
  const items = [...(parameters as Iterable<Tensor | ParameterGroup<Options>>)]; // one of both kinds of list
  if (items.length === 0) throw new ValueError(`${name}: there are no parameters to optimize`);
  const groups: ParameterGroup<Options>[] = [];
  const bare: Tensor[] = [];
  for (const item of items) {
    if (item instanceof Tensor) bare.push(item);
    else groups.push(item);
  }
  const made = groups.map(({ params, ...own }, i) => {
    const listed = [...params];
    if (listed.length === 0) throw new ValueError(`${name}: group ${i} has no parameters`);
    return new Group(listed, { ...options, ...own } as Options); // the defaults fill what is missing
  });
  return bare.length > 0 ? [new Group(bare, options), ...made] : made;
}

/** Throws unless `value` is a number from 0. */
export function checkRate(name: string, value: number): void {
  if (!(value >= 0)) throw new ValueError(`optimizer: ${name} ${value} is not a number from 0`);
}

/** Throws unless `value` is in 0 ≤ value < 1. */
export function checkDecay(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ValueError(`optimizer: ${name} ${value} is not within 0 ≤ ${name} < 1`);
}
