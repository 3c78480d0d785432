/** What operations over sequences, images and volumes share: how their shapes are called and what comes without a batch. */
import { type Shape, ShapeError, show } from "../../base/index.ts";
import { reshape, type Tensor } from "../../tensor/index.ts";

const kinds = ["", "sequence", "image", "volume"]; // by the number of axes
const letters = [[], ["L"], ["H", "W"], ["D", "H", "W"]] as const;

/** `[N, C, H, W]`: the shape of a batch over `axes` axes of space. */
export function batchShape(axes: number): string {
  return `[${["N", "C", ...letters[axes]!].join(", ")}]`;
}

/** The axes' letters with a prefix: `KH, KW`. */
export function axisLetters(axes: number, prefix = ""): string {
  return letters[axes]!.map((letter) => prefix + letter).join(", ");
}

/**
 * Throws unless `shape` has channels and that many axes of space, with a batch or without.
 *
 * @throws ShapeError  when it has other than axes + 1 or axes + 2 axes
 */
export function checkSpatial(operation: string, shape: Shape, axes: number): void {
  if (shape.length === axes + 1 || shape.length === axes + 2) return;
  throw new ShapeError(
    `${operation}: ${show(shape)} is no ${kinds[axes]}; the shape is ${batchShape(axes)} or ${batchShape(axes).replace("N, ", "")}`,
  );
}

/**
 * Throws where `mode` has nothing to fill added places from: beyond the mirrored ones, or beside an empty axis.
 *
 * @param sides  [before, after] for every axis of `shape`
 * @throws ShapeError  when `reflect` is to fill more than n − 1 places beside an axis of n, or `circular` any beside an empty one
 */
export function checkReach(
  operation: string,
  shape: Shape,
  sides: readonly (readonly [number, number])[],
  mode: string,
): void {
  if (mode !== "reflect" && mode !== "circular") return;
  shape.forEach((size, axis) => {
    const most = mode === "reflect" ? Math.max(0, size - 1) : size === 0 ? 0 : Number.POSITIVE_INFINITY;
    const wide = sides[axis]!.find((n) => n > most);
    if (wide !== undefined)
      throw new ShapeError(
        `${operation}: ${mode} fills at most ${most} places beside axis ${axis} of ${show(shape)}, not ${wide}`,
      );
  });
}

/**
 * Applies `f` to a batch; a single `x` becomes a batch of one and comes back as it was.
 *
 * @param x  [N, C, …], or [C, …], with `axes` axes of space
 * @param f  from [N, C, …] to [N, …]
 * @returns  [N, …], or […]
 */
export function batched(x: Tensor, axes: number, f: (x: Tensor) => Tensor): Tensor {
  if (x.ndim === axes + 2) return f(x);
  const y = f(reshape(x, [1, ...x.shape]));
  return reshape(y, y.shape.slice(1));
}
