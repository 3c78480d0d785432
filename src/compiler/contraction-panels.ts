/**
 * Panels: how an axis of a contraction is cut, and how an operand is copied so that the innermost loop reads it front to back.
 *
 * An axis of `size` elements is cut into panels of `width`, what is left over being a narrower panel at the end, and the panels are gathered into
 * blocks that fit a cache. A packed panel holds its elements depth by depth: [depth][width].
 */
import { addConstant, addIndex, type Index, type LoopVariable, scaleIndex, variableIndex } from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import type { Lanes, Reg } from "./loops.ts";

export interface Axis {
  readonly size: number;
  readonly width: number;
  /** Panels of the full width. */
  readonly panels: number;
  /** Width of the last, narrower panel; 0 if there is none. */
  readonly edge: number;
  /** Full panels in a block; the last block may have fewer. */
  readonly perBlock: number;
  readonly blocks: number;
  /** Counts the full panels of the whole axis. */
  readonly panel: LoopVariable;
}

/** The full panels of one block, and whether it is the last block, to which the edge belongs. */
export interface Span {
  readonly from: number | Reg;
  readonly to: number | Reg;
  readonly last: true | Reg;
}

/** Cuts an axis so that a block has at most `blockSize` elements, if a panel has no more. Blocks are made equal as far as possible. */
export function cut(b: LoopBuilder, size: number, width: number, blockSize: number): Axis {
  const panels = Math.floor(size / width);
  const most = Math.max(1, Math.floor(blockSize / width));
  const perBlock = Math.max(1, Math.ceil(panels / Math.max(1, Math.ceil(panels / most))));
  const blocks = Math.max(1, Math.ceil(panels / perBlock));
  return { size, width, panels, edge: size - panels * width, perBlock, blocks, panel: b.variable(panels) };
}

/** Elements of a block at most. */
export function blockSize(axis: Axis): number {
  return axis.blocks === 1 ? axis.size : axis.perBlock * axis.width + axis.edge;
}

/** Emits `body` in a loop over the blocks of an axis. */
export function inBlocks(b: LoopBuilder, axis: Axis, body: (span: Span) => void): void {
  if (axis.blocks === 1) return body({ from: 0, to: axis.panels, last: true });
  const end = b.constant("i32", axis.panels);
  b.walk(0, axis.panels, axis.perBlock, (from) => {
    const to = b.min(b.add(from, b.constant("i32", axis.perBlock)), end);
    body({ from, to, last: b.eq(to, end) });
  });
}

/** Emits `body` where the block is the last one. */
export function inLast(b: LoopBuilder, span: Span, body: () => void): void {
  if (span.last === true) body();
  else b.when(span.last, body);
}

/** An i32 that may be known already. */
export function numberIn(b: LoopBuilder, value: number | Reg): Reg {
  return typeof value === "number" ? b.constant("i32", value) : value;
}

/** address − from · bytes: where panel 0 would lie if panel `from` lies at the address. */
export function origin(b: LoopBuilder, address: Reg, from: number | Reg, bytes: number): Reg {
  return from === 0 ? address : b.sub(address, b.mul(numberIn(b, from), b.constant("i32", bytes)));
}

// ---- packing -------------------------------------------------------------------------------------------------------

/** One operand, seen from its panels: `across` runs along rows for A, along columns for B. */
export interface Operand {
  readonly contiguous: "across" | "depth" | null;
  /** Emits one element, or a vector of neighbours across. */
  readonly read: (across: Index, depth: Index, along?: LoopVariable, lanes?: Lanes) => Reg;
  /** Whether narrow panels are filled up with zeros to whole vectors. */
  readonly padded: boolean;
}

/** What all copying of panels needs. */
export interface Packing {
  readonly b: LoopBuilder;
  readonly type: "f32" | "f64";
  readonly lanes: Lanes;
  readonly itemsize: number;
  /** The place within a vector. */
  readonly lane: LoopVariable;
  /** Cut into units, so many neighbours along depth as are copied by one trip. No edge. */
  readonly depth: Axis;
}

/** Bytes from one packed panel to the next: room for all depths of a block. */
export function panelBytes(p: Packing, axis: Axis): number {
  return axis.width * blockSize(p.depth) * p.itemsize;
}

