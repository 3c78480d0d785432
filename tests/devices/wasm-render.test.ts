/** What the renderer makes of registers: the code it writes, and a matrix product in registers. */
import v8 from "node:v8";
import { describe, expect, test } from "vitest";
import type { Reg } from "../../src/compiler/index.ts";
import { enableRelaxedSimd } from "../../src/devices/wasm/probe.ts";
import { renderProgram } from "../../src/devices/wasm/render.ts";
import { type KernelWriter, kernel, runKernel } from "./wasm-kernel.ts";
import { functionTexts } from "./wasm-text.ts";

const { relaxed: hasRelaxed } = enableRelaxedSimd(v8.setFlagsFromString);

function textOf(write: (k: KernelWriter) => void, relaxed = false): string {
  const program = {
    functions: [{ name: "kernel", body: kernel(write) }],
    buffers: [{ in: "scratch", offset: 64 }] as const,
  };
  return functionTexts(renderProgram(program, { relaxed }))[0]!;
}

const lines = (...text: readonly string[]) => text.join("\n");

describe("code", () => {
  test("a register used once needs no local, a constant never does", () => {
    const text = textOf((k) => {
      const sum = k.add(k.load("f32", 1, k.buffer(0), 4), k.number("f32", 0.5));
      k.store("f32", k.buffer(0), sum, 8);
    });
    expect(text).toBe(
      lines(
        "locals: none",
        "local.get 0",
        ...["local.get 0", "f32.load offset=68", "f32.const 0.5", "f32.add"], // the buffer begins at scratch + 64
        "f32.store offset=72",
      ),
    );
  });

  test("a register used twice is kept in a local, which its first use need not read", () => {
    const text = textOf((k) => {
      const x = k.load("i32", 1, k.buffer(0));
      const square = k.let("i32", 1, { op: "mul", a: x, b: x });
      k.do({ do: "copy", address: k.buffer(0), from: square, bytes: 1 });
    });
    expect(text).toBe(
      lines(
        "locals: 1 i32",
        ...["local.get 0", "i32.load offset=64", "local.set 2"],
        ...["local.get 0", "i32.const 64", "i32.add"],
        ...["local.get 2", "local.get 2", "i32.mul"],
        ...["i32.const 1", "memory.copy 0 0"],
      ),
    );
  });

  test("a loop tests its end after each trip, and before the first one if there may be none", () => {
    const text = textOf((k) => {
      k.loop(0, k.load("i32", 1, k.buffer(0)), 4, (i) => k.store("i32", k.buffer(0), i));
      k.loop(0, 10, 1, (i) => k.store("i32", k.buffer(0), i));
    });
    expect(text).toBe(
      lines(
        "locals: 2 i32",
        ...["local.get 0", "i32.load offset=64", "local.set 2"],
        "block",
        ...["  i32.const 0", "  local.tee 3", "  local.get 2", "  i32.ge_s", "  br_if 0"],
        "  loop",
        ...["    local.get 0", "    local.get 3", "    i32.store offset=64"],
        ...["    local.get 3", "    i32.const 4", "    i32.add", "    local.tee 3", "    local.get 2"],
        ...["    i32.lt_s", "    br_if 0"],
        "  end",
        "end",
        ...["i32.const 0", "local.set 3"],
        "loop",
        ...["  local.get 0", "  local.get 3", "  i32.store offset=64"],
        ...[
          "  local.get 3",
          "  i32.const 1",
          "  i32.add",
          "  local.tee 3",
          "  i32.const 10",
          "  i32.lt_s",
          "  br_if 0",
        ],
        "end",
      ),
    );
  });

  test("a local serves the next register when the first is dead", () => {
    const text = textOf((k) => {
      for (let i = 0; i < 3; i++) {
        const x = k.load("f64", 2, k.buffer(0), 16 * i);
        k.store("f64", k.buffer(0), k.let("f64", 2, { op: "mul", a: x, b: x }), 16 * i);
      }
    });
    expect(text).toMatch(/^locals: 1 v128\n/);
  });

  test("locals are declared type by type", () => {
    const text = textOf((k) => {
      for (const type of ["f32", "f64", "f32", "i32"] as const) {
        const x = k.load(type, 1, k.buffer(0));
        k.loop(0, 2, 1, () => k.store(type, k.buffer(0), x));
      }
    });
    expect(text).toMatch(/^locals: 2 i32, 1 f32, 1 f64\n/);
  });

  test("a multiply-add of vectors is one instruction where the target has it, else two as always for numbers", () => {
    const write = (lanes: 1 | 4) => (k: KernelWriter) => {
      const a = k.load("f32", lanes, k.buffer(0));
      k.store("f32", k.buffer(0), k.let("f32", lanes, { op: "madd", a, b: a, c: a }));
    };
    expect(textOf(write(4), true)).toContain("\nf32x4.relaxed_madd\n");
    expect(textOf(write(4), false)).toContain("\nf32x4.mul\nlocal.get 2\nf32x4.add\n");
    expect(textOf(write(1), true)).toContain("\nf32.mul\nlocal.get 2\nf32.add\n");
  });
});

