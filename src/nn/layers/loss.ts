/** Losses as modules, under PyTorch's names; the formulas, shapes and errors are at the functions. */
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
import { Module } from "../module.ts";

type Two = [input: Tensor, target: Tensor];
type Three = [a: Tensor, b: Tensor, c: Tensor];

/** A loss with its options. */
abstract class Loss<Options extends object, Input extends readonly Tensor[] = Two> extends Module<Input> {
  readonly options: Options;

  constructor(options: Options = {} as Options /* every option of a loss has a default */) {
    super();
    this.options = options;
  }
}

/** `mse` */
export class MSELoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return mse(input, target, this.options);
  }
}

/** `l1` */
export class L1Loss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1(input, target, this.options);
  }
}

/** `smoothL1` */
export class SmoothL1Loss extends Loss<SmoothL1Options> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1(input, target, this.options);
  }
}

/** `huber` */
export class HuberLoss extends Loss<HuberOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return huber(input, target, this.options);
  }
}

/** `bce` */
export class BCELoss extends Loss<BceOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return bce(input, target, this.options);
  }
}

/** `bceWithLogits` */
export class BCEWithLogitsLoss extends Loss<BceWithLogitsOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return bceWithLogits(input, target, this.options);
  }
}

/** `crossEntropy` */
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, this.options);
  }
}

/** `nll` */
export class NLLLoss extends Loss<NllOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return nll(input, target, this.options);
  }
}

/** `klDiv` */
export class KLDivLoss extends Loss<KlDivOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this.options);
  }
}

/** `hinge` */
export class HingeLoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return hinge(input, target, this.options);
  }
}

/** `logisticMargin` */
export class LogisticMarginLoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return logisticMargin(input, target, this.options);
  }
}

/** `exponentialMargin` */
export class ExponentialMarginLoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return exponentialMargin(input, target, this.options);
  }
}

/** `sigmoidMargin` */
export class SigmoidMarginLoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return sigmoidMargin(input, target, this.options);
  }
}

/** `hingeEmbedding` */
export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbedding(input, target, this.options);
  }
}

/** `poissonNll` */
export class PoissonNLLLoss extends Loss<PoissonNllOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return poissonNll(input, target, this.options);
  }
}

/** `ctc` */
export class CTCLoss extends Loss<CtcOptions> {
  override forward(logits: Tensor, targets: Tensor): Tensor {
    return ctc(logits, targets, this.options);
  }
}

/** `cosineEmbedding` */
export class CosineEmbeddingLoss extends Loss<MarginOptions, Three> {
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbedding(input1, input2, target, this.options);
  }
}

/** `marginRanking` */
export class MarginRankingLoss extends Loss<MarginOptions, Three> {
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRanking(input1, input2, target, this.options);
  }
}

/** `tripletMargin` */
export class TripletMarginLoss extends Loss<TripletMarginOptions, Three> {
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMargin(anchor, positive, negative, this.options);
  }
}

/** `gaussianNll` */
export class GaussianNLLLoss extends Loss<GaussianNllOptions, Three> {
  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNll(input, target, variance, this.options);
  }
}

/** `multiMargin` */
export class MultiMarginLoss extends Loss<MultiMarginOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return multiMargin(input, target, this.options);
  }
}

/** `multilabelMargin` */
export class MultiLabelMarginLoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMargin(input, target, this.options);
  }
}

/** `multilabelSoftMargin` */
export class MultiLabelSoftMarginLoss extends Loss<MultilabelSoftMarginOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMargin(input, target, this.options);
  }
}
