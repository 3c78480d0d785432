/** Constants, lanes, memory and control flow of the loop language, rendered to WebAssembly. */
import { describe, expect, test } from "vitest";
import type { Element, Lanes, LoopProgram, Reg } from "../../src/compiler/index.ts";
import {
  type KernelWriter,
  kernel,
  Machine,
  type RegisterType,
  registerOf,
  runKernel,
  type Values,
} from "./wasm-kernel.ts";

/** Runs a kernel without inputs that leaves `count` numbers in its output. */
function outputs(count: number, write: (k: KernelWriter, out: Reg) => void): number[] {
  return [...new Int32Array(runKernel([], 4 * count, (k) => write(k, k.buffer(0))))];
}

describe("constants", () => {
  test.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)])("i32 %i", (value) => {
    expect(outputs(1, (k, out) => k.store("i32", out, k.number("i32", value)))).toEqual([value]);
  });

  test.each([0n, -1n, 64n, -65n, 2n ** 40n, 2n ** 63n - 1n, -(2n ** 63n), 0x8000_0000_0000_0001n])(
    "i64 %i",
    (value) => {
      const buffer = runKernel([], 8, (k) => {
        k.store("f64", k.buffer(0), k.let("f64", 1, { op: "bitcast", a: k.number("i64", value) }));
      });
      expect(new BigInt64Array(buffer)[0]).toBe(BigInt.asIntN(64, value));
    },
  );

  test.each([0, -0, 0.1, Number.NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE])("f64 %d", (value) => {
    const buffer = runKernel([], 16, (k) => {
      k.store("f64", k.buffer(0), k.number("f64", value));
      k.store("f32", k.buffer(0), k.number("f32", value), 8);
    });
    expect(new Float64Array(buffer)[0]).toBe(value);
    expect(new Float32Array(buffer)[2]).toBe(Math.fround(value));
  });

  test("in all lanes, written as such or splatted", () => {
    const buffer = runKernel([], 32, (k) => {
      k.store("f32", k.buffer(0), k.let("f32", 4, { op: "constant", value: 1.5 }));
      k.store("f64", k.buffer(0), k.let("f64", 2, { op: "splat", a: k.number("f64", -0) }), 16);
    });
    expect([...new Float32Array(buffer, 0, 4)]).toEqual([1.5, 1.5, 1.5, 1.5]);
    expect([...new Float64Array(buffer, 16, 2)]).toEqual([-0, -0]);
  });

  test("true in all lanes chooses the first operand", () => {
    const found = outputs(4, (k, out) => {
      const mask = k.let("mask", 4, { op: "constant", value: 1 });
      const [a, b] = [k.let("i32", 4, { op: "constant", value: 7 }), k.let("i32", 4, { op: "constant", value: 9 })];
      k.store("i32", out, k.let("i32", 4, { op: "select", mask, a, b }));
    });
    expect(found).toEqual([7, 7, 7, 7]);
  });
});

/** Elements in memory, and two vectors' worth of values. */
const elements: readonly { element: Element; lanes: readonly Lanes[]; values: Values }[] = [
  { element: "f32", lanes: [1, 4], values: Float32Array.of(1.5, -0, Number.NaN, Infinity, 2, 3, 4, 5) },
  { element: "f64", lanes: [1, 2], values: Float64Array.of(Math.PI, -0, Number.NaN, -Infinity) },
  { element: "i32", lanes: [1, 4], values: Int32Array.of(1, -1, 2 ** 31 - 1, -(2 ** 31), 5, 6, 7, 8) },
  { element: "i64", lanes: [1], values: BigInt64Array.of(1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 5n) },
  { element: "i16", lanes: [1, 4], values: Int16Array.of(0, -1, 32767, -32768, 256, 255, -256, 4) },
  { element: "u16", lanes: [1, 4], values: Uint16Array.of(0, 1, 32767, 32768, 65535, 255, 256, 4) },
  { element: "i8", lanes: [1, 4], values: Int8Array.of(0, -1, 127, -128, 1, 2, 3, 4) },
  { element: "u8", lanes: [1, 4], values: Uint8Array.of(0, 1, 127, 128, 255, 254, 3, 4) },
  { element: "bool", lanes: [1, 2, 4], values: Uint8Array.of(1, 0, 0, 1, 1, 1, 0, 0) },
];
const accesses = elements.flatMap(({ element, lanes, values }) => lanes.map((n) => ({ element, lanes: n, values })));
const vectors = accesses.filter(({ lanes }) => lanes > 1);

