/** Variables: tensors' values that can be assigned. Parameters, moments, running statistics, the generator's counter. */
import {
  Cell,
  type DType,
  DTypeError,
  type Shape,
  ShapeError,
  sameShape,
  show,
  type TypedArray,
} from "../base/index.ts";
import { data, detach, type GradientSink, Node, placeholder } from "../graph/index.ts";
import { currentTrace } from "./trace.ts";
import { noteWrite } from "./watched.ts";

export interface VariableOptions {
  readonly values?: TypedArray;
  readonly requiresGrad?: boolean;
  readonly device?: string | null;
}

/** Variables with a value that was assigned and not computed yet. */
export const pendingAssignments = new Map<Variable, Node>();

/** Sees every value that is assigned, while `watchAssignments` runs. */
let watcher: ((value: Node) => void) | null = null;

/** Runs `body`; `watch` sees every value that it assigns to a variable, and may throw. */
export function watchAssignments<T>(watch: (value: Node) => void, body: () => T): T {
  const before = watcher;
  watcher = (value) => {
    before?.(value);
    watch(value);
  };
  try {
    return body();
  } finally {
    watcher = before;
  }
}

export class Variable {
  readonly cell: Cell;
  readonly device: string | null;
  #requiresGrad: boolean;
  #sink: GradientSink | null = null;
  #leaf: Node | null = null;
  #leafVersion = -1;

  constructor(shape: Shape, dtype: DType, options: VariableOptions = {}) {
    this.cell = new Cell(shape, dtype, options.values);
    this.device = options.device ?? null;
    this.#requiresGrad = options.requiresGrad ?? false;
  }

  /** Who collects gradients with respect to the variable. */
  get sink(): GradientSink | null {
    return this.#sink;
  }

  set sink(sink: GradientSink | null) {
    this.#sink = sink;
    if (this.#leaf !== null) this.#leaf.sink = sink;
  }

  get requiresGrad(): boolean {
    return this.#requiresGrad;
  }

  set requiresGrad(wanted: boolean) {
    if (this.#requiresGrad !== wanted) noteWrite();
    this.#requiresGrad = wanted;
    const pending = pendingAssignments.get(this);
    if (pending === undefined) this.#leafVersion = -1;
    else this.#leaf = this.#leafOver(pending);
  }

  /** Gives the device memory back that the value takes; it moves in again when it is used there. */
  leave(): void {
    this.cell.leave();
  }

  /** Whether nothing has been assigned since the cell had this version. */
  isAt(version: number): boolean {
    return this.cell.version === version && !pendingAssignments.has(this);
  }

  /** A leaf with the variable's present value: derivatives with respect to the variable end here. */
  read(): Node {
    const trace = currentTrace();
    if (trace !== null) {
      const known = trace.states.get(this);
      if (known !== undefined) return known.current;
      const index = trace.states.size;
      const leaf = placeholder(-1 - index, this.cell.shape, this.cell.dtype, {
        device: this.device,
        requiresGrad: this.#requiresGrad,
      });
      leaf.sink = this.sink;
      trace.states.set(this, { variable: this, placeholder: leaf, current: leaf, assigned: null });
      return leaf;
    }
    if (this.#leaf === null || this.#leafVersion !== this.cell.version) {
      this.#leaf = data(this.cell.read(), this.cell.shape, { device: this.device, requiresGrad: this.#requiresGrad });
      this.#leaf.sink = this.sink;
      this.#leafVersion = this.cell.version;
    }
    return this.#leaf;
  }

  /** Makes `value` the variable's value: at once for whoever reads it, computed with the next program. */
  assign(value: Node): void {
    watcher?.(value);
    const { shape, dtype } = this.cell;
    if (!sameShape(value.shape, shape))
      throw new ShapeError(
        `assign: a value of shape ${show(value.shape)} does not fit a variable of shape ${show(shape)}`,
      );
    if (value.dtype !== dtype)
      throw new DTypeError(`assign: a value of ${value.dtype} does not fit a variable of ${dtype}; cast it first`);
    const leaf = this.#leafOver(value);
    const trace = currentTrace();
    if (trace !== null) {
      this.read(); // makes the state known to the trace
      const state = trace.states.get(this)!;
      state.current = leaf;
      state.assigned = value;
      return;
    }
    if (value.storage !== null && value.op.kind === "leaf") {
      this.cell.write(value.storage);
      pendingAssignments.delete(this);
      return;
    }
    pendingAssignments.set(this, value);
    this.#leaf = leaf;
    this.#leafVersion = this.cell.version;
  }

  /** Gives up what was assigned and is not computed yet. */
  takeBack(): void {
    pendingAssignments.delete(this);
    this.#leafVersion = -1;
  }

  /** `value` under a node of its own, at which derivatives end. */
  #leafOver(value: Node): Node {
    const cut = detach(value);
    const leaf = new Node(cut.op, cut.inputs, cut.params, cut.shape, cut.dtype, {
      device: cut.device,
      requiresGrad: this.#requiresGrad,
    });
    leaf.sink = this.sink;
    return leaf;
  }
}
