/** The harness of the golden cases itself: it hands over what the files say, and does not let wrong answers pass. */
import { expect, test } from "vitest";
import { type Tensor, tensor } from "../src/tensor/index.ts";
import {
  type Case,
  expectClose,
  runCase,
  type Setting,
  type StoredTensor,
  settings,
  toTensor,
} from "./fixtures-harness.ts";
import { areas, loadCases } from "./support/fixtures.ts";

const stored = (data: StoredTensor["data"], dtype: StoredTensor["dtype"] = "float32"): StoredTensor => ({
  dtype,
  shape: [data.length],
  data,
});

/** y = 2 x, g = 2. */
const doubled: Case = {
  id: "double",
  fn: "double",
  inputs: { x: stored([1, 2]) },
  options: {},
  outputs: { y: stored([2, 4]) },
  gradOutputs: { y: stored([1, 1]) },
  grads: { x: stored([2, 2]) },
  rtol: 1e-5,
  atol: 1e-6,
};

const twice = ([x]: readonly Tensor[]): Tensor => x!.mul(2);

test.each(settings)("a right answer passes on $device in $float", (setting) => {
  runCase(doubled, twice, setting);
});

test.each<[string, Parameters<typeof runCase>[1], RegExp]>([
  ["another value", ([x]) => x!.mul(2.0001), /y: element 0 is 2\.0/],
  ["another shape", ([x]) => x!.mul(2).reshape([2, 1]) as Tensor, /y: shape/],
  ["another dtype", ([x]) => x!.mul(2).astype("float64"), /y: dtype/],
  ["another device", ([x]) => x!.mul(2).to("wasm"), /live on "wasm"/],
  ["another gradient", ([x]) => x!.add(x!.detach()) as Tensor, /gradient of x: element 0 is 1, expected 2/],
  ["another name", ([x]) => ({ z: x!.mul(2), y: x!.mul(2).detach() }), /gradient of x/],
  ["no output", ([x]) => ({ z: x!.mul(2) }), /no output y among z/],
])("an answer of %s fails", (_, call, message) => {
  expect(() => runCase(doubled, call, { device: "reference", float: "float32" })).toThrow(message);
});

test("NaN and infinities are values like others", () => {
  const special = stored(["NaN", "Infinity", "-Infinity", 0]);
  const compare = (...values: number[]) => expectClose("y", tensor(values), special, 1e-5, 1e-6);
  compare(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0);
  expect(() => compare(1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0)).toThrow(/element 0 is 1/);
  expect(() => compare(Number.NaN, 1, Number.NEGATIVE_INFINITY, 0)).toThrow(/element 1 is 1/);
  expect(() => compare(Number.NaN, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0)).toThrow(/element 2/);
  expect(() => compare(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN)).toThrow(
    /element 3/,
  );
});

test("whole numbers are compared exactly", () => {
  const compare = (value: number) => expectClose("y", tensor([value], { dtype: "int32" }), stored([7], "int32"), 1, 1);
  compare(7);
  expect(() => compare(8)).toThrow(/element 0 is 8, expected 7/);
});

const views = areas.flatMap((area) =>
  loadCases(area).flatMap((c) =>
    Object.entries(c.inputs).flatMap(([name, t]) => (t.view === undefined ? [] : [[`${c.id}, ${name}`, t] as const])),
  ),
);

/** How the graph calls what each kind of view does to its base. */
const movements = { permute: "permute", step: "slice", flip: "flip", expand: "expand" } as const;

test("there are views of each kind", () => {
  expect([...new Set(views.map(([, { view }]) => view!.kind))].sort()).toEqual(Object.keys(movements).sort());
});

test.each(views)("%s is handed over as a view", (_, t) => {
  const setting: Setting = { device: "reference", float: "float64" };
  const x = toTensor(t, setting);
  expect(x.node.op.name).toBe(movements[t.view!.kind]);
  expect(x.node.inputs[0]!.op.name).toBe("data"); // read from a base that lies in memory
  expectClose("x", x, t, 0, 0);
});
