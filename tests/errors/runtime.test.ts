/** Errors of computing: what is read too early or too late, devices that are deleted, mixed or full, what compile does not take. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Cell, DeviceError, DTypeError, ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import {
  defaultDevice,
  deleteDevice,
  deviceNames,
  getDevice,
  restartDevice,
  setDefaultDevice,
  Variable,
} from "../../src/runtime/index.ts";
import { compile, explain, parameter, scan, type Tensor, tensor, variable, zeros } from "../../src/tensor/index.ts";

/** A compiled step that trains a layer, and the layer. */
function trained() {
  const layer = new nn.Linear(2, 1, { device: "wasm" });
  const optimizer = new SGD(layer.parameters(), { lr: 0.1 });
  const step = compile((x: Tensor) => {
    optimizer.zeroGrad();
    const loss = layer.forward(x as Tensor<readonly [number, 2]>).sum();
    loss.backward();
    optimizer.step();
    return loss;
  });
  return { layer, step };
}

describe("inside compile()", () => {
  const unreadable = new DeviceError(
    "reading a value inside compile(): it is not known while the step is traced; return the tensor and read it from the step's result",
  );

  test.each([
    ["itemSync", (x: Tensor) => x.sum().itemSync()],
    ["dataSync", (x: Tensor) => x.dataSync()],
    ["arraySync", (x: Tensor) => x.mul(2).arraySync()],
  ])("%s says that values are not known yet", (_, read) => {
    const step = compile((x: Tensor) => {
      read(x);
      return x;
    });
    expect(() => step(tensor([1, 2]))).toThrow(unreadable);
  });

  test("so does reading a parameter, whose value will be another one when the step runs", () => {
    const w = parameter([1, 2]);
    expect(() => compile(() => w.sum().itemSync())()).toThrow(unreadable);
  });

  test("what comes from outside alone can be read", () => {
    const x = tensor([1, 2]);
    const step = compile((y: Tensor) => y.mul(x.sum().itemSync()));
    expect(step(tensor([1, 10])).arraySync()).toEqual([3, 30]);
  });

  test("a tensor that leaves the step by another way than its result cannot be read afterwards", () => {
    let inner: Tensor = tensor(0);
    compile((x: Tensor) => {
      inner = x.mul(2);
      return x;
    })(tensor([1, 2]));
    expect(() => inner.dataSync()).toThrow(
      new DeviceError(
        "reading a tensor that was made inside compile() or a step of scan(): return it from there to read it",
      ),
    );
  });

  test("a failed trace leaves nothing behind: the next one works, and values can be read", () => {
    const w = variable([1, 2]);
    const failing = compile(() => {
      w.assign(w.add(1));
      throw new Error("no");
    });
    expect(() => failing()).toThrow("no");
    expect(w.arraySync()).toEqual([1, 2]);
    expect(compile((x: Tensor) => x.add(w))(tensor([1, 1])).arraySync()).toEqual([2, 3]);
  });

  test("another compiled function is part of the step", () => {
    const double = compile((x: Tensor) => x.mul(2));
    const step = compile((x: Tensor) => double(x).add(1));
    expect(step(tensor([1, 2])).arraySync()).toEqual([3, 5]);
    expect(double.programs).toBe(0);
  });

  test("explain cannot trace another step", () => {
    const step = compile((x: Tensor) => {
      explain((y: Tensor) => y, x);
      return x;
    });
    expect(() => step(tensor([1]))).toThrow(
      new ValueError(
        "compile: a compiled function was called while another one was being traced; call the plain function inside",
      ),
    );
  });

  test("a tensor of another trace, or of a step of a loop, is refused, though it carries the number of an argument", () => {
    const refusal = (shape: string) =>
      new ValueError(
        `compile: the function uses a tensor that is made of float32 ${shape} of another compiled function or of a step of scan(), where it ended with the call; return it from there and hand it over`,
      );
    let inner: Tensor = tensor(0);
    compile((x: Tensor) => {
      inner = x;
      return x;
    })(tensor([1, 2]));
    expect(() => compile((x: Tensor) => x.add(inner))(tensor([3, 4]))).toThrow(refusal("[2]"));
    expect(() => compile((x: Tensor) => [x, inner.sum()])(tensor([3, 4]))).toThrow(refusal("[2]"));
    const w = variable([0, 0]);
    expect(() => compile((x: Tensor) => w.assign(x.mul(inner)))(tensor([3, 4]))).toThrow(refusal("[2]"));
    scan(
      ([s], [x]) => {
        inner = x!;
        return { state: [s!.add(x!)] };
      },
      [tensor(0)],
      [tensor([1, 2])],
    );
    expect(() => compile((x: Tensor) => x.mul(inner))(tensor([3, 4]))).toThrow(refusal("[]"));
  });

  test("so is a parameter's value that a trace has seen", () => {
    const w = parameter([1, 2]);
    let inner: Tensor = tensor(0);
    compile(() => {
      inner = w.mul(2);
      return inner;
    })();
    expect(() => compile(() => w.add(inner))()).toThrow("made of float32 [2] of another compiled function");
  });
});

