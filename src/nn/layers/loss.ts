/** Losses as modules, under PyTorch's names; the formulas, shapes and errors are at the functions. */
import { checkOptions } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import {
  type BceOptions,
  type BceWithLogitsOptions,
  bce,
  bceWithLogits,
  type CrossEntropyOptions,
  type CtcOptions,
  cosineEmbedding,
  crossEntropy,
  ctc,
  exponentialMargin,
  type GaussianNllOptions,
  gaussianNll,
  type HuberOptions,
  hinge,
  hingeEmbedding,
  huber,
  type KlDivOptions,
  klDiv,
  type LossOptions,
  l1,
  logisticMargin,
  type MarginOptions,
  type MultilabelSoftMarginOptions,
  type MultiMarginOptions,
  marginRanking,
  mse,
  multilabelMargin,
  multilabelSoftMargin,
  multiMargin,
  type NllOptions,
  nll,
  type PoissonNllOptions,
  poissonNll,
  type SmoothL1Options,
  sigmoidMargin,
  smoothL1,
  type TripletMarginOptions,
  tripletMargin,
} from "../functional/index.ts";
import {
  bceNames,
  bceWithLogitsNames,
  crossEntropyNames,
  ctcNames,
  gaussianNllNames,
  huberNames,
  klDivNames,
  lossNames,
  marginNames,
  multiMarginNames,
  nllNames,
  poissonNllNames,
  smoothL1Names,
  tripletMarginNames,
} from "../functional/option-names.ts";
import { Module } from "../module.ts";

type Two = [input: Tensor, target: Tensor];
type Three = [a: Tensor, b: Tensor, c: Tensor];

/** A loss with its options. */
abstract class Loss<Options extends object, Input extends readonly Tensor[] = Two> extends Module<Input> {
  readonly options: Options;

  constructor(options: Options, names: readonly string[]) {
    super();
    checkOptions(this.constructor.name, options, names);
    this.options = options;
  }
}

/**
 * `mse`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new MSELoss().forward(tensor([1, 3]), tensor([1, 1])); // => 2.…
 */
export class MSELoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, lossNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return mse(input, target, this.options);
  }
}

/**
 * `l1`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new L1Loss().forward(tensor([1, 3]), tensor([1, 1])); // => 1.…
 */
export class L1Loss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, lossNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return l1(input, target, this.options);
  }
}

/**
 * `smoothL1`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new SmoothL1Loss().forward(tensor([3]), tensor([1])); // => 1.5
 */
export class SmoothL1Loss extends Loss<SmoothL1Options> {
  constructor(options: SmoothL1Options = {}) {
    super(options, smoothL1Names);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1(input, target, this.options);
  }
}

/**
 * `huber`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new HuberLoss().forward(tensor([3]), tensor([1])); // => 1.5
 */
export class HuberLoss extends Loss<HuberOptions> {
  constructor(options: HuberOptions = {}) {
    super(options, huberNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return huber(input, target, this.options);
  }
}

/**
 * `bce`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new BCELoss().forward(tensor([0.5]), tensor([1])); // => 0.6931…
 */
export class BCELoss extends Loss<BceOptions> {
  constructor(options: BceOptions = {}) {
    super(options, bceNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return bce(input, target, this.options);
  }
}

/**
 * `bceWithLogits`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new BCEWithLogitsLoss().forward(tensor([0]), tensor([1])); // => 0.6931…
 */
export class BCEWithLogitsLoss extends Loss<BceWithLogitsOptions> {
  constructor(options: BceWithLogitsOptions = {}) {
    super(options, bceWithLogitsNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return bceWithLogits(input, target, this.options);
  }
}

/**
 * `crossEntropy`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new CrossEntropyLoss().forward(zeros([1, 2]), tensor([1], { dtype: "int32" })); // => 0.6931…
 */
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  constructor(options: CrossEntropyOptions = {}) {
    super(options, crossEntropyNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, this.options);
  }
}

/**
 * `nll`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new NLLLoss().forward(tensor([[-1, -2]]), tensor([1], { dtype: "int32" })); // => 2.…
 */
export class NLLLoss extends Loss<NllOptions> {
  constructor(options: NllOptions = {}) {
    super(options, nllNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return nll(input, target, this.options);
  }
}

/**
 * `klDiv`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new KLDivLoss().forward(tensor([0]), tensor([1])); // => 0.…
 */
export class KLDivLoss extends Loss<KlDivOptions> {
  constructor(options: KlDivOptions = {}) {
    super(options, klDivNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this.options);
  }
}

/**
 * `hinge`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new HingeLoss().forward(tensor([0.5]), tensor([1])); // => 0.5
 */
export class HingeLoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, lossNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return hinge(input, target, this.options);
  }
}

/**
 * `logisticMargin`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new LogisticMarginLoss().forward(tensor([0]), tensor([1])); // => 0.6931…
 */
export class LogisticMarginLoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, lossNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return logisticMargin(input, target, this.options);
  }
}

