/**
 * The elementary functions against correct values: dense sweeps, random bit patterns, special values. Bounds are in units
 * in the last place of the correct result, rounded up from what an exhaustive comparison of all float32 numbers found.
 */
import { describe, expect, test } from "vitest";
import * as math from "../../src/graph/math/index.ts";
import type { ScalarBuilder, Value } from "../../src/graph/scalar.ts";
import { type Float, ulps } from "../support/ulps.ts";
import { compileToJavaScript } from "./math-javascript.ts";

type Range = readonly [number, number];

const types: readonly Float[] = ["f32", "f64"];

interface Format {
  readonly digits: number;
  readonly largest: number;
  readonly round: (x: number) => number;
}

const formats: Readonly<Record<Float, Format>> = {
  f32: { digits: 24, largest: 2 ** 128 - 2 ** 104, round: Math.fround },
  f64: { digits: 53, largest: Number.MAX_VALUE, round: (x) => x },
};

/** `expect(actual).toBe(expected)` for many numbers: the message is only made when they differ. */
function expectSame(actual: number, expected: number, operation: string, ...operands: readonly number[]): void {
  if (!Object.is(actual, expected)) expect.fail(`${operation}(${operands.join(", ")}) = ${actual}, not ${expected}`);
}

/** A stream of 32-bit integers: Mulberry32. */
function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const specials = [
  0,
  1,
  0.5,
  2,
  3,
  10,
  100,
  Infinity,
  Number.NaN,
  2 ** -149,
  2 ** -126,
  2 ** -127,
  2 ** -1074,
  2 ** -1022,
  1e-20,
  1e20,
  1e300,
  1 - 2 ** -24,
  1 + 2 ** -23,
  1 - 2 ** -53,
  1 + 2 ** -52,
  2 ** 128 - 2 ** 104,
  Number.MAX_VALUE,
  Math.PI,
  Math.PI / 2,
].flatMap((x) => [x, -x]);

/** Numbers of the type: special ones, any bits, and `count` of equal distance in the range. */
function* arguments32or64(type: Float, [low, high]: Range, count: number): Generator<number> {
  const { round } = formats[type];
  for (const x of specials) yield round(x);
  const words = randomWords(1);
  const bits = new Uint32Array(2);
  const view = type === "f32" ? new Float32Array(bits.buffer) : new Float64Array(bits.buffer);
  for (let i = 0; i < count / 4; i++) {
    bits[0] = words();
    bits[1] = words();
    yield view[0]!;
  }
  for (let i = 0; i < count; i++) yield round(low + ((high - low) * (i + words() / 2 ** 32)) / count);
}

interface Row {
  readonly name: string;
  readonly lower: (b: ScalarBuilder, x: Value) => Value;
  readonly correct: (x: number) => number;
  /** Where the sweep is dense. */
  readonly dense: Range;
  /** Largest error in ulp; that of f64 has 1 added for the reference, which is itself rounded. */
  readonly f32: number;
  readonly f64: number;
}

/** erf by its power series (DLMF 7.6.2) and erfc by its continued fraction (DLMF 7.9.1, Lentz): float64, good to some 10⁻¹³. */
function erfAndErfc(x: number): readonly [number, number] {
  if (Number.isNaN(x)) return [x, x];
  if (x < 0) {
    const [erf, erfc] = erfAndErfc(-x);
    return [-erf, 2 - erfc];
  }
  const gaussian = Math.exp(-x * x);
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 60; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    const erf = (2 / Math.sqrt(Math.PI)) * gaussian * sum;
    return [Object.is(x, -0) ? x : erf, 1 - erf];
  }
  let fraction = 0;
  for (let n = 200; n >= 1; n--) fraction = n / 2 / (x + fraction);
  const erfc = gaussian === 0 ? 0 : gaussian / Math.sqrt(Math.PI) / (x + fraction);
  return [1 - erfc, erfc];
}