describe("what compile takes and gives", () => {
  test("arguments are tensors and plain values", () => {
    const step = compile((x: Tensor, f: unknown) => (f === undefined ? x : x.add(1)));
    const wrong = (word: string) => new ValueError(`compile: an argument is a ${word}; close over it instead`);
    expect(() => step(tensor(1), Math.sin)).toThrow(wrong("function"));
    expect(() => step(tensor(1), Symbol("s"))).toThrow(wrong("symbol"));
  });

  test("an argument whose changes cannot be seen, or that contains itself, is refused by name", () => {
    class Settings {
      rate = 1;
    }
    const step = compile((_: unknown) => tensor(1));
    expect(() => step(new Settings())).toThrow(
      new ValueError(
        "compile: an argument is a Settings, whose changes cannot be seen; hand over its values, or close over it",
      ),
    );
    expect(() => step([new WeakMap()])).toThrow("an argument is a WeakMap");
    expect(() => step({ [Symbol("s")]: 1 })).toThrow(
      new ValueError("compile: an argument has symbols for keys; give its fields names"),
    );
    const list: unknown[] = [];
    list.push({ list });
    expect(() => step(list)).toThrow(new ValueError("compile: an argument contains itself; hand over its parts"));
  });

  test("so is a result that is not plain", () => {
    const wrong = (what: string) =>
      new ValueError(`compile: the function returns ${what}; return tensors and plain values`);
    expect(() => compile(() => new Date())()).toThrow(wrong("a Date"));
    expect(() => compile(() => [new Map()])()).toThrow(wrong("a Map"));
    expect(() => compile(() => ({ values: new Float32Array(2) }))()).toThrow(wrong("a Float32Array"));
    const list: unknown[] = [];
    list.push(list);
    expect(() => compile(() => list)()).toThrow(wrong("an object that contains itself"));
  });

  test("results are tensors and plain values", () => {
    const wrong = (word: string) =>
      new ValueError(`compile: the function returns a ${word}; return tensors and plain values`);
    expect(() => compile(() => Math.sin)()).toThrow(wrong("function"));
    expect(() => compile(() => Symbol("s"))()).toThrow(wrong("symbol"));
    expect(compile(() => ({ n: 1n, text: "a", none: null, not: undefined }))()).toEqual({
      n: 1n,
      text: "a",
      none: null,
      not: undefined,
    });
  });

  test("the function is not async", () => {
    expect(() => compile(async (x: Tensor) => x)(tensor(1))).toThrow(
      new ValueError("compile: the function is async; compile the part that computes"),
    );
  });
});

describe("an assignment", () => {
  test("keeps the shape", () => {
    expect(() => variable([1, 2]).assign(zeros([3]))).toThrow(
      new ShapeError("assign: a value of shape [3] does not fit a variable of shape [2]"),
    );
  });

  test("keeps the dtype", () => {
    expect(() => new Variable([2], "float32").assign(zeros([2], { dtype: "int32" }).node)).toThrow(
      new DTypeError("assign: a value of int32 does not fit a variable of float32; cast it first"),
    );
  });
});

describe("a device", () => {
  const before = defaultDevice();
  afterEach(() => {
    setDefaultDevice(before);
    vi.unstubAllEnvs();
  });

  test("that does not exist is named beside those that do", () => {
    const message = `device "gpu" does not exist; there are ${deviceNames().join(", ")}`;
    expect(() => getDevice("gpu")).toThrow(new DeviceError(message));
    expect(() => setDefaultDevice("gpu")).toThrow(new DeviceError(message));
    expect(() => zeros([2], { device: "gpu" }).dataSync()).toThrow(new DeviceError(message));
  });

  test("that the environment names must exist", async () => {
    vi.stubEnv("GRADUS_DEVICE", "gpu");
    vi.resetModules();
    const fresh = await import("../../src/runtime/index.ts"); // it reads the environment once
    expect(() => fresh.defaultDevice()).toThrow('device "gpu" does not exist; there are reference, wasm');
  });

  test("does not compute with values of another one", () => {
    const [a, b] = [tensor([1, 2], { device: "wasm" }), tensor([1, 2], { device: "reference" })];
    expect(() => a.add(b)).toThrow(
      new DeviceError(
        'add: operands live on "wasm" and "reference"; copy one of them with tensor(x.arraySync(), { device })',
      ),
    );
    expect(a.add(tensor(b.arraySync(), { device: "wasm" })).arraySync()).toEqual([2, 4]);
  });

  test("does not share a variable with another one", () => {
    const [cell, x] = [new Cell([2], "float32"), variable([1, 2], { device: "wasm" })];
    cell.residence = { current: true, isGone: false, fetch: () => Float32Array.of(1, 2), free() {} };
    const executable = getDevice("wasm").prepare({
      inputs: [],
      states: [x.node],
      outputs: [x.node],
      updates: [],
    });
    expect(() => executable.run([], [cell])).toThrow(
      new DeviceError("a variable is in use on two devices; keep it on one"),
    );
  });
});