describe("memory", () => {
  test.each(accesses)(
    "$element in $lanes lanes is stored as it was loaded, and nothing beside it",
    ({ element, lanes, values }) => {
      const size = values.BYTES_PER_ELEMENT;
      const buffer = runKernel([values], values.byteLength, (k) => {
        for (let i = 0; i < values.length - lanes; i += lanes) {
          k.store(element, k.buffer(1), k.load(element, lanes, k.buffer(0), i * size), i * size);
        }
      });
      const expected = new Uint8Array(values.slice().buffer);
      expected.fill(0, expected.length - lanes * size); // the last ones were left out
      expect([...new Uint8Array(buffer)]).toEqual([...expected]);
    },
  );

  test.each(vectors)("one $element is loaded into $lanes lanes", ({ element, lanes, values }) => {
    const size = values.BYTES_PER_ELEMENT;
    const buffer = runKernel([values], lanes * size, (k) => {
      const all = k.let(registerOf(element), lanes, {
        op: "loadSplat",
        element,
        address: k.buffer(0),
        offset: 3 * size,
      });
      k.store(element, k.buffer(1), all);
    });
    const one = [...new Uint8Array(values.slice().buffer)].slice(3 * size, 4 * size);
    expect([...new Uint8Array(buffer)]).toEqual(Array.from({ length: lanes }, () => one).flat());
  });

  test.each([
    ["i8", Int8Array.of(-1, 127, -128, 5), [-1, 127, -128, 5]],
    ["u8", Uint8Array.of(255, 127, 128, 5), [255, 127, 128, 5]],
    ["i16", Int16Array.of(-1, 32767, -32768, 5), [-1, 32767, -32768, 5]],
    ["u16", Uint16Array.of(65535, 32767, 32768, 5), [65535, 32767, 32768, 5]],
  ] as const)("%s keep their sign, or have none, as i32", (element, values, expected) => {
    for (const lanes of [1, 4] as const) {
      const buffer = runKernel([values], 16, (k) => {
        for (let i = 0; i < 4; i += lanes) {
          k.store("i32", k.buffer(1), k.load(element, lanes, k.buffer(0), i * values.BYTES_PER_ELEMENT), 4 * i);
        }
      });
      expect([...new Int32Array(buffer)]).toEqual(expected);
    }
  });

  test.each([1, 4] as const)("the low byte of an i32 is stored as uint8, in %i lanes", (lanes) => {
    const values = Int32Array.of(256, 511, -1, 0x1234_5678);
    const buffer = runKernel([values], 4, (k) => {
      for (let i = 0; i < 4; i += lanes) k.store("u8", k.buffer(1), k.load("i32", lanes, k.buffer(0), 4 * i), i);
    });
    expect([...new Uint8Array(buffer)]).toEqual([0, 255, 255, 0x78]);
  });

  test("addresses need no alignment and may have large constant parts", () => {
    const found = outputs(2, (k, out) => {
      const odd = k.add(out, k.number("i32", -999));
      k.store("i32", odd, k.number("i32", 77), 1003);
      k.store("i32", out, k.number("i32", 88), 70_001);
      k.store("i32", out, k.load("i32", 1, out, 70_001));
    });
    expect(found).toEqual([88, 77]);
  });

  test("zeros are filled in and bytes copied", () => {
    const buffer = runKernel([Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)], 8, (k) => {
      const [from, address] = [k.buffer(0), k.buffer(1)];
      k.do({ do: "copy", address, from, bytes: 7 });
      k.do({ do: "zero", address: k.add(address, k.number("i32", 2)), bytes: 3 });
    });
    expect([...new Uint8Array(buffer)]).toEqual([1, 2, 0, 0, 0, 6, 7, 0]);
  });

  test("buffers begin in the scratch memory or at an address in the table of states", () => {
    const program: LoopProgram = {
      buffers: [
        { in: "scratch", offset: 0 },
        { in: "scratch", offset: 256 },
        { in: "state", slot: 2 },
      ],
      functions: [
        {
          name: "copies",
          body: kernel((k) => {
            k.store("i32", k.buffer(1), k.load("i32", 1, k.buffer(0)));
            k.store("i32", k.buffer(2), k.load("i32", 1, k.buffer(1)));
          }),
        },
      ],
    };
    const machine = new Machine(program);
    machine.write(4096, Int32Array.of(1234));
    machine.write(8192, Int32Array.of(0, 0, 20_000));
    machine.run(4096, 8192);
    expect(new Int32Array(machine.bytes(20_000, 4).buffer)[0]).toBe(1234);
  });
});

