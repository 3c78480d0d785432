/** Initial values that are fitted to data. */
import { checkOptions, ValueError } from "../base/index.ts";
import { div, noGrad, Tensor, variance } from "../tensor/index.ts";
import { observing } from "./call.ts";
import { orthogonal } from "./init-structured.ts";
import { Bilinear } from "./layers/arrange.ts";
import { Convolution } from "./layers/conv.ts";
import { Linear } from "./layers/linear.ts";
import type { AnyModule, Module } from "./module.ts";

export interface UnitVarianceOptions {
  /** How far from 1 the variance of a layer's outputs may stay; 0.1 by default. */
  readonly tolerance?: number;
  /** How often a layer's weight is divided at most; 10 by default. */
  readonly maxIterations?: number;
  /** Whether weights are first drawn as orthogonal matrices; true by default. */
  readonly orthogonal?: boolean;
}

/**
 * Layer-sequential unit variance: for each layer, in the order in which they are called,
 *
 *     while |Var(outputs) − 1| ≥ tolerance:  W ← W / √Var(outputs)
 *
 * after W was drawn as an orthogonal matrix. The layers are linear ones and convolutions, transposed or not; the model is
 * called once, in evaluation mode. Source: Mishkin & Matas 2016, All you need is a good init, algorithm 1.
 *
 * @param model  any module of one input
 * @param batch  samples as the network will meet them
 * @returns      the variance of the outputs of each layer, under its name
 * @throws ValueError  when a layer's outputs are all the same number, or not finite; the weights are then as they were
 * @example
 * const model = new Sequential(new Linear(4, 8), new Tanh(), new Linear(8, 2));
 * const variances = nn.init.layerSequentialUnitVariance(model, random.normal({ shape: [64, 4] }), { tolerance: 0.01 });
 * Object.keys(variances); // => [ '0', '2' ]
 */
export function layerSequentialUnitVariance(
  model: Module<[x: Tensor], unknown>,
  batch: Tensor,
  options: UnitVarianceOptions = {},
): Readonly<Record<string, number>> {
  checkOptions("layerSequentialUnitVariance", options, ["tolerance", "maxIterations", "orthogonal"]);
  const settings = { tolerance: 0.1, maxIterations: 10, orthogonal: true, ...options };
  checkSettings(settings);
  const names = new Map(Array.from(model.namedModules(), ([name, module]) => [module, name]));
  const variances: Record<string, number> = {};
  const before = model.stateDict();
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.eval();
  try {
    noGrad(() =>
      observing(
        (module, output, again) => {
          const name = names.get(module) ?? "";
          if (!(isWeighted(module) && output instanceof Tensor) || Object.hasOwn(variances, name)) return output;
          const scaled = toUnitVariance(module.weight, again, settings);
          variances[name] = scaled.variance;
          return scaled.output;
        },
        () => model.forward(batch),
      ),
    );
  } catch (error) {
    model.loadStateDict(before);
    throw error;
  } finally {
    for (const [module, mode] of modes) module.training = mode;
  }
  return variances;
}

type Settings = Required<UnitVarianceOptions>;

function checkSettings({ tolerance, maxIterations }: Settings): void {
  if (!(tolerance > 0)) throw new ValueError(`layerSequentialUnitVariance: tolerance ${tolerance} is not above 0`);
  if (!Number.isInteger(maxIterations) || maxIterations < 1)
    throw new ValueError(`layerSequentialUnitVariance: maxIterations ${maxIterations} is not a whole number from 1`);
}

/** Whether the module multiplies its input by a matrix, or by one of every window. */
function isWeighted(module: AnyModule): module is AnyModule & { readonly weight: Tensor } {
  return module instanceof Linear || module instanceof Convolution || module instanceof Bilinear;
}

/** Divides the weight until what the layer gives has the variance 1. */
function toUnitVariance<Output>(
  weight: Tensor,
  again: () => Output,
  { tolerance, maxIterations, orthogonal: isDrawn }: Settings,
): { readonly output: Output; readonly variance: number } {
  if (isDrawn)
    weight.assign(orthogonal(weight.shape, { dtype: weight.dtype, device: weight.node.device ?? undefined }));
  let output = again();
  let found = varianceOf(output);
  for (let i = 0; i < maxIterations && Math.abs(found - 1) >= tolerance; i++) {
    weight.assign(div(weight, Math.sqrt(found)));
    output = again();
    found = varianceOf(output);
  }
  return { output, variance: found };
}

function varianceOf(output: unknown): number {
  const found = output instanceof Tensor ? Number(variance(output).itemSync()) : Number.NaN;
  if (found > 0 && Number.isFinite(found)) return found;
  throw new ValueError(
    `layerSequentialUnitVariance: the outputs have the variance ${found}, which cannot be brought to 1; give a batch of several different samples`,
  );
}
