/**
 * L-BFGS in PyTorch's form. Nocedal & Wright 2006, algorithm 7.5:
 *
 *     d = −H g                      H from the last pairs s, y (algorithm 7.4, formulas/lbfgs.ts)
 *     t by the line search          (algorithms 3.5 and 3.6, formulas/line-search.ts), or the rate
 *     x ← x + t d
 *
 * Loss and gradient come from a closure that is evaluated several times in a step, each time as one program; the host
 * sees numbers only: losses, slopes, norms, inner products. Vectors stay with the device's programs.
 */
import { ValueError } from "../base/index.ts";
import { loadState, type StateDict } from "../nn/index.ts";
import { flush, isTracing, realize, Variable } from "../runtime/index.ts";
import { compile, noGrad, Tensor, tensor } from "../tensor/index.ts";
import { strongWolfe, type Trial, twoLoop } from "./formulas/index.ts";
import { type Group, groupsOf, type Parameters } from "./group.ts";
import { History } from "./lbfgs-history.ts";
import { measure, type Programs, programs } from "./lbfgs-programs.ts";
import { numberPlace, readNumbers, saveNumbers } from "./numbers.ts";
import { count, fromZero, oneOf, orNull, type Ranges } from "./ranges.ts";

export interface LbfgsOptions {
  /** Step length without a line search, and the first that a line search tries; 1 by default. */
  readonly lr: number;
  /** Iterations of a step; 20 by default. */
  readonly maxIter: number;
  /** Evaluations of the closure, after which a step ends; 1¼ · maxIter by default. */
  readonly maxEval: number;
  /** A step rests where no entry of the gradient exceeds this; 1e-7 by default. */
  readonly toleranceGrad: number;
  /** A step ends where neither a weight nor the loss changes by more than this; 1e-9 by default. */
  readonly toleranceChange: number;
  /** How many pairs s, y are remembered; 100 by default. */
  readonly historySize: number;
  /** The line search; null, the default, for none. */
  readonly lineSearchFn: "strongWolfe" | null;
}

const ranges: Ranges<LbfgsOptions> = {
  ...{ lr: fromZero, maxIter: count, maxEval: count, toleranceGrad: fromZero, toleranceChange: fromZero },
  ...{ historySize: count, lineSearchFn: /* @__PURE__ */ orNull(/* @__PURE__ */ oneOf("strongWolfe")) },
};

/** The loss, of what it is given. */
export type LossClosure<Inputs extends readonly Tensor[]> = (...inputs: Inputs) => Tensor;

/** Loss and gradient somewhere. */
interface Found {
  readonly loss: Tensor;
  /** [n] */
  readonly gradient: Tensor;
  readonly f: number;
  /** max |gᵢ|, Σ |gᵢ|, gᵀ d */
  readonly greatest: number;
  readonly sum: number;
  readonly slope: number;
}

/** The closure at the present weights, and at x + t d. */
interface Evaluator {
  readonly here: (...inputs: readonly Tensor[]) => readonly Tensor[];
  readonly along: (x: Tensor, d: Tensor, t: Tensor, ...inputs: readonly Tensor[]) => readonly Tensor[];
}

/** What one iteration leaves to the next. */
interface Last {
  readonly d: Tensor;
  readonly t: number;
  readonly gradient: Tensor;
}

