/** What a program is made of, for people: the kernels with what each fuses, the planned memory, the work. */
import { show, sizeOf } from "../base/index.ts";
import { type Node, topological } from "../graph/index.ts";
import type { Program } from "./compile.ts";
import { contractionAxes, isLeaf, type Kernel } from "./kernel.ts";

/** Floating-point operations of a kernel: two for every product of a contraction, one for every element of everything else. */
export function flopsOf(kernel: Kernel): number {
  let flops = 0;
  const volume = [...kernel.rows, ...kernel.loops].reduce((n, v) => n * v.extent, 1);
  for (const node of kernel.members) {
    if (node.op.kind === "contraction") {
      const { batch, rows } = contractionAxes(node);
      flops += 2 * node.size * sizeOf(node.inputs[0]!.shape.slice(batch + rows));
    } else if (node.op.kind === "reduction") flops += node.inputs[0]!.size;
    else if (node.op.kind === "elementwise") flops += Math.min(node.size, volume);
  }
  return flops;
}

export function explainProgram(program: Program): string {
  const numbers = new Map<Node, number>();
  const lines: string[] = ["graph"];
  for (const node of topological(program.roots)) {
    numbers.set(node, numbers.size);
    lines.push(`  ${name(node, numbers)} = ${describe(node, numbers)}`);
  }
  lines.push("", `kernels: ${program.kernels.length}`);
  let total = 0;
  for (const [i, kernel] of program.kernels.entries()) {
    const flops = flopsOf(kernel);
    total += flops;
    lines.push(
      `  ${i}: ${kernel.kind} ${spaceOf(kernel)} → ${kernel.outputs.map((n) => name(n, numbers)).join(", ")}  (${count(flops)} FLOP)`,
    );
    const fused = [...kernel.members].filter((n) => n.op.kind !== "movement" && n.op.kind !== "alias").reverse();
    lines.push(`     fuses ${fused.map((n) => `${n.op.name} ${name(n, numbers)}`).join(", ")}`);
  }
  lines.push("", `memory: ${count(program.scratchBytes)}B planned scratch`);
  const inPlace = program.updates.length - program.copies;
  lines.push(`states: ${inPlace} updated in place, ${program.copies} copied`, `work: ${count(total)} FLOP`);
  return lines.join("\n");
}

function spaceOf(kernel: Kernel): string {
  const extents = (variables: readonly { extent: number }[]) => show(variables.map((v) => v.extent));
  return kernel.loops.length === 0 ? extents(kernel.rows) : `${extents(kernel.rows)} over ${extents(kernel.loops)}`;
}

function name(node: Node, numbers: ReadonlyMap<Node, number>): string {
  return `%${numbers.get(node) ?? "?"}`;
}

function describe(node: Node, numbers: ReadonlyMap<Node, number>): string {
  const params = Object.entries(node.params).filter(([key]) => key !== "shape" && key !== "dtype");
  const options = params.map(([key, value]) => `${key}=${Array.isArray(value) ? `[${String(value)}]` : String(value)}`);
  const operands = [...node.inputs.map((input) => name(input, numbers)), ...options].join(", ");
  return `${node.op.name}(${operands})  ${node.dtype}${show(node.shape)}${isLeaf(node) ? "  (given)" : ""}`;
}

function count(n: number): string {
  for (const [size, unit] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const)
    if (n >= size) return `${(n / size).toFixed(1)} ${unit}`;
  return `${n} `;
}
