/** Values move to JavaScript's memory when the device's runs short, or when asked to; nobody sees it but by the memory held. */
import { describe, expect, test } from "vitest";
import { Cell, type DType, Storage } from "../../src/base/index.ts";
import { Home, Homes } from "../../src/devices/wasm/homes.ts";
import { DeviceMemory } from "../../src/devices/wasm/memory.ts";
import * as nn from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { getDevice } from "../../src/runtime/index.ts";
import { compile, manualSeed, ones, parameter, type Tensor, tensor } from "../../src/tensor/index.ts";

const mebibyte = 2 ** 20;

/** A value of 4 · `words` bytes that counts up from `first`. */
function counted(words: number, first: number): Cell {
  return new Cell(
    [words],
    "float32",
    Float32Array.from({ length: words }, (_, i) => first + i),
  );
}

function ground(maximumPages = 65_536) {
  return { memory: new DeviceMemory({ maximumPages }), deleted: false };
}

const isIn = ({ residence }: Cell): boolean => residence instanceof Home && residence.isIn;

describe("in a synchronous loop", () => {
  test("models, optimizers and compiled steps that are dropped leave the device's memory flat", () => {
    const held: number[] = [];
    for (let i = 0; i < 24; i++) {
      const model = new nn.Linear(2000, 500); // with its momentum 8 MB
      const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
      const step = compile((x: Tensor) => {
        model.forward(x).square().mean().backward();
        optimizer.step();
      });
      step(ones([1, 2000]));
      held.push(Number(/([\d.]+) MiB held/.exec(getDevice("wasm").describe())![1]));
    }
    expect(held.at(-1)).toBe(held[11]); // 192 MB have come, 96 of them since
    expect(held.at(-1)).toBeLessThan(80); // 64 MiB of values, and what programs need
  });

  test("a value that is used between the others stays", () => {
    const homes = new Homes(ground(), mebibyte);
    const kept = counted(1000, 0);
    for (let run = 1; run <= 300; run++) {
      const dropped = counted(25_000, run);
      for (const cell of [kept, dropped]) homes.of(cell, [kept, dropped]).lastRun = run;
      expect(isIn(kept)).toBe(true);
    }
    expect(homes.ground.memory.bytes).toBeLessThan(3 * mebibyte);
  });
});

describe("a value that has moved out", () => {
  const values: [DType, number[]][] = [
    ["float16", [1.5, -0, 65504, 2 ** -24, Number.POSITIVE_INFINITY, Number.NaN]],
    ["bfloat16", [1.5, -0, 2 ** 127, 2 ** -133, Number.NEGATIVE_INFINITY, Number.NaN]],
    ["float32", [Math.fround(0.1), -0, 2 ** -149, Number.NaN]],
    ["float64", [0.1, -0, 5e-324, Number.NaN]],
    ["int32", [-(2 ** 31), 2 ** 31 - 1]],
    ["int64", [-(2 ** 53), 2 ** 62]],
    ["uint8", [0, 255]],
    ["bool", [1, 0, 1]],
  ];

  test.each(values)("of %s is the same when it is read, and when it is used again", (dtype, numbers) => {
    const homes = new Homes(ground());
    const cell = new Cell([numbers.length], dtype);
    homes.of(cell, []);
    cell.write(new Storage(dtype, numbers.length, tensor(numbers, { dtype }).dataSync()));
    const home = homes.of(cell, []);
    home.put(cell.read().array());
    cell.beforeUpdate(); // only the device has it now
    homes.moveOut([], 0);
    expect(isIn(cell)).toBe(false);
    expect(homes.ground.memory.bytesInUse).toBe(0);
    expect([...cell.read().array()].map(Number)).toEqual(numbers);
    homes.of(cell, []);
    cell.beforeUpdate();
    expect([...cell.read().array()].map(Number)).toEqual(numbers);
  });

  test("and is assigned meanwhile has what was assigned; who read the old one keeps it", () => {
    const homes = new Homes(ground());
    const cell = counted(3, 5);
    homes.of(cell, []);
    cell.beforeUpdate();
    const old = cell.read();
    homes.moveOut([], 0);
    cell.write(new Storage("float32", 3, Float32Array.of(1, 2, 3)));
    homes.of(cell, []);
    cell.beforeUpdate();
    expect([...cell.read().array()]).toEqual([1, 2, 3]);
    expect([...old.array()]).toEqual([5, 6, 7]);
  });
});

