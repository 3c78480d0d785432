/** What a program is made of, for people: the kernels with what each fuses, the planned memory, the work. */
import { show, sizeOf } from "../base/index.ts";
import { type Node, topological } from "../graph/index.ts";
import type { ListedKernel } from "./block.ts";
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

/** How many kernels a program has: of loops, those of the body. */
export function countKernels(kernels: readonly ListedKernel[]): number {
  return kernels.reduce((n, { body }) => n + (body === null ? 1 : countKernels(body.kernels)), 0);
}

export function explainProgram(program: Program): string {
  const listing = new Listing();
  const total = listing.block(program.roots, program.kernels, "");
  listing.lines.push("", `memory: ${count(program.scratchBytes)}B planned scratch`);
  const inPlace = program.updates.length - program.copies;
  listing.lines.push(`states: ${inPlace} updated in place, ${program.copies} copied`, `work: ${count(total)} FLOP`);
  return listing.lines.join("\n");
}

/** Lines about blocks: the program, and the bodies of its loops after it, indented. */
class Listing {
  readonly lines: string[] = [];

  /** Gives the work of all runs. */
  block(roots: readonly Node[], kernels: readonly ListedKernel[], indent: string): number {
    const numbers = new Map<Node, number>();
    const write = (text: string): void => {
      this.lines.push(text === "" ? "" : indent + text);
    };
    write("graph");
    for (const node of topological(roots)) {
      numbers.set(node, numbers.size);
      write(`  ${name(node, numbers)} = ${describe(node, numbers)}`);
    }
    write("");
    write(`kernels: ${countKernels(kernels)}`);
    let total = 0;
    for (const [i, { kernel, runs, body }] of kernels.entries()) {
      const results = kernel.outputs.map((n) => name(n, numbers)).join(", ");
      if (body !== null) {
        write(`  ${i}: scan, ${body.steps} steps → ${results}`);
        total += this.block(body.roots, body.kernels, `${indent}     `);
        continue;
      }
      const flops = flopsOf(kernel);
      total += flops * runs;
      write(`  ${i}: ${kernel.kind} ${spaceOf(kernel)} → ${results}  (${count(flops)} FLOP)`);
      const fused = [...kernel.members].filter((n) => n.op.kind !== "movement" && n.op.kind !== "alias").reverse();
      write(`     fuses ${fused.map((n) => `${n.op.name} ${name(n, numbers)}`).join(", ")}`);
    }
    return total;
  }
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
