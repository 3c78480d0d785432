/** The transformer: layers of its encoder and its decoder above one another. Source: Vaswani et al. 2017. */
import { checkOptions, type Shape } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { xavierUniform } from "../init.ts";
import { type AnyModule, Module } from "../module.ts";
import { checkLayerOptions, checkSize, showOptions } from "./check.ts";
import { LayerNorm } from "./sample-norm.ts";
import {
  checkTransformer,
  type DecoderOptions,
  type EncoderOptions,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
  transformerDefaults,
  transformerNames,
} from "./transformer.ts";

export interface TransformerStackOptions extends TransformerLayerOptions {
  /** How many layers lie above one another; 6 by default. */
  readonly numLayers?: number;
  /** Whether what the last layer gives is normalised, as it should be under `normFirst`; false by default. */
  readonly finalNorm?: boolean;
}

/** Layers above one another. */
abstract class Stack<Layer extends AnyModule, Input extends readonly unknown[]> extends Module<Input> {
  readonly dModel: number;
  readonly nhead: number;
  readonly options: TransformerStackOptions;
  readonly layers: readonly Layer[];
  readonly norm: LayerNorm | null;

  constructor(
    dModel: number,
    nhead: number,
    options: TransformerStackOptions,
    layer: new (dModel: number, nhead: number, options: TransformerLayerOptions) => Layer,
  ) {
    super();
    checkLayerOptions(this.constructor.name, options, ["numLayers", "finalNorm", ...transformerNames]);
    const { numLayers = 6, finalNorm = false, ...others } = options;
    checkSize(this.constructor.name, "numLayers", numLayers);
    checkTransformer(this.constructor.name, dModel, nhead, others);
    this.dModel = dModel;
    this.nhead = nhead;
    this.options = options;
    this.layers = Array.from({ length: numLayers }, () => new layer(dModel, nhead, others));
    this.norm = finalNorm ? finalNormOf(dModel, others) : null;
  }

  protected finished(x: Tensor): Tensor {
    return this.norm === null ? x : this.norm.forward(x);
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...options } = this.options;
    const defaults = { ...transformerDefaults, numLayers: 6, finalNorm: false };
    return `${this.constructor.name}(${this.dModel}, ${this.nhead}${showOptions(options, defaults)})`;
  }
}

function finalNormOf(
  dModel: number,
  { layerNormEps: eps = 1e-5, bias = true, dtype, device }: TransformerLayerOptions,
) {
  return new LayerNorm(dModel, { eps, bias, dtype, device });
}

/**
 * The transformer's encoder: `numLayers` layers, each fed what the one before gives, and a normalisation behind the last.
 *
 *     x [L, N, E] ([N, L, E] when batchFirst, [L, E] without a batch)  →  the same
 *
 * Its state has the keys `layers.0.…` and `norm.…`. Every layer's weights are drawn for themselves; PyTorch's begin as
 * copies of one layer.
 *
 * @throws ValueError  when a size is not a whole number from 1, an activation or an option does not exist
 * @throws ShapeError  when an input or a mask has another shape
 * @example
 * const encoder = new TransformerEncoder(8, 2, { numLayers: 2, dimFeedforward: 16, batchFirst: true });
 * encoder.forward(zeros([3, 5, 8]), { causal: true }).shape; // => [ 3, 5, 8 ]
 */
export class TransformerEncoder extends Stack<TransformerEncoderLayer, [x: Tensor, options?: EncoderOptions]> {
  constructor(dModel: number, nhead: number, options: TransformerStackOptions = {}) {
    super(dModel, nhead, options, TransformerEncoderLayer);
  }

  override forward(x: Tensor, options: EncoderOptions = {}): Tensor {
    return this.finished(this.layers.reduce((h, layer) => layer.forward(h, options), x));
  }
}

/**
 * The transformer's decoder: as the encoder, and every layer also looks at what the encoder gave.
 *
 *     x [L, N, E], memory [S, N, E]  →  [L, N, E] (N first when batchFirst)
 *
 * @throws ValueError  when a size is not a whole number from 1, an activation or an option does not exist
 * @throws ShapeError  when an input or a mask has another shape
 * @example
 * const decoder = new TransformerDecoder(8, 2, { numLayers: 2, dimFeedforward: 16, batchFirst: true });
 * decoder.forward(zeros([3, 5, 8]), zeros([3, 7, 8]), { causal: true }).shape; // => [ 3, 5, 8 ]
 */
export class TransformerDecoder extends Stack<
  TransformerDecoderLayer,
  [x: Tensor, memory: Tensor, options?: DecoderOptions]
> {
  constructor(dModel: number, nhead: number, options: TransformerStackOptions = {}) {
    super(dModel, nhead, options, TransformerDecoderLayer);
  }

  override forward(x: Tensor, memory: Tensor, options: DecoderOptions = {}): Tensor {
    return this.finished(this.layers.reduce((h, layer) => layer.forward(h, memory, options), x));
  }
}

export interface TransformerOptions extends TransformerLayerOptions {
  /** 6 by default. */
  readonly numEncoderLayers?: number;
  /** 6 by default. */
  readonly numDecoderLayers?: number;
}

export interface TransformerCallOptions {
  /** Masks of the source, as the encoder takes them. */
  readonly source?: EncoderOptions;
  /** Masks of the target and of the memory, as the decoder takes them. */
  readonly target?: DecoderOptions;
}

/**
 * The whole transformer: the decoder looks at what the encoder made of the source.
 *
 *     source [S, N, E], target [L, N, E]  →  [L, N, E] (N first when batchFirst)
 *
 * Both have a normalisation behind their last layer, and all matrices begin as Xavier's, as in PyTorch. Embeddings,
 * positions and the layer of the classes are the user's.
 *
 * @throws ValueError  when a size is not a whole number from 1, an activation or an option does not exist
 * @throws ShapeError  when an input or a mask has another shape
 * @example
 * const model = new Transformer(8, 2, { numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 16, batchFirst: true });
 * model.forward(zeros([3, 7, 8]), zeros([3, 5, 8]), { target: { causal: true } }).shape; // => [ 3, 5, 8 ]
 */
export class Transformer extends Module<[source: Tensor, target: Tensor, options?: TransformerCallOptions]> {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;

  constructor(dModel: number, nhead: number, options: TransformerOptions = {}) {
    super();
    checkLayerOptions("Transformer", options, ["numEncoderLayers", "numDecoderLayers", ...transformerNames]);
    const { numEncoderLayers = 6, numDecoderLayers = 6, ...others } = options;
    checkSize("Transformer", "numEncoderLayers", numEncoderLayers);
    checkSize("Transformer", "numDecoderLayers", numDecoderLayers);
    checkTransformer("Transformer", dModel, nhead, others);
    this.encoder = new TransformerEncoder(dModel, nhead, { ...others, numLayers: numEncoderLayers, finalNorm: true });
    this.decoder = new TransformerDecoder(dModel, nhead, { ...others, numLayers: numDecoderLayers, finalNorm: true });
    const { dtype, device } = options;
    for (const parameter of this.parameters())
      if (parameter.ndim > 1) parameter.assign(xavierUniform<Shape>(parameter.shape, { dtype, device }));
  }

  override forward(source: Tensor, target: Tensor, options: TransformerCallOptions = {}): Tensor {
    checkOptions("Transformer", options, ["source", "target"]);
    return this.decoder.forward(target, this.encoder.forward(source, options.source), options.target);
  }
}
