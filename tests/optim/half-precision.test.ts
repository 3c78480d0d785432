/** Halves: moments, sums and averages are float32, and norms do not overflow. */
import { describe, expect, test } from "vitest";
import { nn, optim, parameter, random, type Tensor, tensor } from "../../src/index.ts";

const halves = ["float16", "bfloat16"] as const;

const kinds: Readonly<Record<string, (w: Tensor) => { step(): void; stateDict(): Readonly<Record<string, Tensor>> }>> =
  {
    Adam: (w) => new optim.Adam([w], { lr: 0.125 }),
    AdamW: (w) => new optim.AdamW([w], { lr: 0.125, weightDecay: 0 }),
    Adamax: (w) => new optim.Adamax([w], { lr: 0.125 }),
    Lion: (w) => new optim.Lion([w], { lr: 0.125 }),
  };

describe.each(halves)("%s", (dtype) => {
  // the first step of each is lr · sign(g), whatever the size of g: g² of 1000 and of 10⁻⁴ are no float16
  test.each(Object.entries(kinds))("%s moves by the rate, for great and small gradients", (_, make) => {
    const w = parameter(tensor([1, 1, 1], { dtype }));
    const optimizer = make(w);
    w.grad = tensor([1000, 0, -1e-4], { dtype });
    optimizer.step();
    expect(w.dtype).toBe(dtype);
    const moved = w.arraySync().map((v, i) => Math.abs(v - [0.875, 1, 1.125][i]!));
    expect(Math.max(...moved)).toBeLessThan(0.005); // spacing of bfloat16 below 1: 2⁻⁸; ε = 10⁻⁸ beside 10⁻⁴
    for (const [name, moment] of Object.entries(optimizer.stateDict()))
      if (name.startsWith("0.")) expect([name, moment.dtype]).toEqual([name, "float32"]);
  });

  test("sums of gradients and averages of weights keep what a half would lose", () => {
    const w = parameter(tensor([1], { dtype }));
    const sums = new optim.GradientAccumulator([w]);
    w.grad = tensor([2048], { dtype });
    sums.add();
    w.grad = tensor([1], { dtype });
    for (let i = 0; i < 4; i++) sums.add();
    sums.release(0.25);
    expect(w.grad!.item()).toBe(dtype === "float16" ? 513 : 512); // 2052 / 4 = 513, whose neighbours in bfloat16 are 512 and 516

    const model = new nn.Linear(1, 1, { bias: false, dtype });
    model.weight.assign(tensor([[1]], { dtype }));
    const averaged = new optim.AveragedModel(model, { decay: 0.999 });
    averaged.update();
    model.weight.assign(tensor([[2]], { dtype }));
    for (let i = 0; i < 4; i++) averaged.update();
    const average = Object.values(averaged.stateDict()).find((v) => v.ndim === 2)!;
    expect(average.item()).toBeCloseTo(2 - 0.999 ** 4, 6); // a half stays at 1, since 1.001 rounds to it
  });

  test("running statistics of batch normalisation are float32, what comes out is not", () => {
    const layer = new nn.BatchNorm1d(1, { dtype });
    const y = layer.forward(tensor([[0], [2]], { dtype }));
    expect([y.dtype, layer.runningMean!.dtype, layer.runningVar!.dtype]).toEqual([dtype, "float32", "float32"]);
    expect(layer.runningMean!.item()).toBeCloseTo(0.1, 7);
    layer.eval();
    expect(layer.forward(tensor([[0], [2]], { dtype })).dtype).toBe(dtype);
  });
});

describe("clipGradNorm", () => {
  const clipped = (values: number[], maxNorm: number, normType: number, dtype: "float16" | "float32" = "float32") => {
    const w = parameter(tensor(values, { dtype }));
    w.grad = tensor(values, { dtype });
    const total = optim.clipGradNorm([w], maxNorm, { normType });
    return { total: total.item(), grad: w.grad.arraySync() as number[] };
  };

  test.each([1, 2, 3, Infinity])("with Infinity only measures, in the norm of order %d", (p) => {
    for (const v of [1e-30, 5, 1e30, 3e38])
      expect(clipped([v, -v], Infinity, p).grad).toEqual([Math.fround(v), -Math.fround(v)]);
    const { total } = clipped([1e30, 1e30], Infinity, p);
    expect(total / (1e30 * 2 ** (1 / p))).toBeCloseTo(1, 6);
    expect(clipped([Infinity, 1], Infinity, p)).toEqual({ total: Infinity, grad: [Infinity, 1] });
  });

  test.each([1, 2, 3, Infinity])("scales what is larger than a norm can be, in the norm of order %d", (p) => {
    for (const v of [1e30, 3e38]) {
      const share = 2 ** (-1 / p);
      for (const g of clipped([v, v], 1, p).grad) expect(g / share).toBeCloseTo(1, 6);
    }
  });

  test("of halves is computed in float32", () => {
    const { total, grad } = clipped([300, 400], 1, 2, "float16");
    expect(total).toBe(500); // 400² is no float16
    expect(grad.map((g, i) => Math.abs(g - [0.6, 0.8][i]!) < 2 ** -12)).toEqual([true, true]);
    expect(clipped([60000, 60000], Infinity, 2, "float16").grad).toEqual([60000, 60000]);
  });
});

describe("random numbers stay within their ends", () => {
  test.each(["float64", "float32", ...halves] as const)("uniform from 1000 to 1001 in %s", (dtype) => {
    const x = random.uniform({ low: 1000, high: 1001, shape: [20_000], dtype });
    expect([x.max().item() < 1001, x.min().item() >= 1000]).toEqual([true, true]);
    const y = random.uniform({ low: -1000, high: -1001, shape: [20_000], dtype });
    expect([y.min().item() > -1001, y.max().item() <= -1000]).toEqual([true, true]);
  });

  test("where no number of the dtype lies between, all are the lower end", () => {
    expect(random.uniform({ low: 1, high: 1 + 1e-9, shape: [2] }).arraySync()).toEqual([1, 1]);
    expect(
      random
        .uniform({ low: -1e-45, high: 0, shape: [9] })
        .max()
        .item(),
    ).toBe(-(2 ** -149));
  });

  test("a distance that the dtype does not hold is refused, one beyond float16 is not", () => {
    expect(() => random.uniform({ low: -3e38, high: 3e38 })).toThrow(
      "uniform: numbers from -3e+38 to 3e+38 are not finite in float32; choose nearer ends",
    );
    const wide = random.uniform({ low: -60_000, high: 60_000, shape: [99], dtype: "float16" });
    expect(wide.abs().max().item()).toBeLessThanOrEqual(60_000);
  });

  test("what has probability 0 is not chosen, though the others sum to less than 1", () => {
    expect(
      random
        .choice(4, { p: tensor([0, 0.3, 0.3, 0]), shape: [500] })
        .unique()
        .arraySync(),
    ).toEqual([1, 2]);
  });

  test("whole numbers that a float leaves out are refused", () => {
    expect(() => random.integers(2 ** 24, 2 ** 24 + 4, { dtype: "float32" })).toThrow(
      "integers: float32 does not hold",
    );
    expect(
      random
        .integers(2047, 2049, { dtype: "float16", shape: [4] })
        .min()
        .item(),
    ).toBeGreaterThanOrEqual(2047);
  });
});