describe("who stays and who leaves", () => {
  test("the cells of the program that is about to run stay, also where they alone exceed the room", () => {
    const homes = new Homes(ground(), mebibyte);
    const others = Array.from({ length: 10 }, (_, i) => counted(20_000, i));
    for (const cell of others) homes.of(cell, [cell]);
    const running = Array.from({ length: 40 }, (_, i) => counted(20_000, i)); // 3.2 MB
    homes.of(running[39]!, running); // the oldest of them
    for (const cell of running) homes.of(cell, running);
    expect(running.every(isIn)).toBe(true);
    expect(others.some(isIn)).toBe(false);
  });

  test("values that are used in turn are not moved for ever: the room grows until all are in", () => {
    const homes = new Homes(ground(), mebibyte);
    const cells = Array.from({ length: 40 }, (_, i) => counted(50_000, i)); // 8 MB
    for (let run = 1; run <= 400; run++) homes.of(cells[run % 40]!, [cells[run % 40]!]).lastRun = run;
    expect(cells.every(isIn)).toBe(true);
  });

  test("where the memory cannot grow, all that can leave do so", () => {
    const homes = new Homes(ground(32)); // 2 MiB, of which a room of 64 says nothing
    const cells = Array.from({ length: 20 }, (_, i) => counted(100_000, i)); // 0.4 MB each
    for (const cell of cells) homes.of(cell, [cell]);
    expect(cells.map((cell) => cell.read().array()[1])).toEqual(cells.map((_, i) => i + 1));
    expect(() => homes.of(counted(1_000_000, 0), [])).toThrow(/^wasm: out of memory: 3.815 MiB asked for/);
  });
});

describe("a step", () => {
  /** Losses and weights of ten steps with what happens between. */
  function trained(between: (model: nn.Sequential, optimizer: optim.Adam) => void): number[] {
    manualSeed(3);
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Linear(4, 1));
    const optimizer = new optim.Adam(model.parameters());
    const x = tensor([[1, 2, 3], [3, 1, -1], [0, 2, 2]]); // biome-ignore format: a batch
    const step = compile((input: Tensor) => {
      optimizer.zeroGrad();
      const loss = (model.forward(input) as Tensor).square().mean();
      loss.backward();
      optimizer.step();
      return loss;
    });
    const losses = Array.from({ length: 10 }, () => {
      const loss = step(x).itemSync();
      between(model, optimizer);
      return loss;
    });
    return [...losses, ...model.parameters().flatMap((p) => [...(p.dataSync() as Float32Array)])];
  }

  test("goes on bit for bit after what it trains has moved out", () => {
    const expected = trained(() => {});
    const interrupted = trained((model) => {
      const cells = model.parameters().map((p) => p.variable!.cell);
      for (const { residence } of cells) if (residence instanceof Home) residence.homes.moveOut([], 0);
      expect(cells.some(isIn)).toBe(false);
    });
    expect(interrupted).toEqual(expected);
  });

  test("goes on bit for bit after model and optimizer were disposed of", () => {
    const disposed = trained((model, optimizer) => {
      model.dispose();
      optimizer.dispose();
      expect(model.parameters().every((p) => p.variable!.cell.residence === null)).toBe(true);
      expect(optimizer.t.variable!.cell.residence).toBe(null);
    });
    expect(disposed).toEqual(trained(() => {}));
  });

  test("that was disposed of is traced anew when it is called again", () => {
    let traces = 0;
    const double = compile((x: Tensor) => {
      traces++;
      return x.mul(2);
    });
    double(tensor([1]));
    double.dispose();
    expect(double.programs).toBe(0);
    expect(double(tensor([4])).arraySync()).toEqual([8]);
    expect([traces, double.programs]).toEqual([2, 1]);
  });
});

describe("optimizers that keep more than moments", () => {
  test("L-BFGS goes on bit for bit after it was disposed of", () => {
    const run = (between: (optimizer: optim.LBFGS) => void): number[] => {
      const w = parameter(tensor([-1.2, 1], { dtype: "float64" }));
      const optimizer = new optim.LBFGS([w], { maxIter: 3, lr: 0.1 });
      for (let i = 0; i < 4; i++) {
        optimizer.step(() =>
          w
            .at(0)
            .sub(1)
            .square()
            .add(w.at(1).sub(w.at(0).square()).square()),
        );
        between(optimizer);
      }
      return [...(w.dataSync() as Float64Array)];
    };
    expect(run((optimizer) => optimizer.dispose())).toEqual(run(() => {}));
  });
});