/**
 * L-BFGS: Newton's steps, with the curvature learned from the last gradients. For smooth losses of the whole data.
 *
 *     yᵢ = gᵢ₊₁ − gᵢ,  sᵢ = xᵢ₊₁ − xᵢ,  γ = sᵀ y / yᵀ y of the last pair,  d = −H g,  x ← x + t d
 *
 * `step(closure)` evaluates the loss as often as it needs, moves the parameters, and gives the loss before the step. The
 * closure returns the loss; whether it calls `zeroGrad` and `backward` itself, as in PyTorch, makes no difference.
 *
 * `step(closure, x, y)` hands x and y to the closure and compiles it, once for each closure and for their shapes: what
 * it closes over beside parameters and other variables stays as it was the first time, as in `compile`.
 *
 * One group of parameters only, as in PyTorch. Values are read, so that `step` cannot be inside `compile`.
 *
 * @throws ValueError  when an option is unknown or out of its range, or there are several groups
 * Source: Nocedal & Wright 2006, algorithms 7.4, 7.5, 3.5, 3.6; Liu & Nocedal 1989.
 * @example
 * const w = new nn.Parameter(tensor([-1.2, 1], { dtype: "float64" }));
 * const optimizer = new optim.LBFGS([w], { maxIter: 100, lineSearchFn: "strongWolfe" });
 * // Rosenbrock's valley: (1 − w₀)² + 100 (w₁ − w₀²)², with its minimum at [1, 1]
 * const loss = () => w.at(0).sub(1).square().add(w.at(1).sub(w.at(0).square()).square().mul(100));
 * optimizer.step(loss).item(); // => 24.1999…
 * loss().item() < 1e-8; // => true
 */
