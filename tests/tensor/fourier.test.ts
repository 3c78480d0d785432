/**
 * Fourier transforms: against the plain double sum in float64, against NumPy 2.4, and by what holds of all of them
 * (Parseval, inverse, symmetry).
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grad, gradCheck } from "../../src/autodiff/index.ts";
import { defaultDevice, setDefaultDevice } from "../../src/runtime/index.ts";
import * as T from "../../src/tensor/index.ts";
import { complex, fft, fft2, ifft, ifft2, irfft, rfft, type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

/** Irregular numbers from −1 to 1. */
const drawn = (n: number, seed: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(seed * (i + 1) ** 2));

/** Σ_j x[j] e^(∓2πi jk/n), re and im in turn. */
function plainTransform(re: readonly number[], im: readonly number[], direction: 1 | -1): number[] {
  const n = re.length;
  return re.flatMap((_, k) => {
    let [a, b] = [0, 0];
    re.forEach((x, j) => {
      const angle = (direction * 2 * Math.PI * ((j * k) % n)) / n;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const y = im[j] ?? 0;
      a += x * c - y * s;
      b += x * s + y * c;
    });
    return [a, b];
  });
}

/** The greatest difference, relative to the greatest number. */
function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void {
  expect(found.length).toBe(expected.length);
  const size = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-30);
  const off = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? Number.NaN))), 0);
  expect(off / size).toBeLessThan(tolerance);
}

const x = tensor([
  [1, -2, 0.5, 3, 4],
  [0, 1, -1, 2, 0.25],
]);
const z = complex(tensor([1, -2, 0.5, 3, 4]), tensor([0.5, 0, -1, 2, 1]));

const original = defaultDevice();
afterAll(() => setDefaultDevice(original));

// one step by matrix: 1 … 32, 101 (prime); two steps and more: 36, 64, 210, 1024; least factor above 32: 37²; convolution: 131, 2 · 131
const lengths = [1, 2, 3, 4, 5, 8, 17, 32, 36, 64, 101, 131, 210, 262, 1024, 1369];

