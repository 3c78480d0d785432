/** Layers on graphs: they take the features of vertices and the adjacency. */
import type { Shape } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { graphConvolution, neighbourhoodConvolution } from "../functional/index.ts";
import { defaultBias, defaultWeight, xavierUniform } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkLayerOptions, checkSize } from "./check.ts";
import type { LinearOptions } from "./linear.ts";

/**
 * Graph convolution (Kipf & Welling 2017); the formula is at `graphConvolution`.
 *
 *     x [*, V, in], adjacency [*, V, V]  →  [*, V, out];  `weight` [out, in] begins as Xavier's, `bias` [out] too
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the adjacency does not belong to as many vertices
 * @example
 * new GraphConv(3, 2).forward(ones([4, 3]), ones([4, 4])).shape; // => [ 4, 2 ]
 */
export class GraphConv extends Module<[x: Tensor, adjacency: Tensor]> {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Tensor;
  bias: Tensor | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkLayerOptions("GraphConv", options, ["bias"]);
    const { bias = true, ...place } = options;
    checkSize("GraphConv", "inFeatures", inFeatures);
    checkSize("GraphConv", "outFeatures", outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter<Shape>(xavierUniform([outFeatures, inFeatures], place));
    this.bias = bias ? new Parameter<Shape>(defaultBias(outFeatures, [outFeatures, inFeatures], place)) : null;
  }

  override forward(x: Tensor, adjacency: Tensor): Tensor {
    return graphConvolution(x, adjacency, this.weight, this.bias);
  }

  override describe(): string {
    return `GraphConv(${this.inFeatures}, ${this.outFeatures}${this.bias === null ? ", { bias: false }" : ""})`;
  }
}

/**
 * Neighbourhood convolution; the formula is at `neighbourhoodConvolution`.
 *
 *     x [*, V, in], adjacency [*, V, V]  →  [*, V, out];  `weight`, `neighbour_weight` [out, in], `bias` [out]
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the adjacency does not belong to as many vertices
 * @example
 * new NeighbourhoodConv(3, 2).forward(ones([4, 3]), ones([4, 4])).shape; // => [ 4, 2 ]
 */
export class NeighbourhoodConv extends Module<[x: Tensor, adjacency: Tensor]> {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Tensor;
  neighbourWeight: Tensor;
  bias: Tensor | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkLayerOptions("NeighbourhoodConv", options, ["bias"]);
    const { bias = true, ...place } = options;
    checkSize("NeighbourhoodConv", "inFeatures", inFeatures);
    checkSize("NeighbourhoodConv", "outFeatures", outFeatures);
    const shape = [outFeatures, inFeatures];
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter<Shape>(defaultWeight(shape, place));
    this.neighbourWeight = new Parameter<Shape>(defaultWeight(shape, place));
    this.bias = bias ? new Parameter<Shape>(defaultBias(outFeatures, shape, place)) : null;
  }

  override forward(x: Tensor, adjacency: Tensor): Tensor {
    return neighbourhoodConvolution(x, adjacency, this.weight, this.neighbourWeight, this.bias);
  }

  override describe(): string {
    return `NeighbourhoodConv(${this.inFeatures}, ${this.outFeatures}${this.bias === null ? ", { bias: false }" : ""})`;
  }
}