export class LBFGS {
  readonly groups: readonly [Group<LbfgsOptions>];
  readonly #shape: {
    readonly size: number;
    readonly n: number;
    readonly dtype: Tensor["dtype"];
    readonly device: string | null;
  };
  readonly #evaluators = new WeakMap<LossClosure<never>, Evaluator>();
  readonly #programs: Programs;
  #history: History;
  /** γ */
  #gamma = 1;
  #last: Last | null = null;
  #iterations = 0;
  #evaluations = 0;

  constructor(parameters: Parameters<LbfgsOptions>, options: Partial<LbfgsOptions> = {}) {
    const maxIter = options?.maxIter ?? 20;
    const tolerances = { toleranceGrad: 1e-7, toleranceChange: 1e-9 };
    const limits = { maxIter, maxEval: Math.max(1, Math.floor((maxIter * 5) / 4)), historySize: 100 };
    const groups = groupsOf(
      "LBFGS",
      parameters,
      options,
      { lr: 1, ...limits, ...tolerances, lineSearchFn: null },
      ranges,
    );
    const [group, ...others] = groups;
    if (group === undefined || others.length > 0)
      throw new ValueError(
        `LBFGS: there is one group of parameters, not ${groups.length}; give it the parameters of all`,
      );
    this.groups = [group];
    const { params, dtype } = group;
    const n = params.reduce((size, p) => size + p.size, 0);
    this.#shape = { size: group.options.historySize, n, dtype, device: params[0]?.variable?.device ?? null };
    this.#history = new History(this.#shape);
    this.#programs = programs(params, dtype);
  }

  get parameters(): readonly Tensor[] {
    return this.groups[0].params;
  }

  /** The rate. */
  get lr(): number {
    return this.groups[0].lr;
  }

  set lr(value: number) {
    this.groups[0].lr = value;
  }

  /** How often closures have been evaluated. */
  get evaluations(): number {
    return this.#evaluations;
  }

  /** Forgets all gradients. `step` does so by itself. */
  zeroGrad(): void {
    for (const p of this.parameters) p.grad = null;
  }

  /**
   * Makes up to `maxIter` iterations.
   *
   * @returns  the loss before them
   * @throws ValueError  inside `compile`, or when the loss is no scalar
   */
  step<Inputs extends readonly Tensor[]>(closure: LossClosure<Inputs>, ...inputs: Inputs): Tensor {
    if (isTracing())
      throw new ValueError(
        "LBFGS: step reads losses and cannot be inside compile(); hand it the batch, step(closure, x, y), and the closure is compiled",
      );
    return noGrad(() => {
      const evaluator = this.#evaluatorOf(closure, inputs);
      const before = this.#evaluations;
      const start = this.#found(evaluator.here(...inputs));
      if (start.greatest > this.groups[0].options.toleranceGrad) this.#iterate(evaluator, inputs, start, before);
      this.zeroGrad();
      return start.loss;
    });
  }

  #iterate(evaluator: Evaluator, inputs: readonly Tensor[], start: Found, before: number): void {
    const { maxIter, maxEval, toleranceGrad, toleranceChange, lineSearchFn } = this.groups[0].options;
    let now = start;
    for (let k = 1; k <= maxIter; k++) {
      const isFirst = this.#last === null;
      const d = this.#direction(now.gradient);
      const [slope, reach] = readNumbers(this.#programs.slope(now.gradient, d)) as [number, number]; // gᵀ d, max |dᵢ|
      let t = isFirst ? Math.min(1, 1 / now.sum) * this.lr : this.lr;
      this.#iterations++;
      this.#last = { d, t, gradient: now.gradient };
      if (slope > -toleranceChange) break;
      const x = this.#programs.gather();
      const along = (length: number): Found =>
        this.#found(evaluator.along(x, d, tensor(length, { dtype: "float64" }), ...inputs));
      const previous = now.f;
      if (lineSearchFn !== null) {
        const phi = (length: number): Trial<Found> => trialOf(length, along(length));
        ({ t, found: now } = strongWolfe(phi, trialOf(0, { ...now, slope }), t, reach));
        this.#programs.move(x, d, tensor(t, { dtype: "float64" })); // the last trial need not be the one that was chosen
        flush();
        this.#last = { ...this.#last, t };
      } else if (k < maxIter) now = along(t);
      else {
        this.#programs.move(x, d, tensor(t, { dtype: "float64" }));
        flush();
      }
      const isDone =
        now.greatest <= toleranceGrad || t * reach <= toleranceChange || Math.abs(now.f - previous) < toleranceChange;
      if (this.#evaluations - before >= maxEval || isDone) break;
    }
  }

  /** d = −H g, of the history with the pair of the last iteration. */
  #direction(g: Tensor): Tensor {
    if (this.#last === null) return g.neg();
    const [s, y, products] = this.#programs.pair(
      this.#last.d,
      tensor(this.#last.t, { dtype: "float64" }),
      g,
      this.#last.gradient,
    );
    const [sy, yy] = readNumbers(products) as [number, number];
    if (sy > 1e-10) {
      this.#history.add(s, y);
      this.#gamma = sy / yy;
    }
    if (this.#history.length === 0) return g.mul(-this.#gamma);
    const r = twoLoop(this.#history.productsWith(g), this.#gamma);
    const negated = { s: r.s.map((c) => -c), y: r.y.map((c) => -c), g: -r.g };
    return this.#history.sum(negated, g);
  }

  /** The program, or programs, of a closure. */
  #evaluatorOf<Inputs extends readonly Tensor[]>(closure: LossClosure<Inputs>, inputs: Inputs): Evaluator {
    const { params, dtype } = this.groups[0];
    const here = (...given: readonly Tensor[]): readonly Tensor[] =>
      measure(params, dtype, () => closure(...(given as Inputs)), null); // given are the inputs
    const along = (x: Tensor, d: Tensor, t: Tensor, ...given: readonly Tensor[]): readonly Tensor[] => {
      this.#programs.moveIn(x, d, t);
      return measure(params, dtype, () => closure(...(given as Inputs)), d);
    };
    if (inputs.length === 0) return { here, along };
    const known = this.#evaluators.get(closure);
    if (known !== undefined) return known;
    const compiled = { here: compile(here), along: compile(along) };
    this.#evaluators.set(closure, compiled);
    return compiled;
  }

  /** What an evaluation gave, in numbers; all of it is computed by one program. */
  #found([loss, gradient, facts]: readonly Tensor[]): Found {
    realize([loss!.node, gradient!.node, facts!.node]); // three were made
    flush();
    this.#evaluations++;
    const [f, greatest, total, slope] = readNumbers(facts!) as [number, number, number, number];
    return { loss: loss!.detach(), gradient: gradient!, f, greatest, sum: total, slope };
  }

  /**
   * Gives back at once the device memory that the history takes. Never needed: memory that runs short is made free by itself.
   * Values move to JavaScript's memory; nothing is lost, and the next step moves them in again. Parameters are the model's to dispose of.
   *
   * @example
   * const w = parameter(tensor([2]));
   * const optimizer = new optim.LBFGS([w], { lr: 1 });
   * optimizer.dispose();
   * optimizer.step(() => w.square().sum().mul(0.5));
   * w; // => [0.]
   */
  dispose(): void {
    this.#history.leave();
  }

  /**
   * The rate, the counters, the last iteration and the history, under PyTorch's names: together with the parameters all
   * that a run needs to go on bit for bit. Rows of `old_stps` (s) and `old_dirs` (y) begin with row `oldest`.
   */
  stateDict(): StateDict {
    const { s, y, sy, yy, oldest } = this.#history.save();
    const counted = { func_evals: this.#evaluations, n_iter: this.#iterations, H_diag: this.#gamma, oldest };
    const last = this.#last === null ? {} : { d: this.#last.d, prev_flat_grad: this.#last.gradient };
    const t = this.#last === null ? {} : { t: this.#last.t };
    const square = (table: readonly (readonly number[])[]): Tensor =>
      tensor(table.flat(), { dtype: "float64", shape: [table.length, table.length] });
    const numbers = saveNumbers({ "group0.lr": this.lr, ...counted, ...t });
    return { ...numbers, ...last, old_stps: s, old_dirs: y, sy: square(sy), yy: square(yy) };
  }

  /**
   * Takes over what `stateDict` gave.
   *
   * @throws ValueError  when names or shapes differ, or more pairs are given than `historySize`; nothing is changed then
   */
  loadStateDict(dict: StateDict): void {
    const { n, dtype, device, size } = this.#shape;
    const k = dict.old_stps?.shape[0] ?? 0;
    if (k > size)
      throw new ValueError(`LBFGS: the state dict has ${k} pairs, historySize is ${size}; make it ${k} or more`);
    const place = (...shape: number[]): Tensor => new Tensor(new Variable(shape, dtype, { device }));
    const names = ["group0.lr", "func_evals", "n_iter", "H_diag", "oldest", ...(Object.hasOwn(dict, "d") ? ["t"] : [])];
    const numbers = new Map(names.map((name) => [name, numberPlace()]));
    const last = Object.hasOwn(dict, "d") ? { d: place(n), prev_flat_grad: place(n) } : null;
    const pairs = { old_stps: place(k, n), old_dirs: place(k, n) };
    const tables = { sy: numberPlace([k, k]), yy: numberPlace([k, k]) };
    loadState("LBFGS", new Map([...numbers, ...Object.entries({ ...last, ...pairs, ...tables })]), dict, true);
    flush();
    const number = (name: string): number => numbers.get(name)?.itemSync() ?? 0;
    this.lr = number("group0.lr");
    [this.#evaluations, this.#iterations, this.#gamma] = [number("func_evals"), number("n_iter"), number("H_diag")];
    this.#last = last === null ? null : { d: last.d.detach(), gradient: last.prev_flat_grad.detach(), t: number("t") };
    const [sy, yy] = [tables.sy, tables.yy].map((table) => rowsOf(readNumbers(table), k)) as [number[][], number[][]]; // two
    const saved = { s: pairs.old_stps, y: pairs.old_dirs, sy, yy, oldest: number("oldest") };
    this.#history = new History(this.#shape, saved);
  }
}

const rowsOf = (values: readonly number[], k: number): number[][] =>
  Array.from({ length: k }, (_, i) => values.slice(i * k, (i + 1) * k));

const trialOf = (t: number, found: Found): Trial<Found> => ({ t, f: found.f, slope: found.slope, found });