/** 2ˣ = 2ⁿ · e^(r ln 2), x = n + r, without the rounding of x ln 2. */
function exp2(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x) < 1100 ? Math.exp((x - whole) * Math.LN2) * 2 ** whole : 2 ** x;
}

const rows: readonly Row[] = [
  { name: "exp", lower: math.lowerExp, correct: Math.exp, dense: [-110, 92], f32: 1.01, f64: 2.01 },
  { name: "expm1", lower: math.lowerExpm1, correct: Math.expm1, dense: [-3, 3], f32: 1.75, f64: 2.75 },
  { name: "exp2", lower: math.lowerExp2, correct: exp2, dense: [-160, 135], f32: 1, f64: 2 },
  { name: "log2", lower: math.lowerLog2, correct: Math.log2, dense: [0, 4], f32: 1, f64: 2 },
  { name: "log10", lower: math.lowerLog10, correct: Math.log10, dense: [0, 4], f32: 1, f64: 2 },
  { name: "log", lower: math.lowerLog, correct: Math.log, dense: [0, 4], f32: 0.85, f64: 1.85 },
  { name: "log1p", lower: math.lowerLog1p, correct: Math.log1p, dense: [-1.01, 3], f32: 0.87, f64: 1.85 },
  { name: "sin", lower: math.lowerSin, correct: Math.sin, dense: [-100, 100], f32: 1.68, f64: 2.5 },
  { name: "cos", lower: math.lowerCos, correct: Math.cos, dense: [-100, 100], f32: 1.72, f64: 2.5 },
  { name: "tan", lower: math.lowerTan, correct: Math.tan, dense: [-100, 100], f32: 3.45, f64: 4.19 },
  { name: "asin", lower: math.lowerAsin, correct: Math.asin, dense: [-1.01, 1.01], f32: 2.03, f64: 3.01 },
  { name: "acos", lower: math.lowerAcos, correct: Math.acos, dense: [-1.01, 1.01], f32: 1.16, f64: 2.16 },
  { name: "atan", lower: math.lowerAtan, correct: Math.atan, dense: [-5, 5], f32: 1.89, f64: 2.91 },
  { name: "sinh", lower: math.lowerSinh, correct: Math.sinh, dense: [-91, 91], f32: 2.36, f64: 3.1 },
  { name: "cosh", lower: math.lowerCosh, correct: Math.cosh, dense: [-91, 91], f32: 1.47, f64: 2.4 },
  { name: "tanh", lower: math.lowerTanh, correct: Math.tanh, dense: [-11, 11], f32: 2.5, f64: 3.5 },
  { name: "asinh", lower: math.lowerAsinh, correct: Math.asinh, dense: [-5, 5], f32: 1.78, f64: 2.8 },
  { name: "acosh", lower: math.lowerAcosh, correct: Math.acosh, dense: [0.9, 5], f32: 2.42, f64: 3.34 },
  { name: "atanh", lower: math.lowerAtanh, correct: Math.atanh, dense: [-1.01, 1.01], f32: 2.01, f64: 2.9 },
  { name: "cbrt", lower: math.lowerCbrt, correct: Math.cbrt, dense: [-9, 9], f32: 1, f64: 2 },
];

describe.each(rows)("$name", (row) => {
  test.each(types)("of %s is within its bound everywhere", (type) => {
    const f = compileToJavaScript(row.lower, [type]);
    let worst = { error: 0, x: 0 };
    for (const x of arguments32or64(type, row.dense, 100_000)) {
      const error = ulps(type, f(x), row.correct(x));
      if (error > worst.error) worst = { error, x };
    }
    expect(worst.error, `at ${worst.x}: ${f(worst.x)}, correct ${row.correct(worst.x)}`).toBeLessThanOrEqual(row[type]);
  });
});