/** C[r, c] = Σ_k A[k, r] · B[k, c] for 6 rows and 8 columns: twelve vectors of sums stay in registers while k runs. */
function multiplyTile(k: KernelWriter, depth: number): void {
  const [rows, vectors] = [6, 2];
  const zero = k.let("f32", 4, { op: "constant", value: 0 });
  const sums: Reg[] = Array.from({ length: rows * vectors }, () => k.let("f32", 4, { op: "convert", a: zero }));
  const [a, b] = [k.buffer(0), k.let("i32", 1, { op: "convert", a: k.buffer(1) })];
  const end = k.add(a, k.number("i32", 4 * rows * depth));
  k.loop(a, end, 4 * rows, (column) => {
    const right = [0, 1].map((v) => k.load("f32", 4, b, 16 * v));
    for (let r = 0; r < rows; r++) {
      const left = k.let("f32", 4, { op: "loadSplat", element: "f32", address: column, offset: 4 * r });
      for (let v = 0; v < vectors; v++) {
        const sum = sums[r * vectors + v]!;
        k.set(sum, { op: "madd", a: left, b: right[v]!, c: sum });
      }
    }
    k.set(b, { op: "add", a: b, b: k.number("i32", 16 * vectors) });
  });
  sums.forEach((sum, i) => {
    k.store("f32", k.buffer(2), sum, 16 * i);
  });
}

describe("arithmetic in registers", () => {
  const targets = hasRelaxed ? [false, true] : [false];

  test.each(targets)("a tile of a matrix product, relaxed %s", (relaxed) => {
    for (const depth of [0, 1, 2, 37]) {
      // whole numbers, so that the sums are exact in any order
      const left = Float32Array.from({ length: 6 * depth }, (_, i) => ((i * 7) % 11) - 5);
      const right = Float32Array.from({ length: 8 * depth }, (_, i) => ((i * 5) % 13) - 6);
      const found = new Float32Array(runKernel([left, right], 4 * 48, (k) => multiplyTile(k, depth), relaxed));
      const expected = Array.from({ length: 48 }, (_, i) => {
        const [row, column] = [Math.floor(i / 8), i % 8];
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += left[6 * k + row]! * right[8 * k + column]!;
        return sum;
      });
      expect([...found]).toEqual(expected);
    }
  });

  // x² − (1 + 2¹⁻ⁿ) with x = 1 + 2⁻ⁿ is 2⁻²ⁿ, which rounds away in x² already
  const fused = [
    { type: "f32", n: 12, lanes: 4, Values: Float32Array },
    { type: "f64", n: 27, lanes: 2, Values: Float64Array },
  ] as const;
  test.runIf(hasRelaxed).each(fused)(
    "a multiply-add of $type rounds once in vectors of the relaxed target only",
    (row) => {
      const { type, n, lanes, Values } = row;
      const compute = (inLanes: 1 | 2 | 4, relaxed: boolean) => {
        const buffer = runKernel(
          [],
          16,
          (k) => {
            const x = k.let(type, inLanes, { op: "constant", value: 1 + 2 ** -n });
            const c = k.let(type, inLanes, { op: "constant", value: -(1 + 2 ** (1 - n)) });
            k.store(type, k.buffer(0), k.let(type, inLanes, { op: "madd", a: x, b: x, c }));
          },
          relaxed,
        );
        return [...new Values(buffer)].slice(0, inLanes);
      };
      expect(compute(lanes, true)).toEqual(Array(lanes).fill(2 ** (-2 * n)));
      expect(compute(lanes, false)).toEqual(Array(lanes).fill(0));
      expect(compute(1, true)).toEqual([0]);
    },
  );
});