describe("a deleted device", () => {
  const gone =
    'the device "wasm" was deleted; the values that lived there are gone: keep what you need with data() before deleting it';
  beforeEach(() => restartDevice("wasm"));
  afterEach(() => restartDevice("wasm"));

  test("gives no value that lived there", () => {
    const { layer, step } = trained();
    step(tensor([[1, 2]]));
    deleteDevice("wasm");
    expect(() => layer.weight.dataSync()).toThrow(new DeviceError(`reading a value: ${gone}`));
  });

  test("runs no program", () => {
    const { step } = trained();
    step(tensor([[1, 2]]));
    deleteDevice("wasm");
    expect(() => step(tensor([[1, 2]]))).toThrow(new DeviceError(gone));
    restartDevice("wasm");
    expect(() => step(tensor([[1, 2]]))).toThrow(new DeviceError(gone)); // it belongs to the one that was deleted
  });

  test("computes nothing until it is started anew", () => {
    const x = tensor([1, 2], { device: "wasm" });
    expect(x.add(1).arraySync()).toEqual([2, 3]);
    deleteDevice("wasm");
    const message = 'the device "wasm" was deleted; its values are gone, start it anew with restartDevice("wasm")';
    expect(() => x.add(2).arraySync()).toThrow(new DeviceError(message));
    expect(() => getDevice("wasm")).toThrow(new DeviceError(message));
    expect(() => deleteDevice("wasm")).toThrow(new DeviceError(message));
    restartDevice("wasm");
    expect(x.add(1).arraySync()).toEqual([2, 3]);
  });

  test("leaves what was read before, and parameters that were can go on on the new one", () => {
    const { layer, step } = trained();
    const loss = step(tensor([[1, 2]]));
    const [weight, bias] = [layer.weight.arraySync(), layer.bias!.arraySync()];
    deleteDevice("wasm");
    expect(layer.weight.arraySync()).toEqual(weight);
    expect(loss.itemSync()).toBeCloseTo(weight[0]![0]! + 2 * weight[0]![1]! + bias[0]! + 0.6, 5); // before the step of 0.1 · [1, 2] and 0.1
    restartDevice("wasm");
    const next = compile((x: Tensor) => layer.forward(x as Tensor<readonly [number, 2]>));
    expect(next(tensor([[1, 0]])).itemSync()).toBeCloseTo(weight[0]![0]! + bias[0]!, 6);
  });
});

describe("an engine without memory left", () => {
  afterEach(() => vi.restoreAllMocks());

  test("says what was asked for, and goes on with less", () => {
    const huge = zeros([40_000, 40_000], { device: "wasm" }).add(1); // 5.96 GiB; an address has 32 bits
    expect(() => huge.dataSync()).toThrow(
      new ShapeError(
        "constant: float32 [40000, 40000] takes 6.0 GiB, and memory ends at 4 GiB; compute it in parts, along an axis",
      ),
    );
    expect(zeros([4], { device: "wasm" }).add(1).arraySync()).toEqual([1, 1, 1, 1]);
  });

  test("also where the engine refuses what an address could reach, with its reason", () => {
    vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
    });
    const large = zeros([8_000, 8_000], { device: "wasm" }).add(1);
    expect(() => large.dataSync()).toThrow(
      expect.objectContaining({
        name: "DeviceError",
        message: expect.stringMatching(/^wasm: out of memory: 244\.\d+ MiB asked for/),
        cause: expect.any(RangeError),
      }),
    );
  });

  test("keeps the values of a training step that did not run", () => {
    const { layer, step } = trained();
    step(tensor([[1, 2]]));
    const before = layer.weight.arraySync();
    const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
      throw new RangeError("no");
    });
    expect(() => step(zeros([4_000_000, 2]))).toThrow("wasm: out of memory");
    grow.mockRestore();
    expect(layer.weight.arraySync()).toEqual(before);
    step(tensor([[1, 2]]));
    expect(layer.weight.arraySync()[0]![0]).toBeCloseTo(before[0]![0]! - 0.1, 6);
  });
});