/** Bytes of the scratch buffer for a block of panels. */
export function packedBytes(p: Packing, axis: Axis): number {
  const panels = axis.perBlock * (axis.panels === 0 ? 0 : 1) + (axis.edge > 0 ? 1 : 0);
  return panels * panelBytes(p, axis);
}

/**
 * Copies the panels of a block. The order follows memory: where elements across are neighbours, several rows of memory are cut
 * into pieces of panels, so that lines of the cache are used up while they are there; else each panel gathers along depth.
 */
export function pack(p: Packing, operand: Operand, axis: Axis, panels: Span, units: Span, buffer: Reg): void {
  const { b } = p;
  const base = origin(b, origin(b, buffer, panels.from, panelBytes(p, axis)), units.from, unitBytes(p, axis.width));
  const overPanels = (body: () => void) => b.range(axis.panel, panels.from, panels.to, 1, body);
  const overUnits = (body: () => void) => b.range(p.depth.panel, units.from, units.to, 1, body);
  const [outer, inner] = operand.contiguous === "across" ? [overUnits, overPanels] : [overPanels, overUnits];
  const start = scaleIndex(variableIndex(axis.panel), axis.width);
  const slot = scaleIndex(variableIndex(axis.panel), panelBytes(p, axis));
  outer(() => inner(() => copyUnit(p, operand, start, axis.width, base, slot)));
  if (axis.edge === 0) return;
  inLast(b, panels, () => {
    const edge = origin(
      b,
      edgeSlot(p, axis, panels, buffer),
      units.from,
      unitBytes(p, packedWidth(p, operand, axis.edge)),
    );
    overUnits(() => copyUnit(p, operand, edgeStart(axis), axis.edge, edge, { constant: 0, terms: [] }));
  });
}

function edgeStart(axis: Axis): Index {
  return { constant: axis.panels * axis.width, terms: [] };
}

/** Where the narrow panel lies: behind the full panels of its block. */
function edgeSlot(p: Packing, axis: Axis, panels: Span, buffer: Reg): Reg {
  const at = origin(p.b, buffer, panels.from, panelBytes(p, axis));
  return p.b.add(at, p.b.constant("i32", axis.panels * panelBytes(p, axis)));
}

function packedWidth(p: Packing, operand: Operand, width: number): number {
  return operand.padded ? Math.ceil(width / p.lanes) * p.lanes : width;
}

function unitBytes(p: Packing, width: number): number {
  return width * p.depth.width * p.itemsize;
}

/** Copies one unit of depths of one panel. */
function copyUnit(p: Packing, operand: Operand, start: Index, width: number, base: Reg, slot: Index): void {
  const { b } = p;
  const unit = variableIndex(p.depth.panel);
  const packed = packedWidth(p, operand, width);
  const to = b.address(base, addIndex(slot, scaleIndex(unit, unitBytes(p, packed))), 1);
  for (let u = 0; u < p.depth.width; u++) {
    const k = addConstant(scaleIndex(unit, p.depth.width), u);
    let at = to.offset + u * packed * p.itemsize;
    for (const value of readAcross(p, operand, start, width, k)) {
      b.store(p.type, to.address, at, value);
      at += value.lanes * p.itemsize;
    }
  }
}

/** The elements of a panel at one depth: vectors, then what is left one by one or filled up with zeros. */
function readAcross(p: Packing, operand: Operand, start: Index, width: number, k: Index): Reg[] {
  const { b, lanes } = p;
  const whole = width - (width % lanes);
  const values: Reg[] = [];
  for (let i = 0; i < whole; i += lanes) {
    values.push(operand.read(addIndex(addConstant(start, i), variableIndex(p.lane)), k, p.lane, lanes));
  }
  const rest: Reg[] = [];
  for (let i = whole; i < width; i++) rest.push(operand.read(addConstant(start, i), k));
  if (rest.length === 0) return values;
  if (!operand.padded) return [...values, ...rest];
  while (rest.length < lanes) rest.push(b.constant(p.type, 0));
  return [...values, b.join(rest)];
}
