/**
 * Random programs at the border of `compile`: functions with state, called in random orders with aliased and plain arguments, with changes of modules, options
 * and gradients in between. Everything is done twice, on two worlds that begin alike: in one with compiled functions, in the other with the functions themselves.
 */
import * as nn from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { compile, noGrad, random, type Tensor, tensor } from "../../src/tensor/index.ts";
import { generator } from "../support/random.ts";

const options = { dtype: "float64" } as const;

/** A module of a user: modes, plain fields, a list, an inner module, running statistics, random numbers. */
class Part extends nn.Module {
  scale = 1;
  powers: number[] = [1];
  weight: Tensor = new nn.Parameter(tensor([0.5, -0.25, 0.75], options));
  mean = new nn.Buffer(tensor([0, 0, 0], options));
  drop = new nn.Dropout(0.5);
  inner: Part | null = null;

  override forward(x: Tensor): Tensor {
    let y = x.mul(this.weight).mul(this.scale);
    for (const power of this.powers) y = y.mul(power);
    if (this.training) {
      noGrad(() => this.mean.assign(this.mean.mul(0.5).add(y.mul(0.5))));
      y = this.drop.forward(y);
    } else y = y.sub(this.mean);
    return this.inner === null ? y.tanh() : this.inner.forward(y);
  }
}

/** What a function is made of. */
interface Recipe {
  readonly zeroFirst: boolean;
  readonly useModule: boolean;
  readonly useWeight: boolean;
  readonly backward: boolean;
  readonly clip: boolean;
  readonly step: boolean;
  readonly zeroLast: boolean;
  readonly assign: boolean;
  readonly readGradient: boolean;
  readonly twice: boolean;
}

type Plain = number | string | { readonly list: readonly (number | string | Tensor)[] };
type Step = (model: Part, x: Tensor, y: Tensor, plain: Plain) => readonly Tensor[];

const close = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

class World {
  readonly model = new Part();
  readonly spare = new Part();
  readonly w = new nn.Parameter(tensor([1, 0.5, -1], options));
  readonly counter = new nn.Buffer(tensor([0, 0, 0], options));
  readonly optimizer: optim.SGD;
  readonly inputs: readonly Tensor[];
  readonly steps: readonly Step[];