/** Some lanes of every type, and how they are read from memory. */
const lanesOf: readonly { type: RegisterType; lanes: Lanes; element: Element; values: Values }[] = [
  { type: "f32", lanes: 4, element: "f32", values: Float32Array.of(1.5, -2, Number.NaN, 4) },
  { type: "f64", lanes: 2, element: "f64", values: Float64Array.of(-0, 2) },
  { type: "i32", lanes: 4, element: "i32", values: Int32Array.of(1, -2, 3, 2 ** 31 - 1) },
  { type: "i64", lanes: 2, element: "f64", values: BigInt64Array.of(-5n, 2n ** 50n) },
  { type: "mask", lanes: 2, element: "bool", values: Uint8Array.of(1, 0) },
  { type: "mask", lanes: 4, element: "bool", values: Uint8Array.of(0, 1, 1, 0) },
];

describe("lanes", () => {
  const bytesOf = (values: Values) => [...new Uint8Array(values.slice().buffer)];
  const cast = (k: KernelWriter, type: RegisterType, a: Reg) =>
    a.type === type ? a : k.let(type, a.lanes, { op: "bitcast", a }); // i64 travels as f64

  test.each(lanesOf)("$type: $lanes numbers are joined in order", ({ type, lanes, element, values }) => {
    const size = values.BYTES_PER_ELEMENT;
    const buffer = runKernel([values], lanes * size, (k) => {
      const parts = Array.from({ length: lanes }, (_, i) => cast(k, type, k.load(element, 1, k.buffer(0), i * size)));
      k.store(element, k.buffer(1), cast(k, registerOf(element), k.let(type, lanes, { op: "join", parts })));
    });
    expect([...new Uint8Array(buffer)]).toEqual(bytesOf(values));
  });

  test.each(lanesOf)("$type: each of $lanes lanes is extracted", ({ type, lanes, element, values }) => {
    const size = values.BYTES_PER_ELEMENT;
    const buffer = runKernel([values], lanes * size, (k) => {
      const a = cast(k, type, k.load(element, lanes, k.buffer(0)));
      for (let lane = 0; lane < lanes; lane++) {
        const part = k.let(type, 1, { op: "extract", a, lane });
        k.store(element, k.buffer(1), cast(k, registerOf(element), part), lane * size);
      }
    });
    expect([...new Uint8Array(buffer)]).toEqual(bytesOf(values));
  });

  test.each(lanesOf)("$type: one number is splatted to $lanes lanes", ({ type, lanes, element, values }) => {
    const size = values.BYTES_PER_ELEMENT;
    const buffer = runKernel([values], lanes * size, (k) => {
      const a = cast(k, type, k.load(element, 1, k.buffer(0), size));
      k.store(element, k.buffer(1), cast(k, registerOf(element), k.let(type, lanes, { op: "splat", a })));
    });
    const one = bytesOf(values).slice(size, 2 * size);
    expect([...new Uint8Array(buffer)]).toEqual(Array.from({ length: lanes }, () => one).flat());
  });
});

describe("division by a constant", () => {
  const ends = [
    0,
    1,
    2,
    3,
    5,
    6,
    7,
    9,
    10,
    63,
    64,
    65,
    99,
    100,
    4095,
    65_535,
    65_536,
    1e6,
    1e9,
    2 ** 30,
    2 ** 31 - 2,
    2 ** 31 - 1,
  ];
  const divisors = [
    1,
    2,
    3,
    5,
    6,
    7,
    9,
    10,
    28,
    64,
    100,
    641,
    1000,
    65_537,
    1_431_655_765,
    2 ** 30,
    2 ** 30 + 1,
    2 ** 31 - 1,
  ];

  test.each([1, 4] as const)("quotient and remainder of everything not negative, in %i lanes", (lanes) => {
    for (const by of divisors) {
      const around = [1, 2, 3, 1000].flatMap((n) => [n * by - 1, n * by, n * by + 1]).filter((n) => n < 2 ** 31);
      const values = Int32Array.from([...ends, ...around, 0, 0, 0]).slice(
        0,
        -((ends.length + around.length + 3) % 4) || undefined,
      );
      const size = values.byteLength;
      const buffer = runKernel([values], 2 * size, (k) => {
        for (let i = 0; i < values.length; i += lanes) {
          const a = k.load("i32", lanes, k.buffer(0), 4 * i);
          k.store("i32", k.buffer(1), k.let("i32", lanes, { op: "quotient", a, by }), 4 * i);
          k.store("i32", k.buffer(1), k.let("i32", lanes, { op: "remainder", a, by }), size + 4 * i);
        }
      });
      const found = new Int32Array(buffer);
      expect([...found.slice(0, values.length)]).toEqual([...values].map((n) => Math.floor(n / by)));
      expect([...found.slice(values.length)]).toEqual([...values].map((n) => n % by));
    }
  });
});

