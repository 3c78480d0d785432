/** The border of `compile`: a compiled function means what the function means, whatever it is given and whatever changes between its calls. */
import { beforeEach, describe, expect, test } from "vitest";
import { grad, hessian, jacobian, jvp, vjp } from "../../src/autodiff/index.ts";
import { GradientError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { setDefaultDevice } from "../../src/runtime/index.ts";
import {
  add,
  compile,
  complex,
  exp,
  full,
  imag,
  noGrad,
  ones,
  parameter,
  real,
  scan,
  sin,
  type Tensor,
  takeGradient,
  tensor,
  variable,
} from "../../src/tensor/index.ts";

const values = (x: Tensor) => x.arraySync();
const nums = (x: Tensor) => [...x.dataSync()];

describe.each(["reference", "wasm"])("on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  describe("arguments are told apart by their places", () => {
    test("when the same tensor was given twice at first, or later", () => {
      const f = compile((x: Tensor, y: Tensor) => x.sub(y).square().sum());
      const [a, b] = [tensor([1, 2]), tensor([4, 6])];
      expect(f(a, a).item()).toBe(0);
      expect(f(a, b).item()).toBe(25);
      expect(f(b, b).item()).toBe(0);
      expect(f.programs).toBe(1);
    });

    test("inside of objects and lists, and complex ones by both parts", () => {
      const f = compile(({ p, rest }: { p: Tensor; rest: readonly Tensor[] }) => rest[0]!.sub(p).add(rest[1]!));
      const [a, b] = [tensor([1]), tensor([10])];
      expect(values(f({ p: a, rest: [a, a] }))).toEqual([1]);
      expect(values(f({ p: a, rest: [b, a] }))).toEqual([10]);
      const g = compile((x: Tensor, y: Tensor) => x.sub(y));
      const z = complex(tensor([1]), tensor([2]));
      g(z, z);
      const d = g(z, complex(tensor([0]), tensor([5])));
      expect([nums(real(d)), nums(imag(d))]).toEqual([[1], [-3]]);
    });

    test("a parameter is itself: what the function does to it happens, and its gradient is left there", () => {
      const f = compile((w: Tensor, x: Tensor) => {
        w.mul(x).sum().backward();
        w.assign(w.add(1));
        return w.mul(1);
      });
      const [w, v] = [parameter([1, 2]), parameter([5, 5])];
      expect(values(f(w, tensor([3, 4])))).toEqual([2, 3]);
      expect(values(f(w, v))).toEqual([3, 4]);
      expect(values(w)).toEqual([3, 4]);
      expect(values(w.grad!)).toEqual([8, 9]);
      expect(values(v.grad!)).toEqual([2, 3]);
      const difference = compile((a: Tensor, b: Tensor) => a.sub(b).sum());
      expect(difference(w, w).item()).toBe(0);
      expect(difference(w, v).item()).toBe(-3);
    });

    test("a result that is a variable is that variable", () => {
      const w = variable([1, 2]);
      const f = compile(() => {
        w.assign(w.add(1));
        return w;
      });
      expect(f()).toBe(w);
      f();
      expect(values(w)).toEqual([3, 4]);
    });
  });

  describe("plain arguments", () => {
    const told = compile((x: Tensor, plain: unknown) => x.mul(keyOf(plain)));
    const seen = new Map<string, number>();
    /** A number for every value that JavaScript tells apart. */
    function keyOf(value: unknown): number {
      const text = spell(value);
      if (!seen.has(text)) seen.set(text, seen.size + 1);
      return seen.get(text)!;
    }
    const spell = (value: unknown): string => {
      if (Object.is(value, -0)) return "-0";
      if (value instanceof Date) return `date ${value.getTime()}`;
      if (value instanceof Map) return `map ${[...value].map(spell).join("|")}`;
      if (value instanceof Set) return `set ${[...value].map(spell).join("|")}`;
      if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${String(value)}`;
      if (Array.isArray(value)) return `[${value.map(spell).join("|")}]`;
      if (typeof value === "object" && value !== null)
        return `{${Object.entries(value)
          .map(([key, part]) => `${JSON.stringify(key)}:${spell(part)}`)
          .join("|")}}`;
      return `${typeof value} ${JSON.stringify(String(value))}`;
    };
    const distinct: readonly unknown[] = [
      ["a,stringb"],
      ["a", "b"],
      ["a,b"],
      0,
      -0,
      NaN,
      "0",
      "",
      null,
      undefined,
      "null",
      "undefined",
      true,
      "true",
      1n,
      1,
      [],
      {},
      [[]],
      [undefined],
      { a: undefined },
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { "a:number1,b": 2 },
      new Date(0),
      new Date(1),
      new Date(Number.NaN),
      new Map([["a", 1]]),
      new Map([["a", 2]]),
      new Set(["a"]),
      new Set([1]),
      new Float32Array([1, 2]),
      new Float32Array([1, -0]),
      new Float64Array([1, 2]),
      new Int32Array([1, 2]),
      new Uint8Array(),
    ];
    test("are told apart as JavaScript tells them apart, and arrive as what they are", () => {
      for (const _ of [0, 1]) {
        for (const plain of distinct) expect(values(told(tensor([1]), plain))).toEqual([keyOf(plain)]);
      }
      expect(seen.size).toBe(distinct.length); // what arrives is spelled as what was given
      expect(told.programs).toBe(distinct.length);
    });

    test("in a copy that the program does not share with whoever gave it", () => {
      const f = compile((x: Tensor, by: Float32Array) => x.mul(by[0]!));
      const by = new Float32Array([2]);
      expect(values(f(tensor([1]), by))).toEqual([2]);
      by[0] = 3;
      expect(values(f(tensor([1]), by))).toEqual([3]);
    });
  });

  describe("what decides the graph is part of the key", () => {
    test("training and evaluation", () => {
      const d = new nn.Dropout(0.5);
      const f = compile((x: Tensor) => d.forward(x));
      const x = ones([100]);
      expect(nums(f(x)).includes(0)).toBe(true);
      d.eval();
      expect(nums(f(x))).toEqual(nums(x));
      d.train();
      expect(nums(f(x)).includes(0)).toBe(true);
      expect(f.programs).toBe(2);
    });

    test("statistics of a batch, or running ones", () => {
      const norm = new nn.BatchNorm1d(1);
      const f = compile((x: Tensor) => norm.forward(x));
      const x = tensor([[1], [3]]);
      expect(nums(f(x))[0]).toBeCloseTo(-1, 4);
      norm.eval();
      const [mean, variance] = [0.2, 0.9 + 0.1 * 2]; // after one batch of mean 2, variance 2
      expect(nums(f(x))[0]).toBeCloseTo((1 - mean) / Math.sqrt(variance + 1e-5), 5);
    });

    test("plain fields of modules, of a user's classes, of what is in their lists and objects; and new ones", () => {
      class Scale extends nn.Module {
        by = 2;
        steps = [1, { and: 1 }] as [number, { and: number }];
        table = new Map([["a", 1]]);
        extra?: number;
        #count = 0;

        override forward(x: Tensor): Tensor {
          this.#count++;
          return x.mul(this.by * this.steps[0] * this.steps[1].and * this.table.get("a")! * (this.extra ?? 1));
        }

        get count(): number {
          return this.#count;
        }
      }
      const m = new Scale();
      const f = compile((x: Tensor) => m.forward(x));
      const call = () => f(tensor([1])).arraySync();
      expect([call(), call()]).toEqual([[2], [2]]);
      expect(m.count).toBe(1);
      m.by = 3;
      expect(call()).toEqual([3]);
      m.steps[0] = 5;
      expect(call()).toEqual([15]);
      m.steps[1].and = 2;
      expect(call()).toEqual([30]);
      m.table.set("a", 10);
      expect(call()).toEqual([300]);
      m.extra = 2;
      expect(call()).toEqual([600]);
      delete m.extra;
      expect(call()).toEqual([300]);
      expect(f.programs).toBe(7); // a field that is absent is not one that is undefined
      const dropout = new nn.Dropout(0);
      const g = compile((x: Tensor) => dropout.forward(x));
      expect(nums(g(ones([4])))).toEqual([1, 1, 1, 1]);
      Object.assign(dropout, { p: 1 });
      expect(nums(g(ones([4])))).toEqual([0, 0, 0, 0]);
    });

    test("fields of a settings object, with symbols for names, and a replaced forward", () => {
      class Settings {
        by = 2;
      }
      const key = Symbol("by");
      class Scale extends nn.Module {
        settings = new Settings();
        [key] = 1;

        override forward(x: Tensor): Tensor {
          return x.mul(this.settings.by * this[key]);
        }
      }
      const m = new Scale();
      const f = compile((x: Tensor) => m.forward(x));
      const call = () => f(tensor([1])).arraySync();
      expect(call()).toEqual([2]);
      m.settings.by = 3;
      expect(call()).toEqual([3]);
      m[key] = 5;
      expect(call()).toEqual([15]);
      m.forward = (x: Tensor) => x.neg();
      expect(call()).toEqual([-1]);
    });

    test("fields that the function itself sets do not compile it again", () => {
      class Last extends nn.Module {
        last: Tensor | null = null;
        calls = 0;

        override forward(x: Tensor): Tensor {
          this.calls++;
          this.last = x.mul(2);
          return this.last;
        }
      }
      const m = new Last();
      const f = compile((x: Tensor) => m.forward(x));
      for (let i = 0; i < 4; i++) expect(values(f(tensor([i])))).toEqual([2 * i]);
      expect(f.programs).toBe(1);
    });

    test("a replaced parameter or module, and one that was added to a list", () => {
      const inner = new nn.Linear(1, 1, { bias: false });
      const list = new nn.ModuleList<nn.Module>([inner]);
      class Net extends nn.Module {
        layers = list;
        override forward(x: Tensor): Tensor {
          let h = x;
          for (const layer of this.layers) h = layer.forward(h);
          return h;
        }
      }
      const net = new Net();
      const f = compile((m: Net, x: Tensor) => m.forward(x));
      const set = (layer: object, weight: number) =>
        Object.assign(layer, { weight: new nn.Parameter(tensor([[weight]])) });
      set(inner, 2);
      expect(values(f(net, tensor([[1]])))).toEqual([[2]]);
      set(inner, 3);
      expect(values(f(net, tensor([[1]])))).toEqual([[3]]);
      const more = new nn.Linear(1, 1, { bias: false });
      set(more, 5);
      list.push(more);
      expect(values(f(net, tensor([[1]])))).toEqual([[15]]);
      net.layers = new nn.ModuleList<nn.Module>([more]);
      expect(values(f(net, tensor([[1]])))).toEqual([[5]]);
      expect(values(f(new Net(), tensor([[1]])))).toEqual([[15]]); // another module
    });

    test("which parameters require gradients", () => {
      const [w, v] = [parameter([1]), parameter([1])];
      const f = compile((x: Tensor) => {
        w.grad = null;
        v.grad = null;
        w.mul(x).add(v).sum().backward();
      });
      f(tensor([3]));
      expect([w.grad, v.grad].map((g) => g?.item() ?? null)).toEqual([3, 1]);
      v.requiresGrad = false;
      f(tensor([4]));
      expect([w.grad, v.grad].map((g) => g?.item() ?? null)).toEqual([4, null]);
      v.requiresGrad = true;
      f(tensor([5]));
      expect([w.grad, v.grad].map((g) => g?.item() ?? null)).toEqual([5, 1]);
    });

    test("noGrad, around the call", () => {
      const w = parameter([2]);
      const f = compile((x: Tensor) => w.mul(x).sum());
      expect(noGrad(() => f(tensor([3]))).requiresGrad).toBe(false);
      expect(f(tensor([3])).requiresGrad).toBe(true);
      const step = compile((x: Tensor) => w.mul(x).sum().backward());
      step(tensor([1]));
      expect(() => noGrad(() => step(tensor([1])))).toThrow(GradientError);
    });

    test("the default device", () => {
      const f = compile((x: Tensor) => x.add(1));
      f(tensor([1]));
      setDefaultDevice(device === "wasm" ? "reference" : "wasm");
      const y = f(tensor([1]));
      expect([y.device, values(y)]).toEqual([device === "wasm" ? "reference" : "wasm", [2]]);
    });

    test("options of an optimizer, checked when they are used", () => {
      const w = parameter([1]);
      const optimizer = new optim.AdamW([w], { lr: 0.5, weightDecay: 0 });
      const step = compile(() => {
        optimizer.zeroGrad();
        w.mul(0).sum().backward();
        optimizer.step();
      });
      step();
      expect(values(w)).toEqual([1]);
      const [group] = optimizer.groups;
      group!.options.weightDecay = 1;
      step();
      expect(values(w)).toEqual([0.5]);
      group!.options.betas = [0.5, 0.5];
      step();
      expect(values(w)).toEqual([0.25]);
      group!.options.weightDecay = -1;
      expect(() => step()).toThrow(new ValueError("AdamW: weightDecay -1 is not a number from 0"));
      group!.options.weightDecay = 0;
      group!.options.amsgrad = true;
      expect(() => step()).toThrow(
        new ValueError(
          'AdamW: with the options as they are now there is a moment "vMax" that was not gathered from the first step on; make a new optimizer',
        ),
      );
      group!.options.amsgrad = false;
      group!.options.lr = 1;
      expect(() => step()).toThrow(
        new ValueError("AdamW: the rate is changed by setting lr of the optimizer or of a group, not in options"),
      );
    });

    test("lists among the options stay the caller's own", () => {
      const betas: [number, number] = [0.5, 0.5];
      const optimizer = new optim.Adam([parameter([1])], { betas });
      betas[0] = 0.9;
      expect(optimizer.groups[0]!.options.betas).toEqual([0.5, 0.5]);
    });

    test("a rate that is set inside would be set once, and is refused", () => {
      const optimizer = new optim.SGD([parameter([1])]);
      expect(() => compile(() => Object.assign(optimizer, { lr: 1 }) && null)()).toThrow(
        new ValueError(
          "SGD: lr is set inside compile(), where that happens once, while the step is traced; set it between steps, and schedulers step there, too",
        ),
      );
      expect(optimizer.lr).toBe(1e-3);
    });

    test("fields of a user's optimizer", () => {
      class Decay extends optim.Optimizer<{ lr: number }, never> {
        by = 2;
        protected ranges() {
          return { lr: () => null };
        }
        protected moments() {
          return {};
        }
        protected prepare() {
          return ({ w }: { w: Tensor }) => ({ w: w.mul(this.by) });
        }
      }
      const w = parameter([1]);
      const optimizer = new Decay([w], {}, { lr: 1 });
      const step = compile((o: Decay) => {
        o.zeroGrad();
        w.sum().backward();
        o.step();
      });
      step(optimizer);
      optimizer.by = 5;
      step(optimizer);
      expect(values(w)).toEqual([10]);
    });
  });

  describe("variables in closures", () => {
    const broken = (text: string) =>
      new ValueError(
        `compile: the function does something else than when it was compiled: ${text}. Something that it closes over has changed; hand it over as an argument, or make it a variable`,
      );

    test("are seen under { check: true }, which names what has changed", () => {
      let by = 2;
      let by2 = tensor([1]);
      let flag = false;
      let w = variable([1]);
      let name = "a";
      const f = compile(
        (x: Tensor) => ({
          y: (flag ? x.exp() : x.sin())
            .mul(by)
            .add(by2)
            .add(w)
            .mul(tensor([1, 2])),
          name,
        }),
        { check: true },
      );
      const x = tensor([0]);
      expect(values(f(x).y)).toEqual([2, 4]);
      expect(values(f(x).y)).toEqual([2, 4]);
      by = 3;
      expect(() => f(x)).toThrow(broken("a number that was 2 is 3"));
      by = 2;
      by2 = tensor([7]);
      expect(() => f(x)).toThrow(broken("a tensor of float32 [1] that is used from outside has other values"));
      by2 = tensor([1]);
      flag = true;
      expect(() => f(x)).toThrow(
        /^compile: the function does something else .*: operation \d+ is exp\(\d+ \), it was sin\(\d+ \)\./,
      );
      flag = false;
      w = variable([1]);
      expect(() => f(x)).toThrow(broken("a variable of shape [1] is another one"));
      const g = compile(() => name, { check: true });
      g();
      name = "b";
      expect(() => g()).toThrow(broken("a plain part of the result is another one"));
    });

    test("random draws, modes and training are no change", () => {
      const model = new nn.Sequential(new nn.Linear(2, 4), new nn.Dropout(0.5), new nn.Linear(4, 1));
      const optimizer = new optim.Adam(model.parameters());
      const step = compile(
        (x: Tensor) => {
          optimizer.zeroGrad();
          const loss = model.forward(x).square().mean();
          loss.backward();
          optimizer.step();
          return loss;
        },
        { check: true },
      );
      for (let i = 0; i < 3; i++) step(ones([3, 2]));
      model.eval();
      step(ones([3, 2]));
      expect(step.programs).toBe(2);
    });
  });

  describe("derivatives go through compiled functions", () => {
    const f = (x: Tensor) => sin(x).mul(x).sum();
    const g = (x: Tensor) => exp(x).mul(x);
    const [cf, cg] = [compile(f), compile(g)];
    const x = tensor([0.5, -1, 2], { dtype: "float64" });
    const v = tensor([1, 10, 100], { dtype: "float64" });

    test("grad, jacobian, vjp, jvp, hessian, and third order", () => {
      expect(values(grad(cf)(x))).toEqual(values(grad(f)(x)));
      expect(values(jacobian(cg)(x))).toEqual(values(jacobian(g)(x)));
      expect(values(jacobian(cg, { mode: "forward" })(x))).toEqual(values(jacobian(g, { mode: "forward" })(x)));
      expect(values(vjp(cg, x)[1](v)[0])).toEqual(values(vjp(g, x)[1](v)[0]));
      expect(jvp(cg, [x], [v]).map(values)).toEqual(jvp(g, [x], [v]).map(values));
      expect(values(hessian(cf)(x))).toEqual(values(hessian(f)(x)));
      const third = (h: (y: Tensor) => Tensor) =>
        grad((y: Tensor) => grad((z: Tensor) => grad(h)(z).sum())(y).sum())(x);
      expect(values(third(cf))).toEqual(values(third(f)));
      expect(values(compile(grad(cf))(x))).toEqual(values(grad(f)(x)));
    });

    test("what a compiled function closes over, too", () => {
      expect(values(grad((w: Tensor) => compile((y: Tensor) => y.mul(w).sum())(x))(v))).toEqual(values(x));
    });

    test("backward from a result reaches parameters and arguments, through chains of calls", () => {
      const layer = new nn.Linear(2, 2);
      const other = new nn.Linear(2, 1);
      const input = tensor([[1, 2]], { requiresGrad: true });
      const [first, second] = [compile((y: Tensor) => layer.forward(y)), compile((y: Tensor) => other.forward(y))];
      const run = (a: (y: Tensor) => Tensor, b: (y: Tensor) => Tensor) => {
        for (const p of [...layer.parameters(), ...other.parameters(), input]) p.grad = null;
        add(b(a(input)).square().sum(), layer.weight.sum()).backward();
        return [...layer.parameters(), ...other.parameters(), input].map((p) => nums(p.grad!));
      };
      const plain = run(
        (y) => layer.forward(y),
        (y) => other.forward(y),
      );
      for (const _ of [0, 1]) {
        const found = run(first, second);
        found.forEach((g, i) => {
          g.forEach((n, k) => {
            expect(n).toBeCloseTo(plain[i]![k]!, 5);
          });
        });
      }
      expect([first.programs, second.programs]).toEqual([1, 1]);
    });

    test("of a fresh layer, whose first values nobody has asked for", () => {
      const gradient = (wrap: (f: (y: Tensor) => Tensor) => (y: Tensor) => Tensor) => {
        const norm = new nn.BatchNorm1d(1, { dtype: "float64" });
        const y = wrap((z) => norm.forward(z))(tensor([[1], [2], [6]], { dtype: "float64" }));
        y.mul(tensor([[1], [2], [3]], { dtype: "float64" }))
          .sum()
          .backward();
        return nums(norm.weight!.grad!)[0]!;
      };
      expect(gradient(compile)).toBeCloseTo(
        gradient((f) => f),
        12,
      );
    });

    test("with the plain arguments of the call, whatever became of them", () => {
      const w = parameter([1]);
      const f = compile((options: { by: number; list: number[]; values: Float32Array }) =>
        w.mul(options.by * options.list[0]! * options.values[0]!).sum(),
      );
      const options = { by: 3, list: [5], values: Float32Array.of(7) };
      const y = f(options);
      Object.assign(options, { by: 0 });
      options.list[0] = 0;
      options.values[0] = 0;
      y.backward();
      expect(values(w.grad!)).toEqual([105]);
    });

    test("with the random draws and statistics of the call", () => {
      const w = parameter([1, 1, 1, 1, 1, 1, 1, 1]);
      const dropout = new nn.Dropout(0.5);
      const forward = compile(() => dropout.forward(w));
      const [a, b] = [forward(), forward()];
      b.sum().backward();
      expect(nums(w.grad!)).toEqual(nums(b)); // 2 where kept
      w.grad = null;
      a.sum().backward();
      expect(nums(w.grad!)).toEqual(nums(a));
    });

    test("not when what they depend on has changed since, which is an error", () => {
      const w = parameter([1]);
      const forward = compile((y: Tensor) => w.mul(y).sum());
      const loss = forward(tensor([2]));
      w.assign(tensor([5]));
      expect(() => loss.backward()).toThrow(
        new GradientError(
          "backward: a variable of shape [1] has changed since the compiled function used it; call backward() before the step that changes it",
        ),
      );
      const layer = new nn.Linear(1, 1);
      const through = compile((y: Tensor) => layer.forward(y));
      const y = through(ones([1, 1]));
      layer.eval();
      expect(() => y.sum().backward()).toThrow(
        new GradientError(
          "backward: a module or option has changed since the compiled function was called; call backward() before changing it",
        ),
      );
    });

    test("nor through a step that has moved its parameters, whose losses can be added up without holding on to them", () => {
      const w = parameter([1]);
      const optimizer = new optim.SGD([w], { lr: 0.5 });
      const step = compile(() => {
        optimizer.zeroGrad();
        const loss = w.square().sum();
        loss.backward();
        optimizer.step();
        return loss;
      });
      let total = step();
      for (let i = 0; i < 3; i++) {
        total = total.add(step());
        total.item();
        expect(total.node.inputs).toHaveLength(0);
      }
      const refusal = new GradientError(
        "backward: a value that this one is made of came out of a compiled function that has changed its parameters since; call backward() inside of it, or cut the value off with detach()",
      );
      expect(() => total.backward()).toThrow(refusal);
      expect(() => w.mul(step()).sum().backward()).toThrow(refusal);
      const scaled = compile((a: Tensor) => a.mul(2));
      expect(() => scaled(step()).backward()).toThrow(refusal);
      expect(scaled.programs).toBe(1);
    });

    test("in loops over steps", () => {
      const double = compile((y: Tensor) => y.mul(2));
      const { state } = scan(([s], [y]) => ({ state: [s!.add(double(y!))] }), [tensor(0)], [tensor([1, 2, 3])]);
      expect(state[0]!.item()).toBe(12);
    });

    test("after an assignment that was not computed yet, of what it reads and of what it replaces", () => {
      const [w, c] = [parameter([2]), variable([0])];
      const f = compile((x: Tensor) => {
        const y = w.mul(c).mul(x).sum();
        c.assign(c.add(1));
        return y;
      });
      const x = tensor([1]);
      f(x);
      w.assign(full([1], 3));
      c.assign(full([1], 50));
      const y = f(x);
      expect(y.item()).toBe(150);
      y.backward();
      expect([nums(w.grad!), nums(c)]).toEqual([[50], [51]]);
    });

    test("where backward() is called under noGrad()", () => {
      const w = parameter([3]);
      const y = compile((x: Tensor) => w.square().mul(x).sum())(tensor([1]));
      noGrad(() => y.backward());
      expect(nums(w.grad!)).toEqual([6]);
    });

    test.each([
      ["L-BFGS", (w: Tensor, r: () => Tensor) => new optim.LBFGS([w]).step(() => r().square().sum())],
      ["Levenberg and Marquardt", (w: Tensor, r: () => Tensor) => new optim.LevenbergMarquardt([w]).step(r)],
    ])("in the closure of a step of %s", (_, step) => {
      const [w, x] = [parameter([1]), tensor([2])];
      const residual = compile((x: Tensor) => w.mul(x).sub(6));
      step(w, () => residual(x));
      expect(Math.abs(w.item() - 3)).toBeLessThan(1e-2); // 2 w = 6
    });
  });

  describe("gradients", () => {
    test("that a function leaves are there afterwards, and add up or begin anew as the code says", () => {
      const w = parameter([1, 2]);
      const adding = compile((x: Tensor) => w.mul(x).sum().backward());
      adding(tensor([1, 1]));
      adding(tensor([2, 3]));
      expect(values(w.grad!)).toEqual([3, 4]);
      const anew = compile((x: Tensor) => {
        w.grad = null;
        w.mul(x).sum().backward();
      });
      anew(tensor([5, 6]));
      anew(tensor([7, 8]));
      expect(values(w.grad!)).toEqual([7, 8]);
      w.grad = null;
      adding(tensor([1, 0]));
      expect(values(w.grad!)).toEqual([1, 0]);
    });

    test("backward inside and step outside train; step inside and backward outside train, too", () => {
      const trained = (
        wrap: <A extends readonly unknown[], R>(f: (...args: A) => R) => (...args: A) => R,
        inside: boolean,
      ) => {
        const w = parameter([1, 2]);
        const optimizer = new optim.SGD([w], { lr: 0.25, momentum: 0.5 });
        const backward = () => w.square().sum().backward();
        const step = () => optimizer.step();
        const [a, b] = inside ? [wrap(backward), step] : [backward, wrap(step)];
        for (let i = 0; i < 3; i++) {
          optimizer.zeroGrad();
          a();
          b();
        }
        return values(w);
      };
      for (const inside of [true, false]) expect(trained(compile, inside)).toEqual(trained((f) => f, inside));
    });

    test("that a compiled step has consumed cannot be read, and can be kept", () => {
      const make = (options: { keepGradients?: boolean }) => {
        const w = parameter([1, 2]);
        const optimizer = new optim.SGD([w], { lr: 0.5 });
        const step = compile((x: Tensor) => {
          optimizer.zeroGrad();
          w.mul(x).sum().backward();
          optim.clipGradNorm([w], 1e9);
          optimizer.step();
        }, options);
        return { w, optimizer, step };
      };
      const gone = new GradientError(
        "grad: the gradient was consumed by a compiled step and is not kept; compile the step with compile(fn, { keepGradients: true }) to read it, or call zeroGrad() to begin anew",
      );
      const { w, optimizer, step } = make({});
      step(tensor([1, 1]));
      expect(() => w.grad).toThrow(gone);
      expect(() => optimizer.step()).toThrow(gone);
      expect(() => w.sum().backward()).toThrow(gone);
      step(tensor([1, 1]));
      optimizer.zeroGrad();
      expect(w.grad).toBeNull();
      w.sum().backward();
      expect(values(w.grad!)).toEqual([1, 1]);
      expect(takeGradient(w)!.arraySync()).toEqual([1, 1]); // outside it stays
      expect(values(w.grad!)).toEqual([1, 1]);
      const kept = make({ keepGradients: true });
      kept.step(tensor([3, 4]));
      kept.step(tensor([5, 6]));
      expect(values(kept.w.grad!)).toEqual([5, 6]);
    });

    test("that a function without zeroGrad adds to are kept for its next call", () => {
      const run = (wrap: (f: () => void) => () => void) => {
        const w = parameter([1]);
        const optimizer = new optim.SGD([w], { lr: 0.1 });
        const step = wrap(() => {
          w.square().sum().backward();
          optimizer.step();
        });
        for (let i = 0; i < 4; i++) step();
        return [w.item(), w.grad!.item()];
      };
      const [compiled, plain] = [run(compile), run((f) => f)];
      compiled.forEach((n, i) => {
        expect(n).toBeCloseTo(plain[i]!, 5);
      });
    });

    test("of arguments: what a backward inside leaves for a tensor that requires its gradient", () => {
      const f = compile((x: Tensor) => {
        x.square().sum().backward();
        return x.grad!.mul(1);
      });
      const x = tensor([1, 2], { requiresGrad: true });
      expect(values(f(x))).toEqual([2, 4]);
      expect(values(x.grad!)).toEqual([2, 4]);
      expect(values(f(x))).toEqual([4, 8]); // added
      x.grad = null;
      const w = parameter([1, 1]);
      compile((y: Tensor) => y.sum().backward())(w.mul(x));
      expect([values(w.grad!), values(x.grad!)]).toEqual([
        [1, 2],
        [1, 1],
      ]);
    });

    test("none at all is an error of steps and clipping, which names the cause", () => {
      const [w, v] = [parameter([1]), parameter([1])];
      const optimizer = new optim.Adam([w, v]);
      const cause =
        "none of the 2 parameters has a gradient: backward() was not called since they were forgotten, or the loss is not made of these parameters, or was computed under noGrad()";
      expect(() => optimizer.step()).toThrow(new GradientError(`Adam.step: ${cause}`));
      expect(() => compile(() => optimizer.step())()).toThrow(new GradientError(`Adam.step: ${cause}`));
      expect(() => optim.clipGradNorm([w, v], 1)).toThrow(new GradientError(`clipGradNorm: ${cause}`));
      expect(() => optim.clipGradValue([w, v], 1)).toThrow(new GradientError(`clipGradValue: ${cause}`));
      w.requiresGrad = false;
      expect(() => new optim.SGD([w]).step()).toThrow(
        new GradientError(
          "SGD.step: the parameter has no gradient: requiresGrad is false; set it to true before the loss is computed",
        ),
      );
      v.sum().backward();
      optimizer.step(); // one of them has one
      expect(optimizer.t.item()).toBe(1);
    });
  });
});
