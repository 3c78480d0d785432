import { afterEach, describe, expect, test, vi } from "vitest";
import { gradus } from "./terminal.ts";

/** What the engine pretends to be able to do. */
const pretended = vi.hoisted(() => ({ features: null as { simd: boolean; relaxed: boolean } | null }));

vi.mock("../../src/runtime/index.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/runtime/index.ts")>();
  return { ...original, engineFeatures: () => pretended.features ?? original.engineFeatures() };
});

afterEach(() => {
  pretended.features = null;
});

describe("gradus doctor", () => {
  test("names device and reason, SIMD kind, threads, versions, and that the device computes", async () => {
    const { code, out, err } = await gradus("doctor");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^gradus \d+\.\d+\.\d+$/m);
    expect(out).toMatch(/^✓ node +20|^✓ node +\d{2}\.\d+\.\d+ \(V8 /m);
    expect(out).toMatch(/^✓ device +wasm, the fastest of this version$/m);
    expect(out).toMatch(/^✓ simd +128-bit vectors$/m);
    expect(out).toMatch(/^[✓·] relaxed simd +/m);
    expect(out).toMatch(/^· threads +1 runs programs; \d+ (of \d+ )?cores/m);
    expect(out).toMatch(/^✓ computes +33 × 33 matrices multiply exactly; WebAssembly/m);
    expect(out.trimEnd().split("\n").at(-1)).toBe("everything needed is there");
  });

  test("says who chose the device", async () => {
    const { code, out } = await gradus("doctor", "--device", "reference");
    expect(out).toMatch(/^✓ device +reference, named by --device$/m);
    expect(code).toBe(0);
  });

  test("without relaxed SIMD says what it costs and how to get it, and is content", async () => {
    pretended.features = { simd: true, relaxed: false };
    const { code, out } = await gradus("doctor");
    expect(out).toMatch(
      /^· relaxed simd +this engine or processor has no fused multiply-add\n +matrix products run at about half speed: Node 20/m,
    );
    expect(code).toBe(0);
  });

  test("without SIMD says what to do, and ends with 1", async () => {
    pretended.features = { simd: false, relaxed: false };
    const { code, out } = await gradus("doctor");
    expect(out).toMatch(
      /^✗ simd +this engine has none\n +programs of the wasm device need it: .*GRADUS_DEVICE=reference/m,
    );
    expect(out.trimEnd().split("\n").at(-1)).toBe("missing: simd");
    expect(code).toBe(1);
  });
});