describe.each(devices)("on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));

  // the reference device adds up each product number by number
  test.each(device === "reference" ? lengths.filter((n) => n <= 131) : lengths)(
    "of length %d is the plain sum, forward and back",
    (n) => {
      const [re, im] = [drawn(n, 1.7).map(Math.fround), drawn(n, 0.6).map(Math.fround)];
      const both = complex(tensor(re), tensor(im));
      expectClose(fft(both).dataSync(), plainTransform(re, im, -1));
      expectClose(ifft(both, { norm: "forward" }).dataSync(), plainTransform(re, im, 1));
      expectClose(fft(tensor(re)).dataSync(), plainTransform(re, [], -1));
      expectClose(rfft(tensor(re)).dataSync(), plainTransform(re, [], -1).slice(0, 2 * (Math.floor(n / 2) + 1)));
      expectClose(irfft(rfft(tensor(re)), { n }).dataSync(), re);
    },
  );

  test.each<[string, () => Tensor, number[]]>([
    ["axis", () => fft(x, { axis: 0 }), [1, 0, -1, 0, -0.5, 0, 5, 0, 4.25, 0, 1, 0, -3, 0, 1.5, 0, 1, 0, 3.75, 0]],
    ["n cuts off", () => fft(z, { n: 3 }), [-0.5, -0.5, 2.6160254, 3.1650635, 0.8839746, -1.1650635]],
    [
      "n adds zeros",
      () => fft(z, { n: 7 }),
      [6.5, 2.5, -7.2060663, -0.47030292, 5.0110383, 4.6564045, 3.3127955, 1.4425585, -0.2007233, -3.0246637].concat([
        5.7069338, 1.8864721, -6.123978, -3.4904684,
      ]),
    ],
    [
      "ortho",
      () => fft(z, { norm: "ortho" }),
      [
        2.9068884, 1.118034, -1.7566272, 3.2091163, 1.2204056, 0.51387983, -0.80581575, -0.51387983, 0.67121697,
        -3.2091163,
      ],
    ],
    [
      "forward",
      () => fft(z, { norm: "forward" }),
      [1.3, 0.5, -0.78558755, 1.4351604, 0.54578196, 0.22981404, -0.36037176, -0.22981404, 0.30017736, -1.4351604],
    ],
    [
      "inverse",
      () => ifft(z),
      [1.3, 0.5, 0.30017736, -1.4351604, -0.36037176, -0.22981404, 0.54578196, 0.22981404, -0.78558755, 1.4351604],
    ],
    [
      "inverse, ortho",
      () => ifft(z, { norm: "ortho" }),
      [
        2.9068884, 1.118034, 0.67121697, -3.2091163, -0.80581575, -0.51387983, 1.2204056, 0.51387983, -1.7566272,
        3.2091163,
      ],
    ],
    [
      "real, along columns with zeros added",
      () => rfft(x, { n: 4, axis: 0 }),
      [1, 0, -1, 0, -0.5, 0, 5, 0, 4.25, 0, 1, 0, -2, -1, 0.5, 1, 3, -2, 4, -0.25, 1, 0, -3, 0, 1.5, 0, 1, 0, 3.75, 0],
    ],
    ["half back", () => irfft(z), [1, -1.3624369, 1, -0.094669914, 0.5, 1.1124369, 0, -1.1553301]],
    [
      "half back to an odd length",
      () => irfft(z, { n: 7 }),
      [0.57142857, -0.98685321, 0.99851602, -0.22444785, 1.3365163, 0.35292789, -1.0480877],
    ],
    ["half back, cut off", () => irfft(z, { n: 4 }), [-0.625, 0.125, 1.375, 0.125]],
    [
      "half back, zeros added, ortho",
      () => irfft(z, { n: 12, norm: "ortho" }),
      [3.4641016, -2.8763884, -2.319764, 3.4641016, 0.29903811, -0.87638837, 2.3094011, 1.4330127, 2.2990381].concat([
        1.1547005, -4.319764, -0.5669873,
      ]),
    ],
    ["half back from real numbers", () => irfft(tensor([3, 1, 2])), [1.75, 0.25, 0.75, 0.25]],
    [
      "two axes",
      () => fft2(x),
      [8.75, 0, -1.6362712, 8.2258656, -0.23872876, -2.1449383, -0.23872876, 2.1449383, -1.6362712, -8.2258656].concat([
        4.25, 0, -0.79077974, 6.1257389, 1.1657797, 4.4430787, 1.1657797, -4.4430787, -0.79077974, -6.1257389,
      ]),
    ],
    [
      "two axes in another order, other lengths",
      () => fft2(x, { s: [3, 2], axes: [1, 0] }),
      [-0.5, 0, 1.75, 0.4330127, 1.75, -0.4330127, -0.5, 0, 1.75, 3.8971143, 1.75, -3.8971143],
    ],
  ])("as NumPy: %s", (_, f, expected) => expectClose(f().dataSync(), expected));

  test("the inverse gives back what was transformed", () => {
    expectClose(ifft(fft(z)).dataSync(), Array.from(z.dataSync()));
    expectClose(ifft2(fft2(x)).real().dataSync(), Array.from(x.dataSync()));
    expect(irfft(rfft(x), { n: 5 }).dtype).toBe("float32");
  });

  test("keeps lengths and energy (Parseval)", () => {
    const signal = tensor(drawn(210, 2.3));
    const energy = (v: Tensor): number => v.abs().square().sum().item();
    expect(energy(fft(signal, { norm: "ortho" })) / energy(signal)).toBeCloseTo(1, 5);
  });

  test("of nothing and of whole numbers", () => {
    expect(fft(T.zeros([0, 4])).shape).toEqual([0, 4]);
    expectClose(fft(tensor([1, 2], { dtype: "int32" })).dataSync(), [3, 0, -1, 0]);
    expectClose(fft(tensor([1, 2], { dtype: "float64" })).dataSync(), [3, 0, -1, 0]);
  });

  describe("derivatives", () => {
    // quadratic in x, so that differences are exact whatever the step
    const options = { step: 0.1, rtol: 1e-3, atol: 2e-4 };
    const power = (y: Tensor): Tensor => y.abs().square();

    test.each([3, 4, 36])("of length %d, first and second order", (n) => {
      const at = tensor(drawn(n, 1.1).slice(0, 6));
      gradCheck((v) => power(fft(v!, { n })).sum(), [at], options);
      gradCheck((v) => power(rfft(v!, { n })).sum(), [at], options);
      gradCheck((v) => irfft(v!, { n }).square().sum(), [at], options);
    });

    test("of complex numbers and along two axes", () => {
      const at = [tensor(drawn(4, 1.1), { shape: [2, 2] }), tensor(drawn(4, 0.7), { shape: [2, 2] })];
      gradCheck((a, b) => power(ifft2(fft2(complex(a!, b!)).mul(fft2(x.at(":", "0:2"))))).sum(), at, options);
    });

    test("the gradient of Re ⟨w, fft(z)⟩ is the transposed transform of w", () => {
      // L = Σ Re w*[k] X[k]: ∂L/∂a + i ∂L/∂b = Σ_k w[k] e^(2πi jk/n)
      const w = complex(tensor([1, 0.5, -1, 2, 0]), tensor([0, 1, 1, -1, 0.5]));
      const found = grad((v: Tensor) => w.conj().mul(fft(v)).real().sum())(z);
      expectClose(found.dataSync(), plainTransform([1, 0.5, -1, 2, 0], [0, 1, 1, -1, 0.5], 1));
    });
  });

  test("runs inside compile", () => {
    const smooth = T.compile((v: Tensor) => irfft(rfft(v).mul(tensor([1, 0.5, 0])), { n: 5 }));
    expectClose(
      smooth(x.at(0)).dataSync(),
      Array.from(irfft(rfft(x.at(0)).mul(tensor([1, 0.5, 0])), { n: 5 }).dataSync()),
    );
  });
});

