/** Measuring a network on a set: its loss and metrics, in evaluation mode, without derivatives. */
import { checkOptions, numbersOf, ValueError } from "../base/index.ts";
import type { Module } from "../nn/index.ts";
import { compile as compileStep, noGrad, type Tensor } from "../tensor/index.ts";
import type { Metric, MetricFactory } from "./metrics.ts";
import { batchesOf, checkLoss, type Source } from "./source.ts";

/** A network of one input. */
export type Network = Module<[x: Tensor], Tensor>;

/** The mean loss of a batch, from the network's answers and the targets; a scalar. */
export type LossFunction = (output: Tensor, target: Tensor) => Tensor;

type Factories = readonly MetricFactory<unknown>[];

export interface EvaluateOptions<F extends Factories = Factories> {
  /** The mean loss of a batch. */
  readonly loss: LossFunction;
  /** What else is measured; nothing by default. */
  readonly metrics?: F;
  /** Samples of a batch, where the source is not in batches; 256 by default. */
  readonly batchSize?: number;
  /** Whether the pass is compiled; true by default. */
  readonly compile?: boolean;
}

/** The loss, and each metric's value under the metric's name. */
export type Evaluation<F extends Factories = Factories> = { readonly loss: number } & {
  readonly [M in ReturnType<F[number]> as M["name"]]: ReturnType<M["value"]>;
};

/**
 * Loss and metrics of a model over a set. The model is in evaluation mode meanwhile, and afterwards in the mode that it had.
 *
 * A batch's loss, which is taken to be a mean, counts by the batch's samples, the rows of its targets: with batches of any
 * size the result is the mean over samples.
 *
 * @param source   a data set x [N, ...], y [N, ...], or batches of such
 * @returns        `loss`, a number, and each metric's value under its name
 * @throws ShapeError  when x and y of a data set have different numbers of rows
 * @throws ValueError  when the set has no batch, or the `batchSize` of a data set is not whole from 1; for an option that does not exist
 * @example
 * const test = { x: tensor([[3, 1], [0, 2]]), y: tensor([0, 0], { dtype: "int32" }) };
 * const found = await evaluate(new nn.Sequential(), test, { loss: nn.crossEntropy, metrics: [accuracy] });
 * found.accuracy; // => 0.5
 * found.loss; // => 1.1269…
 */
export async function evaluate<const F extends Factories = readonly []>(
  model: Network,
  source: Source,
  options: EvaluateOptions<F>,
): Promise<Evaluation<F>> {
  checkOptions("evaluate", options, ["loss", "metrics", "batchSize", "compile"]);
  const { loss, metrics = [], batchSize = 256, compile = true } = options;
  const found: unknown = await new EvaluationPass(model, loss, metrics, compile).run(
    "evaluate: the set",
    source,
    batchSize,
  );
  return found as Evaluation<F>; // each metric of F has put its value under its name
}

/** A compiled pass that can be run after every epoch. */
export class EvaluationPass<V> {
  readonly #model: Network;
  readonly #metrics: readonly MetricFactory<V>[];
  readonly #step: (x: Tensor, y: Tensor) => readonly [loss: Tensor, output: Tensor];

  constructor(model: Network, loss: LossFunction, metrics: readonly MetricFactory<V>[], compile: boolean) {
    this.#model = model;
    this.#metrics = metrics;
    const step = (x: Tensor, y: Tensor) =>
      noGrad(() => {
        const output = model.forward(x);
        return [loss(output, y), output] as const;
      });
    this.#step = compile ? compileStep(step) : step;
  }

  /** @param name  of the source, for errors */
  async run(name: string, source: Source, batchSize: number): Promise<Measured<V>> {
    const modes = this.#model.modules().map((module) => [module, module.training] as const);
    this.#model.eval();
    try {
      const measure = new Measure<V>(this.#metrics);
      for await (const [x, y] of batchesOf(source, { batchSize, shuffle: false, seed: 0 })) {
        const [loss, output] = this.#step(x, y);
        checkLoss("evaluate", loss);
        await measure.add((await loss.data())[0]!, output, y);
      }
      return measure.values(name);
    } finally {
      for (const [module, mode] of modes) module.training = mode;
    }
  }
}

/** The loss, and values by the names of metrics. */
type Measured<V> = { readonly loss: number } & Readonly<Record<string, V | number>>;

/** The mean loss over samples, and metrics, batch by batch. */
export class Measure<V> {
  readonly #metrics: readonly Metric<V>[];
  #total = 0;
  #samples = 0;

  constructor(factories: readonly MetricFactory<V>[]) {
    this.#metrics = factories.map((make) => make());
  }

  async add(loss: number, output: Tensor | null, target: Tensor): Promise<void> {
    const samples = target.shape[0] ?? 1;
    this.#total += loss * samples; // a batch's loss is a mean: smaller batches weigh less
    this.#samples += samples;
    if (output === null || this.#metrics.length === 0) return;
    const batch = {
      outputs: numbersOf(await output.data()),
      outputShape: output.shape,
      targets: numbersOf(await target.data()),
      targetShape: target.shape,
    };
    for (const metric of this.#metrics) metric.update(batch);
  }

  /** @param name  of the source, for errors */
  values(name: string): Measured<V> {
    if (this.#samples === 0)
      throw new ValueError(
        `${name} has no batch; a generator can be gone through once only, a loader as often as needed`,
      );
    const named = this.#metrics.map((metric) => [metric.name, metric.value()] as const);
    return { loss: this.#total / this.#samples, ...Object.fromEntries(named) };
  }
}
