/**
 * Binary floating formats by the bits of their exponent and fraction, as in IEEE 754: float16 has 5 and 10, bfloat16 8 and 7.
 *
 * With f bits of fraction, numbers from 2ᵉ up to 2ᵉ⁺¹ are multiples of 2ᵉ⁻ᶠ; below the smallest normal number 2ᵐ, m = 1 − bias, the
 * steps stay 2ᵐ⁻ᶠ (subnormal numbers). Rounding goes to the nearest multiple, from halfway between two to the even one, and to infinity
 * from where a larger exponent would be needed.
 */

export interface FloatFormat {
  /** bits of the exponent */
  readonly exponent: number;
  /** bits of the fraction, without the leading one */
  readonly fraction: number;
}

const view = new DataView(new ArrayBuffer(8));

/** The nearest number of a format; a bigint or a float64 is rounded once. */
export function roundToFormat(value: number | bigint, format: FloatFormat): number {
  if (format.fraction === 52) return Number(value);
  if (typeof value === "bigint") return roundToFormat(numberToOdd(value), format);
  if (format.fraction === 23) return Math.fround(value);
  const size = Math.abs(value);
  if (!(size > 0 && size < Number.POSITIVE_INFINITY)) return value;
  view.setFloat64(0, size);
  const bias = 2 ** (format.exponent - 1) - 1;
  const exponent = Math.max((view.getUint16(0) >>> 4) - 1023, 1 - bias);
  const step = 2 ** (exponent - format.fraction);
  const multiple = size / step + 2 ** 52 - 2 ** 52; // adding 2⁵² leaves no place for a fraction
  const rounded = multiple * step;
  const finite = rounded < 2 ** (bias + 1) ? rounded : Number.POSITIVE_INFINITY;
  return value < 0 ? -finite : finite;
}

/**
 * A float64 that rounds to shorter formats as the bigint itself would: where digits are lost, the last one left is made odd, so that it
 * cannot look like half of a step. (Boldo & Melquiond 2008, "Emulation of FMA and correctly rounded sums".)
 */
function numberToOdd(value: bigint): number {
  const size = value < 0n ? -value : value;
  if (size <= 2n ** 53n) return Number(value);
  const lost = BigInt(size.toString(2).length - 53);
  const kept = size >> lost;
  const odd = kept << lost === size ? kept : kept | 1n;
  return (value < 0n ? -1 : 1) * Number(odd) * 2 ** Number(lost);
}

/** The bits of a number of a format of two bytes. */
export function bitsOf(value: number, { exponent, fraction }: FloatFormat): number {
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  const drop = 23 - fraction;
  if (size > 0x7f800000) return sign | ((2 ** (exponent + 1) - 1) << (fraction - 1)); // NaN, a quiet one
  const bias = 2 ** (exponent - 1) - 1;
  const smallest = 2 ** (1 - bias);
  if (Math.abs(value) < smallest) return sign | (Math.abs(value) / (smallest / 2 ** fraction)); // counts the smallest steps
  return sign | Math.min((size >>> drop) - ((127 - bias) << fraction), ((1 << exponent) - 1) << fraction);
}

/** The number that two bytes of a format hold. */
export function fromBits(bits: number, { exponent, fraction }: FloatFormat): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const power = (bits & 0x7fff) >>> fraction;
  const rest = bits & ((1 << fraction) - 1);
  const bias = 2 ** (exponent - 1) - 1;
  if (power === (1 << exponent) - 1) return rest === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (power === 0) return sign * rest * 2 ** (1 - bias - fraction);
  return sign * (1 + rest / 2 ** fraction) * 2 ** (power - bias);
}
