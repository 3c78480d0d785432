/**
 * Averages of a model's weights along its training: exponential (EMA) or plain (SWA). They often generalise better than
 * the last weights, and cost one pass over memory in a step.
 */
import { isFloat, ValueError, wideDType } from "../base/index.ts";
import { Buffer, Module } from "../nn/index.ts";
import { flush } from "../runtime/index.ts";
import { equal, noGrad, type Tensor, where, zeros } from "../tensor/index.ts";
import { emaAverage, swaAverage } from "./formulas/index.ts";
import { complete, decay, flag, orNull, type Range, type Ranges } from "./ranges.ts";

/** A new average, from the last one, the value at hand and the number of values in the last one (a scalar). */
export type Average = (averaged: Tensor, value: Tensor, count: Tensor) => Tensor;

export interface AveragedModelOptions {
  /** How much of an exponential average is kept, such as 0.999; null, the default, for the plain mean (SWA). */
  readonly decay?: number | null;
  /** Another average; null by default. */
  readonly averageFn?: Average | null;
  /** Whether buffers, such as running statistics, are averaged; false, the default, takes the last ones. */
  readonly useBuffers?: boolean;
}

const aFunction: Range = (name, value) =>
  typeof value === "function" ? null : `${name} ${String(value)} is not a function`;
const ranges: Ranges<AveragedModelOptions> = {
  decay: /* @__PURE__ */ orNull(decay),
  averageFn: /* @__PURE__ */ orNull(aFunction),
  useBuffers: flag,
};

/** A pair of a model's own tensor and its average. */
interface Averaged {
  readonly own: Tensor;
  readonly average: Tensor;
  readonly isBuffer: boolean;
}

/**
 * A model with averages in place of its weights. Call `update` after the optimizer's step, inside `compile` too; the first
 * call copies, later ones average:
 *
 *     SWA:  a ← a + (w − a) / (n + 1)
 *     EMA:  a ← decay · a + (1 − decay) · w
 *
 * `forward` runs the model on the averages, in this module's own mode of training or evaluation; the model itself is left
 * as it was. The layers are the model's own, only the values are apart. The state dict has PyTorch's names: `n_averaged`,
 * and `module.` before those of the model.
 *
 * Batch normalisation keeps the model's last running statistics, which belong to other weights: see `updateBn`.
 *
 * @throws ValueError  when an option is unknown or out of its range, or both `decay` and `averageFn` are given
 * Source: Izmailov et al. 2018, Averaging weights leads to wider optima; Polyak & Juditsky 1992; PyTorch's AveragedModel.
 * @example
 * const model = new nn.Linear(1, 1, { bias: false });
 * const averaged = new optim.AveragedModel(model);
 * for (const w of [1, 2, 6]) {
 *   model.weight.assign(tensor([[w]]));
 *   averaged.update();
 * }
 * averaged.forward(tensor([[10]])); // => [[30.]]
 * model.forward(tensor([[10]])); // => [[60.]]
 */
export class AveragedModel<Input extends readonly unknown[] = [x: Tensor], Output = Tensor> extends Module<
  Input,
  Output
> {
  /** The model that is trained. */
  readonly module: Module<Input, Output>;
  /** How many values are in the averages. */
  readonly nAveraged: Tensor;
  readonly #pairs: readonly Averaged[];
  readonly #averages: Values;
  readonly #average: Average;
  readonly #useBuffers: boolean;

  constructor(model: Module<Input, Output>, options: AveragedModelOptions = {}) {
    super();
    const defaults = { decay: null, averageFn: null, useBuffers: false };
    const whole = complete("AveragedModel", options, defaults, ranges);
    if (whole.decay !== null && whole.averageFn !== null)
      throw new ValueError("AveragedModel: decay and averageFn are two averages; give one of them");
    const kept = whole.decay;
    this.module = model;
    this.#average = whole.averageFn ?? (kept === null ? swaAverage : (a, w) => emaAverage(a, w, kept));
    this.#useBuffers = whole.useBuffers;
    this.nAveraged = new Buffer(zeros([], { dtype: "int32" }));
    this.#averages = new Values();
    const pair = ([name, own]: [string, Tensor], isBuffer: boolean): Averaged => {
      const average = new Buffer(own.detach().astype(wideDType(own.dtype))); // halves would not move by small shares
      this.#averages.put(name.split("."), average);
      return { own, average, isBuffer };
    };
    this.#pairs = [
      ...Array.from(model.namedParameters(), (leaf) => pair(leaf, false)),
      ...Array.from(model.namedBuffers(), (leaf) => pair(leaf, true)),
    ];
  }

  /** The averages are this module's; the model's layers are not. */
  protected override entries(): Iterable<[string, unknown]> {
    return [
      ["nAveraged", this.nAveraged],
      ["module", this.#averages],
    ];
  }

  /** Takes the model's present weights into the averages. */
  update(): void {
    noGrad(() => {
      const count = this.nAveraged;
      const isFirst = equal(count, 0);
      for (const { own, average, isBuffer } of this.#pairs) {
        const mixes = isFloat(own.dtype) && (this.#useBuffers || !isBuffer);
        const value = own.detach().astype(average.dtype);
        average.assign(
          mixes ? where(isFirst, value, this.#average(average, value, count)).astype(average.dtype) : value,
        );
      }
      count.assign(count.add(1));
    });
    flush();
  }

  override forward(...inputs: Input): Output {
    return this.applied(() => this.module.forward(...inputs));
  }

  /**
   * Runs `body` while the model holds the averages and is in this module's mode. What `body` does to buffers, such as
   * running statistics, stays with the averages; parameters do not change.
   */
  applied<Result>(body: () => Result): Result {
    const before = this.#pairs.map(({ own }) => own.detach());
    const modes = this.module.modules().map((module) => [module, module.training] as const);
    noGrad(() => {
      for (const { own, average } of this.#pairs) own.assign(average.detach());
    });
    for (const [module] of modes) module.training = this.training;
    try {
      return body();
    } finally {
      for (const [module, mode] of modes) module.training = mode;
      noGrad(() => {
        for (const [i, { own, average, isBuffer }] of this.#pairs.entries()) {
          if (isBuffer) average.assign(own.detach());
          own.assign(before[i]!);
        }
      });
    }
  }
}

/** Averages under the names of the model's tensors, in the tree that the names make. */
class Values extends Module<[], void> {
  readonly #members = new Map<string, Tensor | Values>();

  put([first, ...rest]: readonly string[], value: Tensor): void {
    if (first === undefined) return;
    if (rest.length === 0) {
      this.#members.set(first, value);
      return;
    }
    const known = this.#members.get(first);
    const below = known instanceof Values ? known : new Values();
    this.#members.set(first, below);
    below.put(rest, value);
  }

  protected override entries(): Iterable<[string, unknown]> {
    return this.#members;
  }

  /** Values are no function. */
  override forward(): void {}
}