describe("erf and erfc", () => {
  /** x, erf x, erfc x: computed with 40 digits and rounded to float64. */
  const table = [
    [1e-300, 1.1283791670955126e-300, 1.0],
    [1e-10, 1.1283791670955126e-10, 0.999999999887162],
    [0.1, 0.1124629160182849, 0.887537083981715],
    [0.25, 0.27632639016823696, 0.7236736098317631],
    [0.5, 0.5204998778130465, 0.4795001221869535],
    [0.75, 0.7111556336535151, 0.28884436634648486],
    [0.84, 0.7651427114549945, 0.23485728854500548],
    [0.85, 0.7706680576083526, 0.22933194239164748],
    [1, 0.8427007929497149, 0.15729920705028513],
    [1.25, 0.9229001282564583, 0.07709987174354177],
    [1.5, 0.9661051464753108, 0.033894853524689274],
    [1.7, 0.9837904585907745, 0.01620954140922544],
    [2, 0.9953222650189527, 0.004677734981047266],
    [2.5, 0.999593047982555, 0.0004069520174449589],
    [3, 0.9999779095030014, 2.209049699858544e-5],
    [3.5, 0.9999992569016276, 7.430983723414128e-7],
    [4, 0.9999999845827421, 1.541725790028002e-8],
    [5, 0.9999999999984626, 1.537459794428035e-12],
    [5.9, 0.9999999999999999, 7.190409783550478e-17],
    [6.5, 1.0, 3.8421483271206475e-20],
    [8, 1.0, 1.1224297172982926e-29],
    [10, 1.0, 2.088487583762545e-45],
    [13.3, 1.0, 6.368006404723223e-79],
    [18, 1.0, 6.082369231816399e-143],
    [22.5, 1.0, 3.445348860464602e-222],
    [26, 1.0, 5.663192408856143e-296],
    [26.5, 1.0, 2.2109076642637343e-307],
    [-0.3, -0.3286267594591274, 1.3286267594591274],
    [-0.8, -0.7421009647076605, 1.7421009647076604],
    [-0.9, -0.7969082124228322, 1.7969082124228322],
    [-1.5, -0.9661051464753108, 1.9661051464753108],
    [-2.75, -0.9998993780778803, 1.9998993780778804],
    [-6, -1.0, 2.0],
  ] as const;

  test("agree with values of 40 digits in f64", () => {
    const [erf, erfc] = [compileToJavaScript(math.lowerErf, ["f64"]), compileToJavaScript(math.lowerErfc, ["f64"])];
    for (const [x, correctErf, correctErfc] of table) {
      expect(ulps("f64", erf(x), correctErf), `erf(${x})`).toBeLessThanOrEqual(2);
      expect(ulps("f64", erfc(x), correctErfc), `erfc(${x})`).toBeLessThanOrEqual(3.5);
    }
  });

  test("of f32 are within 1.83 and 2.98 ulp everywhere", () => {
    const [erf, erfc] = [compileToJavaScript(math.lowerErf, ["f32"]), compileToJavaScript(math.lowerErfc, ["f32"])];
    for (const x of arguments32or64("f32", [-11, 11], 100_000)) {
      const [correctErf, correctErfc] = erfAndErfc(x);
      if (ulps("f32", erf(x), correctErf) > 1.83) expect.fail(`erf(${x}) = ${erf(x)}, correct ${correctErf}`);
      if (ulps("f32", erfc(x), correctErfc) > 2.98) expect.fail(`erfc(${x}) = ${erfc(x)}, correct ${correctErfc}`);
    }
  });

  test.each(types)("of %s are right at zeros, infinities and NaN", (type) => {
    const [erf, erfc] = [compileToJavaScript(math.lowerErf, [type]), compileToJavaScript(math.lowerErfc, [type])];
    expect([0, -0, Infinity, -Infinity, Number.NaN].map((x) => erf(x))).toEqual([0, -0, 1, -1, Number.NaN]);
    expect([0, -0, Infinity, -Infinity, Number.NaN].map((x) => erfc(x))).toEqual([1, 1, 0, 2, Number.NaN]);
  });
});

