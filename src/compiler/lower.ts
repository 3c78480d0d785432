/** Lowering: from a kernel of nodes to loops over registers and memory. */
import { dtypeInfo, type Shape, sizeOf } from "../base/index.ts";
import { addConstant, linearIndex, type Node, scaleIndex, variableIndex } from "../graph/index.ts";
import { exactSum, needsChains } from "./accumulator.ts";
import { type Axes, axesOver, chooseExtents, chooseVector } from "./axes.ts";
import { decoded, encoded, type Scope, shortened, type Vector } from "./evaluate.ts";
import { Frame, fit, type Surroundings } from "./frame.ts";
import { type Kernel, type KernelKind, numberParam, writesFor } from "./kernel.ts";
import type { LoopFunction, Reg } from "./loops.ts";
import { ContractLowering } from "./lower-contract.ts";
import { ReduceLowering } from "./lower-reduce.ts";

export function lowerKernel(kernel: Kernel, around: Surroundings): LoopFunction {
  if (kernel.kind === "scan") throw new Error("compiler: a loop is no single kernel");
  const lowering = new kinds[kernel.kind](kernel, around);
  if (kernel.kind === "check" || kernel.outputs.some((node) => node.size > 0)) lowering.run();
  return { name: kernelName(kernel), body: lowering.b.statements };
}

/** What a kernel is called in listings: its kind and the operations in it. */
export function kernelName(kernel: Kernel): string {
  const names = [...kernel.members].map((n) => n.op.name).filter((n) => n !== "reshape" && n !== "expand");
  return `${kernel.kind} ${[...new Set(names)].reverse().join(" ")}`;
}

class MapLowering extends Frame {
  run(): void {
    const { kernel } = this;
    const writes = kernel.outputs.flatMap((node) => writesFor(kernel, node));
    const computed = writes.map((w) => w.value);
    const shape = kernel.rows.map((v) => v.extent);
    const none = () => false;
    const places = ({ index }: Axes) =>
      writes.map(({ value, result, place }) => linearIndex(place(fit(index, shape, value)), result.shape));
    const reads = ({ index }: Axes) => this.accesses(computed, (node) => fit(index, shape, node), none);
    const over = (extents: Shape) => axesOver(shape, extents, (n) => this.b.variable(n));
    const [extents] = chooseExtents([shape], ([candidate]) => {
      const axes = over(candidate!);
      // what is joined goes to places of its own, which shall be reached in constant steps as well
      const joined = kernel.moved?.op.kind === "concatenation" ? places(axes) : [];
      return [...reads(axes), ...joined.map((linear) => ({ node: kernel.moved!, linear, guarded: false }))];
    });
    const axes = over(extents!);
    const along = chooseVector(axes.variables, reads(axes), places(axes), this.lanes);
    this.nest(axes.variables, along, (vector) => {
      const scope: Scope = { vector, bound: new Map(), memo: new Map() };
      const values = computed.map((node) => this.evaluator.value(node, fit(axes.index, shape, node), scope));
      for (const [i, { value, result, place }] of writes.entries()) {
        this.evaluator.store(result, this.buffer(result), place(fit(axes.index, shape, value)), values[i]!, vector);
      }
    });
  }
}

class ScatterLowering extends Frame {
  run(): void {
    const node = this.kernel.anchor!;
    const [base, where, updates] = [node.inputs[0]!, node.inputs[1]!, node.inputs[2]!];
    const b = this.b;
    const buffer = this.buffer(node);
    const copied = axesOver(node.shape, [sizeOf(node.shape)], (n) => b.variable(n));
    this.nest(
      copied.variables,
      this.lanes > 1 && copied.variables[0]!.extent >= this.lanes ? copied.variables[0]! : null,
      (vector) => {
        const value = this.evaluator.value(base, copied.index, { vector, bound: new Map(), memo: new Map() });
        this.evaluator.store(node, buffer, copied.index, value, vector);
      },
    );
    if (updates.size === 0) return;
    const axis = numberParam(node, "axis");
    const { element, itemsize } = dtypeInfo[node.dtype];
    const bytes = node.size * itemsize;
    // what rounding has cost at each place so far, where many terms may meet
    const costs =
      node.dtype === "float32" && updates.shape[axis]! > fewTerms ? b.buffer(this.around.scratch(bytes)) : null;
    if (costs !== null) b.zero(costs, bytes);
    const variables = updates.shape.map((n) => b.variable(n));
    const index = variables.map(variableIndex);
    this.nest(variables, null, () => {
      const scope: Scope = { vector: null, bound: new Map(), memo: new Map() };
      const found = this.evaluator.value(where, index, scope);
      const update = this.evaluator.value(updates, index, scope);
      const extent = node.shape[axis]!;
      const inside = b.max(b.min(found, b.constant("i32", extent - 1)), b.constant("i32", 0));
      const target = index.map((i, a) => (a === axis ? this.evaluator.dynamicIndex(inside, extent) : i));
      const place = linearIndex(target, node.shape);
      const at = b.address(b.buffer(buffer), place, itemsize);
      const before = decoded(b, node.dtype, b.loadHere(element, at.address, at.offset, 1));
      if (costs === null) {
        const after = shortened(b, node.dtype, b.add(before, update));
        b.store(element, at.address, at.offset, encoded(b, node.dtype, after));
        return;
      }
      const cost = b.address(costs, place, itemsize);
      const { sum, lost } = exactSum(b, before, b.add(update, b.loadHere(element, cost.address, cost.offset, 1)));
      b.store(element, at.address, at.offset, sum);
      b.store(element, cost.address, cost.offset, lost);
    });
  }
}

