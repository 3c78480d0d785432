/**
 * Groups of parameters: what one set of options holds for. The rate is a variable, and so is a momentum that a schedule
 * changes, so that compiled steps follow without tracing anew.
 */
import { checkOptions, type DType, promote, show, ValueError, wideDType } from "../base/index.ts";
import { isTracing, watched } from "../runtime/index.ts";
import { Tensor, tensor, variable } from "../tensor/index.ts";
import { checkRanges, decay, fromZero, type Range, type Ranges } from "./ranges.ts";

/** What every optimizer has among its options. */
export interface WithRate {
  readonly lr: number;
}

/** Parameters with options of their own; what is not given comes from the optimizer's options. */
export type ParameterGroup<Options extends WithRate> = {
  readonly params: Iterable<Tensor>;
} & Partial<Options>;

/** What an optimizer may be given: parameters, or groups of them. */
export type Parameters<Options extends WithRate> = Iterable<Tensor> | readonly ParameterGroup<Options>[];

/** A group as the optimizer keeps it. */
export class Group<Options extends WithRate> {
  readonly params: readonly Tensor[];
  /** May be changed between steps, but for rate and momentum, which have setters of their own. */
  readonly options: { -readonly [Name in keyof Options]: Options[Name] };
  /** The group's widest dtype, float32 at least: that of the scalars in its formulas. */
  readonly dtype: DType;
  /** The rate as a scalar that compiled steps read. */
  readonly rate: Tensor;
  /** Of the optimizer, for errors. */
  readonly #owner: string;
  #lr: number;
  /** The options' rate, from which `lr` went on. */
  readonly #firstRate: number;
  #momentum: number | null = null;
  #momentumScalar: Tensor | null = null;
  #momentumUsed = false;

  constructor(owner: string, params: readonly Tensor[], options: Options) {
    this.params = params;
    const own = { ...options };
    for (const [name, option] of Object.entries(own))
      if (Array.isArray(option)) Object.assign(own, { [name]: Object.freeze([...option]) }); // a new list is a change that is seen
    this.options = watched(own);
    this.dtype = wideDType(params.map((p) => p.dtype).reduce((a, b) => promote(a, b)));
    this.#owner = owner;
    this.#lr = options.lr;
    this.#firstRate = options.lr;
    this.rate = variable(tensor(options.lr, { dtype: this.dtype }));
  }