describe("frequencies", () => {
  test("in the order of fft, and with 0 in the middle", () => {
    expectClose(T.fftfreq(6, { d: 0.5 }).dataSync(), [0, 1 / 3, 2 / 3, -1, -2 / 3, -1 / 3]);
    expectClose(T.fftfreq(5).dataSync(), [0, 0.2, 0.4, -0.4, -0.2]);
    expectClose(T.rfftfreq(6).dataSync(), [0, 1 / 6, 1 / 3, 0.5]);
    expectClose(T.rfftfreq(1).dataSync(), [0]);
    expect(T.fftshift(tensor([0, 1, 2, 3, 4])).arraySync()).toEqual([3, 4, 0, 1, 2]);
    expect(T.ifftshift(tensor([0, 1, 2, 3, 4])).arraySync()).toEqual([2, 3, 4, 0, 1]);
    expect(
      T.fftshift(
        tensor([
          [0, 1, 2],
          [3, 4, 5],
        ]),
        { axes: 1 },
      ).arraySync(),
    ).toEqual([
      [2, 0, 1],
      [5, 3, 4],
    ]);
    expect(T.ifftshift(T.fftshift(x)).arraySync()).toEqual(x.arraySync());
  });
});

test("refuses what cannot be transformed", () => {
  expect(() => fft(T.zeros([0]))).toThrow("fft: n is 0; a transform has a whole number of entries from 1");
  expect(() => irfft(tensor([1]))).toThrow("irfft: n is 0");
  expect(() => fft(x, { n: 1.5 })).toThrow("fft: n is 1.5");
  expect(() => fft(tensor(1))).toThrow("fft: axis -1 does not exist in 0 dimensions; a scalar has no axes");
  expect(() => rfft(z)).toThrow("rfft: takes real numbers, not complex64 [5]; use fft");
  expect(() => fft2(x, { axes: [0, -2] })).toThrow("fft2: axis [0,-2] names an axis twice");
  expect(() => fft2(tensor([1, 2]))).toThrow("fft2: axis -2 does not exist in 1 dimensions");
  expect(() => fft(x, { norm: "orto" } as never)).toThrow(
    'fft: norm is orto; it must be "backward", "ortho" or "forward"',
  );
  expect(() => fft(x, { dim: 1 } as never)).toThrow('fft: there is no option "dim"');
  expect(() => T.fftfreq(0)).toThrow("fftfreq: n is 0; it must be a whole number from 1");
});
