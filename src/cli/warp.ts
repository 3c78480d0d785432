/**
 * Small random changes of images: turned, scaled and shifted a little, a digit is still that digit. A network that sees new ones in every
 * epoch learns what does not depend on them, and 1,258 images are enough.
 */

/** How far an image may be changed. */
export interface WarpLimits {
  /** radians either way */
  readonly turn: number;
  /** share of the size either way */
  readonly scale: number;
  /** pixels either way, across and down */
  readonly shift: number;
}

/** A number from 0 to 1, without 1. */
export type DrawUnit = () => number;

/**
 * Writes to `to` the square images of `from`, each turned, scaled and shifted by its own random amounts.
 *
 * Every pixel of the result is looked up where the inverse motion takes it, and blended from the four pixels around that place
 * (bilinear interpolation); outside of the image is paper, 0.
 */
export function warpImages(
  from: Float32Array,
  to: Float32Array,
  side: number,
  limits: WarpLimits,
  draw: DrawUnit,
): void {
  const centre = (side - 1) / 2;
  const either = (limit: number) => (2 * draw() - 1) * limit;
  const area = side * side;
  for (let start = 0; start < from.length; start += area) {
    const image = from.subarray(start, start + area);
    const angle = either(limits.turn);
    const size = 1 + either(limits.scale);
    const [cos, sin] = [Math.cos(angle) / size, Math.sin(angle) / size];
    const [right, down] = [centre + either(limits.shift), centre + either(limits.shift)];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const [u, v] = [x - centre, y - centre];
        to[start + y * side + x] = blend(image, side, cos * u - sin * v + right, sin * u + cos * v + down);
      }
    }
  }
}

/** The image's value at a place between pixels. */
function blend(image: Float32Array, side: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - left, y - top];
  const above = pixel(image, side, left, top) * (1 - fx) + pixel(image, side, left + 1, top) * fx;
  const below = pixel(image, side, left, top + 1) * (1 - fx) + pixel(image, side, left + 1, top + 1) * fx;
  return above * (1 - fy) + below * fy;
}

function pixel(image: Float32Array, side: number, x: number, y: number): number {
  return x < 0 || y < 0 || x >= side || y >= side ? 0 : image[y * side + x]!;
}