/**
 * `exponentialMargin`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new ExponentialMarginLoss().forward(tensor([0]), tensor([1])); // => 1.…
 */
export class ExponentialMarginLoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, lossNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return exponentialMargin(input, target, this.options);
  }
}

/**
 * `sigmoidMargin`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new SigmoidMarginLoss().forward(tensor([0]), tensor([1])); // => 0.5
 */
export class SigmoidMarginLoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, lossNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return sigmoidMargin(input, target, this.options);
  }
}

/**
 * `hingeEmbedding`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new HingeEmbeddingLoss().forward(tensor([0.25]), tensor([-1])); // => 0.75
 */
export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  constructor(options: MarginOptions = {}) {
    super(options, marginNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbedding(input, target, this.options);
  }
}

/**
 * `poissonNll`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new PoissonNLLLoss().forward(tensor([0]), tensor([2])); // => 1.…
 */
export class PoissonNLLLoss extends Loss<PoissonNllOptions> {
  constructor(options: PoissonNllOptions = {}) {
    super(options, poissonNllNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return poissonNll(input, target, this.options);
  }
}

/**
 * `ctc`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new CTCLoss().forward(zeros([2, 1, 2]), tensor([[1]], { dtype: "int32" })); // => 0.2876…
 */
export class CTCLoss extends Loss<CtcOptions> {
  constructor(options: CtcOptions = {}) {
    super(options, ctcNames);
  }

  override forward(logits: Tensor, targets: Tensor): Tensor {
    return ctc(logits, targets, this.options);
  }
}

/**
 * `cosineEmbedding`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new CosineEmbeddingLoss().forward(tensor([[1, 0]]), tensor([[0, 2]]), tensor([1])); // => 1.…
 */
export class CosineEmbeddingLoss extends Loss<MarginOptions, Three> {
  constructor(options: MarginOptions = {}) {
    super(options, marginNames);
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbedding(input1, input2, target, this.options);
  }
}

/**
 * `marginRanking`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new MarginRankingLoss().forward(tensor([1]), tensor([3]), tensor([1])); // => 2.…
 */
export class MarginRankingLoss extends Loss<MarginOptions, Three> {
  constructor(options: MarginOptions = {}) {
    super(options, marginNames);
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRanking(input1, input2, target, this.options);
  }
}

/**
 * `tripletMargin`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new TripletMarginLoss({ eps: 0 }).forward(tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]])); // => 4.…
 */
export class TripletMarginLoss extends Loss<TripletMarginOptions, Three> {
  constructor(options: TripletMarginOptions = {}) {
    super(options, tripletMarginNames);
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMargin(anchor, positive, negative, this.options);
  }
}

/**
 * `gaussianNll`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new GaussianNLLLoss().forward(tensor([1]), tensor([3]), tensor([4])); // => 1.1931…
 */
export class GaussianNLLLoss extends Loss<GaussianNllOptions, Three> {
  constructor(options: GaussianNllOptions = {}) {
    super(options, gaussianNllNames);
  }

  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNll(input, target, variance, this.options);
  }
}

/**
 * `multiMargin`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new MultiMarginLoss().forward(tensor([[0, 2, 1]]), tensor([1], { dtype: "int32" })); // => 0.…
 */
export class MultiMarginLoss extends Loss<MultiMarginOptions> {
  constructor(options: MultiMarginOptions = {}) {
    super(options, multiMarginNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return multiMargin(input, target, this.options);
  }
}

/**
 * `multilabelMargin`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new MultiLabelMarginLoss().forward(tensor([[0, 2]]), tensor([[1, -1]], { dtype: "int32" })); // => 0.…
 */
export class MultiLabelMarginLoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, lossNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMargin(input, target, this.options);
  }
}

/**
 * `multilabelSoftMargin`
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the shapes do not belong together
 * @example
 * new MultiLabelSoftMarginLoss().forward(tensor([[0, 0]]), tensor([[1, 0]])); // => 0.6931…
 */
export class MultiLabelSoftMarginLoss extends Loss<MultilabelSoftMarginOptions> {
  constructor(options: MultilabelSoftMarginOptions = {}) {
    super(options, bceNames);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMargin(input, target, this.options);
  }
}