/** A mutable i32 that begins at 0. */
function total(k: KernelWriter): Reg {
  return k.let("i32", 1, { op: "convert", a: k.number("i32", 0) });
}

describe("loops", () => {
  const bounds = [
    { from: 0, to: 5, step: 1, counters: [0, 1, 2, 3, 4] },
    { from: 0, to: 5, step: 2, counters: [0, 2, 4] },
    { from: -3, to: 4, step: 3, counters: [-3, 0, 3] },
    { from: 3, to: 4, step: 8, counters: [3] },
    { from: 0, to: 0, step: 1, counters: [] },
    { from: 5, to: 2, step: 1, counters: [] },
  ];
  const kinds = {
    numbers: [false, false],
    "from a register": [true, false],
    "to a register": [false, true],
    registers: [true, true],
  };

  test.each(Object.entries(kinds))("with bounds given by %s", (_, [fromRegister, toRegister]) => {
    for (const { from, to, step, counters } of bounds) {
      if (fromRegister && from < 0) continue; // the start in a register is an address or a count
      const buffer = runKernel([Int32Array.of(from, to)], 4 * 8, (k) => {
        const next = k.let("i32", 1, { op: "convert", a: k.buffer(1) });
        const start = fromRegister ? k.load("i32", 1, k.buffer(0)) : from;
        const end = toRegister ? k.load("i32", 1, k.buffer(0), 4) : to;
        k.loop(start, end, step, (i) => {
          k.store("i32", next, k.add(i, k.number("i32", 100)));
          k.set(next, { op: "add", a: next, b: k.number("i32", 4) });
        });
      });
      const found = [...new Int32Array(buffer)].filter((n) => n !== 0);
      expect(found).toEqual(counters.map((n) => n + 100));
    }
  });

  test("over addresses on both sides of 2 GiB", () => {
    const middle = 2 ** 31;
    const body = kernel((k) => {
      const start = k.buffer(0);
      k.loop(start, k.add(start, k.number("i32", 16)), 4, (at) => k.store("i32", at, k.number("i32", 7)));
    });
    const program: LoopProgram = { functions: [{ name: "fill", body }], buffers: [{ in: "scratch", offset: 0 }] };
    const machine = new Machine(program, { pages: 32_769 });
    machine.run(middle - 8);
    expect([...new Int32Array(machine.bytes(middle - 12, 24).buffer)]).toEqual([0, 7, 7, 7, 7, 0]);
  });

  test("a bound in a register that is a constant", () => {
    const found = outputs(1, (k, out) => {
      const sum = total(k);
      k.loop(k.number("i32", 1), k.number("i32", 5), 1, (i) => k.set(sum, { op: "add", a: sum, b: i }));
      k.store("i32", out, sum);
    });
    expect(found).toEqual([10]);
  });

  test("inner loops run anew in each trip, with bounds from outer counters", () => {
    const found = outputs(2, (k, out) => {
      const [trips, sum] = [total(k), total(k)];
      k.loop(0, 10, 1, (i) => {
        k.loop(i, 10, 1, (j) => {
          k.set(trips, { op: "add", a: trips, b: k.number("i32", 1) });
          k.set(sum, { op: "add", a: sum, b: k.let("i32", 1, { op: "mul", a: i, b: j }) });
        });
      });
      k.store("i32", out, trips);
      k.store("i32", out, sum, 4);
    });
    let sum = 0;
    for (let i = 0; i < 10; i++) for (let j = i; j < 10; j++) sum += i * j;
    expect(found).toEqual([55, sum]);
  });

  test("the body of `if` runs where an i32 or a mask is not 0", () => {
    const found = outputs(2, (k, out) => {
      const [odd, large] = [total(k), total(k)];
      k.loop(0, 10, 1, (i) => {
        k.when(k.let("i32", 1, { op: "remainder", a: i, by: 2 }), () => k.set(odd, { op: "add", a: odd, b: i }));
        k.when(k.let("mask", 1, { op: "ge", a: i, b: k.number("i32", 7) }), () =>
          k.set(large, { op: "add", a: large, b: i }),
        );
      });
      k.store("i32", out, odd);
      k.store("i32", out, large, 4);
    });
    expect(found).toEqual([1 + 3 + 5 + 7 + 9, 7 + 8 + 9]);
  });
});