  /** @throws ValueError  when an option is out of its range, or the rate was changed there */
  check(ranges: Ranges<Options>): void {
    checkRanges(this.#owner, this.options, ranges);
    if (this.options.lr !== this.#firstRate)
      throw new ValueError(
        `${this.#owner}: the rate is changed by setting lr of the optimizer or of a group, not in options`,
      );
  }

  get lr(): number {
    return this.#lr;
  }

  /** @throws ValueError  when it is no number from 0, or inside `compile`, where it would be set once, while the step is traced */
  set lr(value: number) {
    check(this.#owner, "lr", value, fromZero);
    if (isTracing())
      throw new ValueError(
        `${this.#owner}: lr is set inside compile(), where that happens once, while the step is traced; set it between steps, and schedulers step there, too`,
      );
    this.#lr = value;
    this.rate.assign(tensor(value, { dtype: this.dtype }));
  }

  /** μ (`momentum`) or β₁ (the first of `betas`); null where the method has none. */
  get momentum(): number | null {
    return this.#momentum ?? ownMomentum(this.options);
  }

  /**
   * Makes μ or β₁ a scalar that compiled steps read, with a new value.
   *
   * @throws ValueError  when a step has been taken with the options' number, which a compiled step holds as a constant
   */
  set momentum(value: number) {
    this.#checkMomentum(value);
    if (this.#momentumScalar === null) this.#momentumScalar = variable(tensor(value, { dtype: this.dtype }));
    else this.#momentumScalar.assign(tensor(value, { dtype: this.dtype }));
    this.#momentum = value;
  }

  /** Throws what setting rate and momentum would throw; null for what will not be set. */
  checkNumbers(lr: number | null, momentum: number | null): void {
    if (lr !== null) check(this.#owner, "lr", lr, fromZero);
    if (momentum !== null) this.#checkMomentum(momentum);
  }

  #checkMomentum(value: number): void {
    check(this.#owner, "momentum", value, decay);
    if (this.#momentumScalar !== null) return;
    if (this.momentum === null || this.momentum === 0)
      throw new ValueError(`${this.#owner}: there is no momentum to change; give the optimizer one above 0`);
    if (this.#momentumUsed)
      throw new ValueError(
        `${this.#owner}: steps have been taken with a constant momentum; make the schedule of the momentum before the first`,
      );
  }

  /** Whether the momentum is a scalar that changes. */
  get momentumChanges(): boolean {
    return this.#momentumScalar !== null;
  }

  /** μ or β₁ for the formula: a number until somebody sets another. */
  momentumForStep(): number | Tensor {
    this.#momentumUsed = true;
    return this.#momentumScalar ?? this.momentum ?? 0;
  }
}

function ownMomentum(options: object): number | null {
  const { momentum, betas } = options as { momentum?: number; betas?: readonly number[] }; // where there are such
  return momentum ?? betas?.[0] ?? null;
}

function check(owner: string, name: string, value: unknown, range: Range): void {
  const complaint = range(name, value);
  if (complaint !== null) throw new ValueError(`${owner}: ${complaint}`);
}

/**
 * The groups of an optimizer, with all of their options checked.
 *
 * @throws ValueError  when there are no parameters, one of them cannot change or comes twice, or an option is unknown or
 *                     out of its range
 */
export function groupsOf<Options extends WithRate>(
  owner: string,
  parameters: Parameters<Options>,
  given: Partial<Options>,
  defaults: Options,
  ranges: Ranges<Options>,
): Group<Options>[] {
  checkOptions(owner, given, Object.keys(ranges));
  const options: Options = { ...defaults, ...given };
  checkRanges(owner, options, ranges);
  const items = listed<Tensor | ParameterGroup<Options>>(owner, parameters);
  const bare = items.filter((item) => item instanceof Tensor);
  const groups = items.filter((item): item is ParameterGroup<Options> => !(item instanceof Tensor));
  const made = groups.map((group, i) => {
    if (typeof group !== "object" || group === null)
      throw new ValueError(`${owner}: parameters are tensors, or groups { params, … }, not ${String(group)}`);
    const { params, ...own } = group;
    const members = params !== undefined && isIterable(params) ? [...params] : [];
    if (members.length === 0) throw new ValueError(`${owner}: group ${i} has no parameters; give it { params: [...] }`);
    const whole = { ...options, ...own } as Options; // the optimizer's options fill what is missing
    checkRanges(`${owner}: group ${i}`, whole, ranges);
    return { params: members, options: whole };
  });
  const all = bare.length > 0 ? [{ params: bare, options }, ...made] : made;
  checkParameters(
    owner,
    all.flatMap(({ params }) => params),
  );
  return all.map(({ params, options: whole }) => new Group(owner, params, whole));
}

/** The parameters of a method that has no groups. */
export function parametersOf(owner: string, parameters: Iterable<Tensor>): Tensor[] {
  const items = listed<Tensor>(owner, parameters);
  checkParameters(owner, items);
  return items;
}

function listed<Item>(owner: string, parameters: Iterable<Item>): Item[] {
  if (!isIterable(parameters))
    throw new ValueError(
      `${owner}: parameters are a list of them, or of groups { params, … }; write model.parameters()`,
    );
  const items = [...parameters];
  if (items.length === 0) throw new ValueError(`${owner}: there are no parameters to optimize`);
  return items;
}

function isIterable(value: unknown): boolean {
  return typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === "function";
}

function checkParameters(owner: string, parameters: readonly unknown[]): void {
  const seen = new Set<Tensor>();
  for (const p of parameters) {
    if (!(p instanceof Tensor))
      throw new ValueError(`${owner}: a parameter is a tensor made with parameter(), not ${String(p)}`);
    if (p.variable === null)
      throw new ValueError(
        `${owner}: a tensor of shape ${show(p.shape)} is no parameter and cannot change; make it with parameter()`,
      );
    if (seen.has(p)) throw new ValueError(`${owner}: a parameter of shape ${show(p.shape)} is given twice`);
    seen.add(p);
  }
}