/** Math.pow where it agrees with C: there 1 to any power is 1, and (−1)^±∞ too. */
function pow(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

describe.each(types)("functions of two arguments, %s", (type) => {
  const { round } = formats[type];
  const compare = (
    f: (...x: readonly number[]) => number,
    correct: (x: number, y: number) => number,
    bound: number,
  ) => {
    const check = (x: number, y: number) => {
      const error = ulps(type, f(x, y), correct(x, y));
      if (error > bound) expect.fail(`(${x}, ${y}): ${f(x, y)}, correct ${correct(x, y)}, ${error} ulp`);
    };
    for (const [x, y] of pairs(type, 50_000)) check(x, y);
    return check;
  };

  test("pow has the special cases of C and is within its bound", () => {
    const check = compare(compileToJavaScript(math.lowerPow, [type, type]), pow, type === "f32" ? 0.88 : 2.1);
    const words = randomWords(4);
    for (let i = 0; i < 50_000; i++) {
      const x = round(2 ** ((words() / 2 ** 32 - 0.5) * 20));
      const largest = type === "f32" ? 150 : 1080; // so that powers of every magnitude occur
      check(x, round(((words() / 2 ** 31 - 1) * largest) / Math.log2(x)));
    }
  });

  test("pow is exact where the power is a number of the type", () => {
    const power = compileToJavaScript(math.lowerPow, [type, type]);
    for (let x = -30; x <= 30; x++) {
      for (let y = 0; Math.abs(x) ** y < 2 ** formats[type].digits && y < 60; y++) {
        expectSame(power(x, y), x ** y, "pow", x, y);
      }
    }
  });

  test("atan2 has the quadrants and cuts of Math.atan2 and is within its bound", () => {
    compare(compileToJavaScript(math.lowerAtan2, [type, type]), Math.atan2, type === "f32" ? 1.92 : 2.83);
  });
});

test("cos of f64 keeps its digits at the number nearest to a multiple of π/2", () => {
  // the float64 that comes nearest to a multiple of π/2; its cosine is computed with 400 digits
  const x = 6381956970095103 * 2 ** 797;
  expect(ulps("f64", compileToJavaScript(math.lowerCos, ["f64"])(x), -4.687165924254628e-19)).toBeLessThan(2);
});

describe.each(types)("whole results of %s", (type) => {
  const { round, largest } = formats[type];
  const [lowest, highest] = type === "f32" ? [-149, 127] : [-1074, 1023];

  test("exp2 of a whole number is that power of two, and log2 gives the number back", () => {
    const [exp2Of, log2Of] = [compileToJavaScript(math.lowerExp2, [type]), compileToJavaScript(math.lowerLog2, [type])];
    for (let n = lowest; n <= highest; n++) {
      expectSame(exp2Of(n), 2 ** n, "exp2", n);
      expectSame(log2Of(2 ** n), n, "log2", 2 ** n);
    }
    expect([exp2Of(highest + 1), exp2Of(lowest - 1), exp2Of(Infinity), exp2Of(-Infinity)]).toEqual([
      Infinity,
      0,
      Infinity,
      0,
    ]);
  });

  test("log10 of 10ⁿ is n, of those that are numbers of the type", () => {
    const log10Of = compileToJavaScript(math.lowerLog10, [type]);
    let found = 0;
    for (let n = 0; 10 ** n < largest && round(10 ** n) === 10 ** n && BigInt(10 ** n) === 10n ** BigInt(n); n++) {
      expectSame(log10Of(10 ** n), n, "log10", 10 ** n);
      found++;
    }
    expect(found).toBe(type === "f32" ? 11 : 23);
  });
});

describe("exp of f32", () => {
  const exp = compileToJavaScript(math.lowerExp, ["f32"]);

  test("overflows and underflows where the exact value does", () => {
    expect(exp(89)).toBe(Infinity);
    const last = Math.fround(88.72283); // the next float32 overflows
    expect(ulps("f32", exp(last), Math.exp(last))).toBeLessThan(1);
    expect(exp(-104)).toBe(0);
    expect(exp(-103.5)).toBe(2 ** -149);
  });

  test("is exact at 0", () => {
    expect(exp(0)).toBe(1);
    expect(exp(-0)).toBe(1);
  });
});

// ---- division -------------------------------------------------------------------------------------------------------

/** The remainder of Python and NumPy: the sign of the divisor, also at zero. */
function flooredRemainder(x: number, y: number): number {
  const r = x % y;
  if (r === 0) return Object.is(Math.sign(y), -1) ? -0 : 0;
  return r < 0 !== y < 0 ? r + y : r;
}

/** floor(x / y) of finite numbers, in exact integers. */
function flooredQuotient(x: number, y: number): bigint {
  const scale = (v: number): [bigint, number] => {
    let exponent = 0;
    let fraction = v;
    while (!Number.isInteger(fraction)) {
      fraction *= 2;
      exponent++;
    }
    return [BigInt(fraction), exponent];
  };
  const [[a, i], [c, j]] = [scale(x), scale(y)];
  const [p, q] = [a << BigInt(j), c << BigInt(i)];
  const quotient = p / q;
  return p % q !== 0n && p < 0n !== q < 0n ? quotient - 1n : quotient;
}

/** Pairs of numbers: special ones, any bits, small integers, and similar magnitudes. */
function* pairs(type: Float, count: number): Generator<readonly [number, number]> {
  for (const x of specials) for (const y of specials) yield [formats[type].round(x), formats[type].round(y)];
  const words = randomWords(2);
  const bits = new Uint32Array(2);
  const view = type === "f32" ? new Float32Array(bits.buffer) : new Float64Array(bits.buffer);
  const draw = (kind: number) => {
    bits[0] = words();
    bits[1] = words();
    if (kind === 1) return (words() % 201) - 100;
    if (kind === 2) return formats[type].round((words() / 2 ** 32 - 0.5) * 2 ** (words() % 40));
    return view[0]!;
  };
  for (let i = 0; i < count; i++) yield [draw(i % 3), draw(Math.floor(i / 3) % 3)];
}

describe.each(types)("division of %s", (type) => {
  const { round, digits } = formats[type];

  test("fmod is exact for every pair of numbers", () => {
    const fmod = compileToJavaScript(math.lowerFmod, [type, type]);
    for (const [x, y] of pairs(type, 20_000)) expectSame(fmod(x, y), x % y, "fmod", x, y);
  });

  test("remainder has the divisor's sign and is rounded once", () => {
    const remainder = compileToJavaScript(math.lowerRemainder, [type, type]);
    for (const [x, y] of pairs(type, 20_000)) {
      expectSame(remainder(x, y), round(flooredRemainder(x, y)), "remainder", x, y);
    }
  });

  test("floorDivide is exact while the quotient has no more digits than the type", () => {
    const floorDivide = compileToJavaScript(math.lowerFloorDivide, [type, type]);
    let compared = 0;
    for (const [x, y] of pairs(type, 20_000)) {
      const rounded = round(x / y);
      if (!Number.isFinite(x) || !Number.isFinite(y) || y === 0 || Math.abs(rounded) > 2 ** digits) continue;
      const quotient =
        rounded === 0 && x / y === 0 && flooredQuotient(x, y) === 0n ? x / y : Number(flooredQuotient(x, y));
      expectSame(floorDivide(x, y), quotient, "floorDivide", x, y);
      compared++;
    }
    expect(compared).toBeGreaterThan(5_000);
  });

  test("floorDivide follows NumPy at zeros, infinities and NaN", () => {
    const floorDivide = compileToJavaScript(math.lowerFloorDivide, [type, type]);
    const table = [
      [1, 0, Infinity],
      [-1, 0, -Infinity],
      [0, 0, Number.NaN],
      [Infinity, 1, Number.NaN],
      [Infinity, 0, Infinity],
      [1, Infinity, 0],
      [-1, Infinity, -1],
      [1, -Infinity, -1],
      [0, -1, -0],
      [-0, 1, -0],
      [Number.NaN, 1, Number.NaN],
      [1, Number.NaN, Number.NaN],
    ] as const;
    for (const [x, y, expected] of table) expectSame(floorDivide(x, y), expected, "floorDivide", x, y);
  });

  test("remainder follows NumPy at infinities", () => {
    const remainder = compileToJavaScript(math.lowerRemainder, [type, type]);
    expect(remainder(1, Infinity)).toBe(1);
    expect(remainder(-1, Infinity)).toBe(Infinity);
    expect(remainder(Infinity, 1)).toBeNaN();
    expect(remainder(1, 0)).toBeNaN();
    expect(remainder(4, -2)).toBe(-0);
  });
});

test("division of i32 is exact, wraps around at −2^31 / −1, and gives 0 for a divisor of 0", () => {
  const fmod = compileToJavaScript(math.lowerFmod, ["i32", "i32"]);
  const remainder = compileToJavaScript(math.lowerRemainder, ["i32", "i32"]);
  const floorDivide = compileToJavaScript(math.lowerFloorDivide, ["i32", "i32"]);
  const words = randomWords(3);
  const edges = [0, 1, -1, 2, -2, 3, 7, -7, 46341, 2 ** 31 - 1, 1 - 2 ** 31, -(2 ** 31)];
  const numbers = [
    ...edges,
    ...Array.from({ length: 60 }, () => words() | 0),
    ...Array.from({ length: 20 }, () => (words() | 0) >> 20),
  ];
  for (const x of numbers) {
    for (const y of numbers) {
      const quotient = y === 0 ? 0 : Number(flooredQuotient(x, y)) | 0;
      expectSame(floorDivide(x, y), quotient, "floorDivide", x, y);
      expectSame(remainder(x, y), y === 0 ? 0 : (x - Math.imul(quotient, y)) | 0, "remainder", x, y);
      expectSame(fmod(x, y), y === 0 ? 0 : (x % y) | 0, "fmod", x, y);
    }
  }
});

test("sign is 1, −1, or the zero or NaN it was given; round sends halves to the even integer", () => {
  for (const type of types) {
    const sign = compileToJavaScript(math.lowerSign, [type]);
    expect([3, -0.1, 0, -0, Infinity, -Infinity, Number.NaN].map((x) => sign(x))).toEqual([
      1,
      -1,
      0,
      -0,
      1,
      -1,
      Number.NaN,
    ]);
    const round = compileToJavaScript(math.lowerRound, [type]);
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 0.75, -0, Infinity].map((x) => round(x))).toEqual([
      0,
      2,
      2,
      -0,
      -2,
      1,
      -0,
      Infinity,
    ]);
  }
  const sign = compileToJavaScript(math.lowerSign, ["i32"]);
  expect([7, 0, -(2 ** 31)].map((x) => sign(x))).toEqual([1, 0, -1]);
  expect(compileToJavaScript(math.lowerRound, ["i32"])(5)).toBe(5);
});

// ---- random numbers -------------------------------------------------------------------------------------------------

test("threefry2x32 gives the known answers of Random123 for 20 rounds", () => {
  const word = (output: 0 | 1) =>
    compileToJavaScript(
      (b, k0, k1, c0, c1) => math.threefry2x32(b, [k0!, k1!], [c0!, c1!])[output],
      ["i32", "i32", "i32", "i32"],
    );
  const [first, second] = [word(0), word(1)];
  const answers = [
    // key, counter, output: kat_vectors of Random123
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
  ] as const;
  for (const [k0, k1, c0, c1, x0, x1] of answers) {
    const inputs = [k0 | 0, k1 | 0, c0 | 0, c1 | 0];
    expect([first(...inputs) >>> 0, second(...inputs) >>> 0]).toEqual([x0, x1]);
  }
  const threefry = compileToJavaScript(math.lowerThreefry, ["i32", "i32", "i32"]);
  expect(threefry(0, 0, 0) >>> 0).toBe(0x6b200159);
});
