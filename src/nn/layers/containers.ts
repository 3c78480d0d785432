/** Modules that hold modules. (Plain arrays and objects of modules are found too; these have names in the layer table.) */
import { type Shape, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { type AnyModule, Module } from "../module.ts";
import { Elementwise } from "./activation.ts";

/**
 * A shortcut around a module: y = x + f(x). Source: He et al. 2016. Its state has the key "module".
 *
 * [...] to [...], in the common dtype of x and f(x).
 *
 * @throws ValueError  from `forward`, when f(x) has another shape than x
 * @example
 * new Residual(new Identity()).forward(tensor([1, 2])); // => [2. 4.]
 */
export class Residual extends Elementwise {
  readonly module: Module;

  constructor(module: Module) {
    super();
    this.module = module;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    const y = this.module.forward(x);
    if (y.ndim !== x.ndim || y.shape.some((n, i) => n !== x.shape[i])) {
      throw new ValueError(
        `Residual: ${this.module.describe()} makes [${y.shape.join(", ")}] of [${x.shape.join(", ")}]; a shortcut needs the same shape`,
      );
    }
    return (x as Tensor).add(y) as Tensor as Tensor<S>; // same shape, checked
  }
}

/**
 * A list of modules, with the keys "0", "1", …; it is not called itself. Source: PyTorch's ModuleList.
 *
 * @throws ValueError  from `forward`, always
 * @example
 * const layers = new ModuleList([new Linear(4, 8), new Linear(8, 2)]);
 * Object.keys(layers.stateDict()); // => [ '0.weight', '0.bias', '1.weight', '1.bias' ]
 * let h = ones([3, 4]);
 * for (const layer of layers) h = layer.forward(h).relu();
 * h.shape; // => [ 3, 2 ]
 */
export class ModuleList<M extends AnyModule = Module> extends Module<[], never> {
  readonly items: M[];

  constructor(modules: Iterable<M> = []) {
    super();
    this.items = [...modules];
  }

  /** Adds modules at the end. */
  push(...modules: readonly M[]): this {
    this.items.push(...modules);
    return this;
  }

  /** The i-th module; negative numbers count from the end. */
  at(i: number): M | undefined {
    return this.items.at(i);
  }

  get length(): number {
    return this.items.length;
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.items[Symbol.iterator]();
  }

  override forward(): never {
    throw new ValueError("ModuleList: a list is not called; call the modules in it, or use a Sequential");
  }

  protected override entries(): Iterable<[string, unknown]> {
    return Object.entries(this.items);
  }
}

/**
 * Modules under names, which are their keys; it is not called itself. Source: PyTorch's ModuleDict.
 *
 * @throws ValueError  from `forward`, always
 * @example
 * const heads = new ModuleDict({ digit: new Linear(4, 10), parity: new Linear(4, 2) });
 * heads.get("parity").forward(ones([3, 4])).shape; // => [ 3, 2 ]
 * Object.keys(heads.stateDict()); // => [ 'digit.weight', 'digit.bias', 'parity.weight', 'parity.bias' ]
 */
export class ModuleDict<Modules extends Readonly<Record<string, AnyModule>>> extends Module<[], never> {
  readonly items: Modules;

  constructor(modules: Modules) {
    super();
    this.items = modules;
  }

  /** The module of that name. */
  get<K extends keyof Modules>(name: K): Modules[K] {
    return this.items[name];
  }

  override forward(): never {
    throw new ValueError("ModuleDict: a collection is not called; call the modules in it");
  }

  protected override entries(): Iterable<[string, unknown]> {
    return Object.entries(this.items);
  }
}