  /** @param wrap  what is made of each function: a compiled one, or nothing */
  constructor(recipes: readonly Recipe[], wrap: (step: Step) => Step) {
    this.model.inner = new Part();
    this.optimizer = new optim.SGD([...this.model.parameters(), ...this.spare.parameters(), this.w], {
      lr: 0.05,
      momentum: 0.5,
      weightDecay: 0.01,
    });
    this.inputs = [
      tensor([1, 2, -1], options),
      tensor([0.5, -0.5, 0.25], options),
      tensor([-1, 1, 0], { ...options, requiresGrad: true }),
      this.w,
    ];
    this.steps = recipes.map((recipe) => wrap(this.#stepOf(recipe)));
  }

  #stepOf(recipe: Recipe): Step {
    const { w, optimizer, counter } = this;
    return (model, x, y, plain) => {
      if (recipe.zeroFirst) optimizer.zeroGrad();
      let h = x.sub(y).add(x.mul(0.5));
      if (typeof plain === "number") h = h.mul(Object.is(plain, -0) ? 3 : plain + 1);
      else if (typeof plain === "string") h = plain === "sin" ? h.sin() : h.cos();
      else for (const part of plain.list) h = typeof part === "string" ? h.add(part.length) : h.mul(part);
      if (recipe.useModule) h = model.forward(h);
      if (recipe.useModule && recipe.twice) h = h.add(model.forward(y));
      if (recipe.useWeight) h = h.mul(w);
      const loss = h.tanh().square().mean().add(w.square().mean());
      if (recipe.backward) loss.backward();
      if (recipe.clip) optim.clipGradNorm([...optimizer.parameters], 0.1);
      const seen = recipe.readGradient ? [w.grad ?? w.mul(0)] : [];
      if (recipe.step) optimizer.step();
      if (recipe.assign) noGrad(() => counter.assign(counter.add(h).mul(0.5)));
      if (recipe.zeroLast) optimizer.zeroGrad();
      return [loss, h, ...seen];
    };
  }

  /** All that can be seen of it, with what cannot be read as null. */
  state(): Record<string, readonly number[] | null> {
    const read = (x: Tensor | null): readonly number[] | null => (x === null ? null : [...x.dataSync()]);
    const found: Record<string, readonly number[] | null> = { counter: read(this.counter) };
    const parameters = { w: this.w, x: this.inputs[2]!, model: this.model.weight, inner: this.model.inner!.weight };
    for (const [name, p] of Object.entries(parameters)) {
      found[name] = read(p);
      try {
        found[`${name}.grad`] = read(p.grad);
      } catch {
        found[`${name}.grad`] = [Number.NaN]; // consumed
      }
    }
    return { ...found, mean: read(this.model.mean), innerMean: read(this.model.inner!.mean) };
  }
}

/**
 * One sequence of calls and changes.
 *
 * @throws Error  naming seed, call and difference, when the two worlds differ
 */
export function runSequence(seed: number, calls: number): void {
  const draw = generator(seed);
  const flip = (p = 0.5): boolean => draw() < p;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!;
  const recipes = Array.from({ length: 2 }, (): Recipe => {
    const backward = flip(0.7);
    return {
      zeroFirst: flip(0.6),
      useModule: flip(0.7),
      useWeight: flip(),
      backward,
      clip: backward && flip(0.2),
      step: backward && flip(0.6),
      zeroLast: flip(0.15),
      assign: flip(0.3),
      readGradient: flip(0.2),
      twice: flip(0.2),
    };
  });
  const keepGradients = flip(0.6);
  const compiled = new World(recipes, (step) => compile(step, { keepGradients }));
  const plain = new World(recipes, (step) => step);
  const both = (change: (world: World) => void): void => {
    change(compiled);
    change(plain);
  };
  const story: string[] = [];
  // few in a sequence, so that programs are met again
  const places = [Math.floor(draw() * 4), Math.floor(draw() * 4)];
  const kinds = Array.from({ length: 2 }, () => pick(["zero", "minus", "one", "sin", "cos", "text", "list", "nested"]));
  const changes: readonly (readonly [string, () => void])[] = [
    ["eval", () => both((world) => world.model.eval())],
    ["train", () => both((world) => world.model.train())],
    ["scale", () => ((by: number) => both((world) => (world.model.scale = by)))(pick([1, 0.5, 2, -0]))],
    ["p", () => ((p: number) => both((world) => Object.assign(world.model.drop, { p })))(pick([0, 0.5, 0.9]))],
    ["power", () => ((by: number) => both((world) => (world.model.powers[0] = by)))(pick([1, 0.5, 1.5]))],
    ["push", () => both((world) => world.model.inner!.powers.push(0.9))],
    ["weight", () => both((world) => (world.model.weight = world.spare.weight))],
    ["inner", () => both((world) => Object.assign(world.model.inner!, { inner: world.spare }))],
    ["freeze", () => both((world) => (world.w.requiresGrad = !world.w.requiresGrad))],
    [
      "decay",
      () => ((by: number) => both((world) => (world.optimizer.groups[0]!.options.weightDecay = by)))(pick([0, 0.1])),
    ],
    ["rate", () => ((lr: number) => both((world) => (world.optimizer.lr = lr)))(pick([0.01, 0.1]))],
    ["zeroGrad", () => both((world) => world.optimizer.zeroGrad())],
    ["assign", () => both((world) => world.w.assign(tensor([0.3, -0.2, 0.1], options)))],
  ];
  for (let call = 0; call < calls; call++) {
    while (flip(0.45)) {
      const [name, change] = pick(changes);
      story.push(name);
      change();
    }
    const [i, a, b, mode] = [Math.floor(draw() * 2), pick(places), pick(places), draw()];
    const kind = pick(kinds);
    const useSpare = flip(0.15);
    const derive = !recipes[i]!.step && !recipes[i]!.backward && flip(0.3);
    story.push(`call ${i}(${a}, ${b}, ${kind})${mode < 0.15 ? " under noGrad" : ""}${derive ? " and backward" : ""}`);
    const outcome = (world: World): readonly (readonly number[])[] | string => {
      const x = world.inputs[a]!;
      const given: Record<string, Plain> = {
        zero: 0,
        minus: -0,
        one: 1,
        sin: "sin",
        cos: "cos",
        text: { list: ["a,b", 2] },
        list: { list: ["a", "b", 2] },
        nested: { list: [x, 0.5, x] },
      };
      random.manualSeed(seed + call);
      const run = (): readonly Tensor[] =>
        world.steps[i]!(useSpare ? world.spare : world.model, x, world.inputs[b]!, given[kind]!);
      try {
        const results = mode < 0.15 ? noGrad(run) : run();
        if (derive && results[0]!.requiresGrad) results[0]!.backward();
        return results.map((y) => [...y.dataSync()]);
      } catch (error) {
        if (error instanceof Error && !error.message.startsWith("grad: the gradient was consumed"))
          return error.message;
        throw error;
      }
    };
    const fail = (what: string, found: unknown, wanted: unknown): never => {
      throw new Error(
        `seed ${seed}, ${story.join("; ")}: ${what} is ${JSON.stringify(found)}, without compile ${JSON.stringify(wanted)}; ${JSON.stringify(recipes)}`,
      );
    };
    let found: ReturnType<typeof outcome>;
    try {
      found = outcome(compiled);
    } catch {
      return; // a gradient that was consumed is asked for: an error by design, after which the worlds part
    }
    const wanted = outcome(plain);
    if (typeof found === "string" || typeof wanted === "string") {
      if (found !== wanted) fail("the outcome", found, wanted);
      return; // an eager function that throws half-way has done half of its work
    }
    found.forEach((y, k) => {
      if (!y.every((n, at) => close(n, wanted[k]![at]!))) fail(`result ${k}`, y, wanted[k]);
    });
    const [left, right] = [compiled.state(), plain.state()];
    for (const [name, value] of Object.entries(left)) {
      const other = right[name]!;
      if (value?.length === 1 && Number.isNaN(value[0]!)) continue; // consumed
      if ((value === null) !== (other === null) || !(value?.every((n, at) => close(n, other![at]!)) ?? true))
        fail(name, value, other);
    }
  }
}