/** So many additions one after another keep within (4 + log₂ n)·2⁻²⁴. */
const fewTerms = 7;

class CumulativeLowering extends Frame {
  run(): void {
    const node = this.kernel.anchor!;
    const b = this.b;
    const { register } = dtypeInfo[node.dtype];
    const total = needsChains(register, "add") ? "f64" : register; // every term is a result, so no chain may grow
    const rows = node.shape.slice(0, -1).map((n) => b.variable(n));
    const n = node.shape[node.shape.length - 1]!;
    const along = b.variable(n);
    const forward = variableIndex(along);
    const place = node.params.reverse === true ? addConstant(scaleIndex(forward, -1), n - 1) : forward;
    this.nest(rows, null, () => {
      const sum = b.mutable(b.constant(total, 0));
      b.loop(along, 1, () => {
        const index = [...rows.map(variableIndex), place];
        const term = this.evaluator.value(node.inputs[0]!, index, { vector: null, bound: new Map(), memo: new Map() });
        const next = b.add(b.current(sum), b.convert(total, term));
        b.set(sum, next);
        this.evaluator.store(node, this.buffer(node), index, shortened(b, node.dtype, b.convert(register, next)), null);
      });
    });
  }
}

class HostLowering extends Frame {
  run(): void {
    this.b.host(this.around.host(this.kernel.anchor!));
  }
}

/** Bytes of a report for each number in it: the place of the wrong element, then the values shown. */
export const reportSlot = 8;

/** Looks for a wrong element in lanes; only if there is one, at one element after another, for the first of them. */
class CheckLowering extends Frame {
  run(): void {
    const [wrong, ...shown] = this.kernel.anchor!.inputs;
    if (wrong!.size === 0) return;
    const { b } = this;
    const shape = wrong!.shape;
    const over = (extents: Shape) => axesOver(shape, extents, (n) => b.variable(n));
    const reads = ({ index }: Axes) =>
      this.accesses(
        [wrong!],
        (node) => fit(index, shape, node),
        () => false,
      );
    const [extents] = chooseExtents([shape], ([candidate]) => reads(over(candidate!)));
    const axes = over(extents!);
    const along = chooseVector(axes.variables, reads(axes), [], this.lanes);
    const none = b.constant("mask", 0);
    const [some, any] = [along && b.mutable(b.splat(none, this.lanes)), b.mutable(none)];
    this.nest(axes.variables, along, (vector) => {
      const found = vector !== null && some !== null ? some : any;
      b.set(found, b.or(b.current(found), this.#at(wrong!, axes, vector)));
    });
    const lanes = Array.from({ length: some?.lanes ?? 0 }, (_, lane) => b.extract(b.current(some!), lane));
    const isWrong = lanes.reduce((x, y) => b.or(x, y), b.current(any));
    b.when(isWrong, () => this.#report(wrong!, shown, shape));
  }

  /** An element of what is wrong or shown. */
  #at(node: Node, { index }: Axes, vector: Vector | null): Reg {
    const scope: Scope = { vector, bound: new Map(), memo: new Map() };
    return this.evaluator.value(node, fit(index, this.kernel.anchor!.inputs[0]!.shape, node), scope);
  }

  /** Writes down the first wrong element and calls the host, which throws. */
  #report(wrong: Node, shown: readonly Node[], shape: Shape): void {
    const { b } = this;
    const report = this.around.scratch(reportSlot * (1 + shown.length));
    const axes = axesOver(shape, [wrong.size], (n) => b.variable(n));
    this.nest(axes.variables, null, () => {
      b.when(this.#at(wrong, axes, null), () => {
        const address = b.buffer(report);
        b.store("i32", address, 0, b.index(linearIndex(axes.index, shape)));
        for (const [i, node] of shown.entries()) {
          const { element } = dtypeInfo[node.dtype];
          b.store(element, address, reportSlot * (i + 1), encoded(b, node.dtype, this.#at(node, axes, null)));
        }
        b.host(this.around.fail(this.kernel.anchor!, report));
      });
    });
  }
}

const kinds = {
  map: MapLowering,
  reduce: ReduceLowering,
  contract: ContractLowering,
  scatter: ScatterLowering,
  cumulative: CumulativeLowering,
  host: HostLowering,
  check: CheckLowering,
} as const satisfies Record<
  Exclude<KernelKind, "scan">,
  new (
    kernel: Kernel,
    around: Surroundings,
  ) => Frame & { run(): void }
>;
