/** The greatest value of each window, and where it stands: what maximum pooling of every kind is made of. */
import { checkPlaces, range, type Shape, sizeOf } from "../../base/index.ts";
import * as graph from "../../graph/index.ts";
import { Tensor } from "../../tensor/index.ts";

/** Values, and where each was found: int32, counted row by row in the plane (the volume) of its channel. */
export interface Found {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * The greatest value of each window: the first of several in row order, NaN before all.
 *
 * @param view    [N, C, OH, OW, KH, KW]: the axes of space twice, places of windows and places within them
 * @param places  int32, the number in the plane of each element of `view`
 * @param inside  where an element of `view` is one of the plane rather than of the padding; null where all are
 */
export function greatest(view: graph.Node, places: graph.Node, inside: graph.Node | null = null): Found {
  const first = firstGreatest(view, inside);
  const chosen = graph.equal(placeInWindow(view.shape), spread(first, view.shape));
  return { values: new Tensor(pick(view, chosen)), indices: new Tensor(pick(places, chosen)) };
}

/** The axes within windows. */
function inner(shape: Shape): number[] {
  const space = (shape.length - 2) / 2;
  return range(space).map((i) => 2 + space + i);
}

/** The chosen one of each window, as a sum in which all others are 0: [N, C, OH, OW]. */
function pick(x: graph.Node, chosen: graph.Node): graph.Node {
  return graph.cast(graph.sum(graph.where(chosen, x, graph.constantLike(x, 0)), inner(x.shape)), x.dtype);
}

/** `x` [N, C, OH, OW] repeated over the places of its windows. */
function spread(x: graph.Node, shape: Shape): graph.Node {
  return graph.expand(graph.reshape(x, [...x.shape, ...inner(shape).map(() => 1)]), shape);
}

/** Σ factor · index along some axes − `offset`, of int32. */
function linearIndex(
  shape: Shape,
  terms: readonly { readonly axis: number; readonly factor: number }[],
  offset = 0,
): graph.Node {
  checkPlaces(
    "maxPool",
    terms.reduce((most, { axis, factor }) => Math.max(most, factor * shape[axis]!), 1),
  );
  const number = (value: number): graph.Node => graph.constant(value, shape, "int32");
  const products = terms.map(({ axis, factor }) => {
    const index = graph.iota(shape, axis, "int32");
    return factor === 1 ? index : graph.mul(index, number(factor));
  });
  const total = products.reduce((a, b) => graph.add(a, b));
  return offset === 0 ? total : graph.sub(total, number(offset));
}

/** The number of each place in its window, counted row by row. */
function placeInWindow(shape: Shape): graph.Node {
  return linearIndex(
    shape,
    inner(shape).map((axis) => ({ axis, factor: sizeOf(shape.slice(axis + 1)) })),
  );
}

/** How windows lie along an axis of the plane. */
interface WindowAxis {
  readonly length: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
}

/** The number of each place of each window in the image's plane, counted row by row. */
export function placeInPlane(shape: Shape, axes: readonly WindowAxis[]): graph.Node {
  const rowSize = (i: number): number => sizeOf(axes.slice(i + 1).map(({ length }) => length));
  const terms = axes.flatMap(({ stride, dilation }, i) => [
    { axis: 2 + i, factor: stride * rowSize(i) },
    { axis: 2 + axes.length + i, factor: dilation * rowSize(i) },
  ]);
  return linearIndex(
    shape,
    terms,
    axes.reduce((offset, { padding }, i) => offset + padding * rowSize(i), 0),
  );
}

/** Which places of the windows lie in the image's plane; null if there is no padding. */
export function insidePlane(shape: Shape, axes: readonly WindowAxis[]): graph.Node | null {
  let inside: graph.Node | null = null;
  for (const [i, { length, stride, dilation, padding }] of axes.entries()) {
    if (padding === 0) continue;
    const terms = [
      { axis: 2 + i, factor: stride },
      { axis: 2 + axes.length + i, factor: dilation },
    ];
    const place = linearIndex(shape, terms, padding);
    const within = graph.logicalAnd(
      graph.lessEqual(graph.constantLike(place, 0), place),
      graph.less(place, graph.constantLike(place, length)),
    );
    inside = inside === null ? within : graph.logicalAnd(inside, within);
  }
  return inside;
}

/**
 * Which place of each window holds its greatest value: the first of several, the first NaN before all; [N, C, OH, OW]
 * of int32. A place of the padding is none, even if nothing in the window is greater.
 */
function firstGreatest(view: graph.Node, inside: graph.Node | null): graph.Node {
  const x = graph.detach(view);
  const within = inner(x.shape);
  const isGreatest = graph.logicalOr(graph.equal(x, spread(graph.max(x, within), x.shape)), graph.notEqual(x, x));
  const candidates = inside === null ? isGreatest : graph.logicalAnd(isGreatest, inside);
  const none = graph.constant(sizeOf(within.map((axis) => x.shape[axis]!)), x.shape, "int32");
  return graph.min(graph.where(candidates, placeInWindow(x.shape), none), within);
}