describe("what is computed late is computed from the old values", () => {
  test("a load before a store to the same place", () => {
    const found = outputs(2, (k, out) => {
      k.store("i32", out, k.number("i32", 5));
      const before = k.add(k.load("i32", 1, out), k.number("i32", 1));
      k.store("i32", out, k.number("i32", 50));
      k.store("i32", out, before, 4);
    });
    expect(found).toEqual([50, 6]);
  });

  test("a load before a loop that stores, before zeroing and before a copy", () => {
    const found = outputs(8, (k, out) => {
      for (let i = 0; i < 4; i++) k.store("i32", out, k.number("i32", i + 1), 4 * i);
      const a = k.load("i32", 1, out);
      k.loop(0, 2, 1, () => k.store("i32", out, k.number("i32", 90)));
      const b = k.load("i32", 1, out, 4);
      k.do({ do: "zero", address: k.add(out, k.number("i32", 4)), bytes: 4 });
      const c = k.load("i32", 1, out, 8);
      k.do({ do: "copy", address: k.add(out, k.number("i32", 8)), from: out, bytes: 4 });
      k.store("i32", out, a, 16);
      k.store("i32", out, b, 20);
      k.store("i32", out, c, 24);
    });
    expect(found).toEqual([90, 0, 90, 4, 1, 2, 3, 0]);
  });

  test("a copy of a mutable register before it is set, also by a loop", () => {
    const found = outputs(3, (k, out) => {
      const x = total(k);
      const first = k.let("i32", 1, { op: "convert", a: x });
      k.set(x, { op: "constant", value: 3 });
      const second = k.add(x, x);
      k.loop(0, 2, 1, () => k.set(x, { op: "add", a: x, b: k.number("i32", 10) }));
      k.store("i32", out, first);
      k.store("i32", out, second, 4);
      k.store("i32", out, x, 8);
    });
    expect(found).toEqual([0, 6, 23]);
  });

  test("the operands of the statement that changes them", () => {
    const found = outputs(1, (k, out) => {
      const x = total(k);
      k.loop(0, 3, 1, () => {
        const current = k.let("i32", 1, { op: "convert", a: x });
        const next = k.add(current, k.number("i32", 2));
        k.set(x, { op: "convert", a: next });
        k.store("i32", out, k.add(k.load("i32", 1, out), next));
      });
    });
    expect(found).toEqual([2 + 4 + 6]);
  });

  test("chains of any length", () => {
    const length = 20_000;
    const found = outputs(1, (k, out) => {
      let x = k.load("i32", 1, out);
      for (let i = 0; i < length; i++) x = k.add(x, k.number("i32", 1));
      k.store("i32", out, x);
    });
    expect(found).toEqual([length]);
  });
});

describe("programs", () => {
  test("call the host with the number of the call and both addresses, and run kernels in order", () => {
    const calls: number[][] = [];
    const append = (digit: number) =>
      kernel((k) => {
        const shifted = k.let("i32", 1, { op: "mul", a: k.load("i32", 1, k.buffer(0)), b: k.number("i32", 10) });
        k.store("i32", k.buffer(0), k.add(shifted, k.number("i32", digit)));
        k.do({ do: "host", call: digit });
      });
    const program: LoopProgram = {
      buffers: [{ in: "scratch", offset: 0 }],
      functions: [7, 8, 9].map((digit) => ({ name: `append ${digit}`, body: append(digit) })),
    };
    const host = (call: number, scratch: number, table: number) => {
      calls.push([call, scratch, table, new Int32Array(machine.bytes(scratch, 4).buffer)[0]!]);
    };
    const machine = new Machine(program, { host });
    machine.run(2048, 4096);
    expect(calls).toEqual([
      [7, 2048, 4096, 7],
      [8, 2048, 4096, 78],
      [9, 2048, 4096, 789],
    ]);
  });

  test("without kernels do nothing", () => {
    expect(() => new Machine({ functions: [], buffers: [] }).run()).not.toThrow();
  });

  test("must give a register its value before it is used", () => {
    const stray: Reg = { id: 9, type: "i32", lanes: 1 };
    const body = kernel((k) => k.store("i32", stray, k.number("i32", 1)));
    expect(() => new Machine({ functions: [{ name: "stray", body }], buffers: [] })).toThrow(
      new Error("wasm: register 9 is used before its definition"),
    );
  });
});
