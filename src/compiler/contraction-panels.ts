/**
 * Panels: how an axis of a contraction is cut, and how an operand is copied so that the innermost loop reads it front
 * to back.
 *
 * An axis is cut into panels of equal width, what is left over being a narrower panel at the end, the edge; as many
 * panels as fit a cache make a block. A packed panel holds its elements depth by depth: [depth][width].
 */
import {
  addConstant,
  addIndex,
  constantIndex,
  type Index,
  type LoopVariable,
  scaleIndex,
  variableIndex,
  zeroIndex,
} from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import type { Lanes, Reg } from "./loops.ts";

export interface Axis {
  readonly size: number;
  readonly width: number;
  /** Panels of the full width. */
  readonly panels: number;
  /** Width of the last, narrower panel; 0 if there is none. */
  readonly edge: number;
  /** Counts the full panels. */
  readonly panel: LoopVariable;
}

/** Some full panels in a row, and whether they are the last ones, to which the edge belongs. */
export interface Span {
  readonly from: number | Reg;
  readonly to: number | Reg;
  readonly last: boolean | Reg;
  /** No more than so many. */
  readonly most: number;
}

export function cut(b: LoopBuilder, size: number, width: number): Axis {
  const panels = Math.floor(size / width);
  return { size, width, panels, edge: size - panels * width, panel: b.variable(panels) };
}

export function whole(axis: Axis): Span {
  return { from: 0, to: axis.panels, last: true, most: axis.panels };
}

/** How many panels make a block of at most `elements`: as equal blocks as possible. */
function panelsPerBlock(axis: Axis, most: number, elements: number): number {
  const fit = Math.max(1, Math.floor(elements / axis.width));
  return Math.max(1, Math.ceil(most / Math.max(1, Math.ceil(most / fit))));
}

/** Into how many blocks of at most `elements` a whole axis falls. */
export function blocksOf(axis: Axis, elements: number): number {
  return Math.max(1, Math.ceil(axis.panels / panelsPerBlock(axis, axis.panels, elements)));
}

/** Emits `body` in a loop over blocks of at most `elements`. */
export function inBlocks(b: LoopBuilder, axis: Axis, span: Span, elements: number, body: (block: Span) => void): void {
  const most = panelsPerBlock(axis, span.most, elements);
  if (most >= span.most) {
    body(span);
    return;
  }
  const end = numberIn(b, span.to);
  b.walk(span.from, span.to, most, (from) => {
    const to = b.min(b.add(from, b.constant("i32", most)), end);
    const reached = b.eq(to, end);
    const last = span.last === true ? reached : span.last === false ? false : b.and(span.last, reached);
    body({ from, to, last, most });
  });
}

/** Emits `body` where the panels are the last ones. */
export function inLast(b: LoopBuilder, span: Span, body: () => void): void {
  if (span.last === true) body();
  else if (span.last !== false) b.when(span.last, body);
}

/** An i32 that may be known already. */
export function numberIn(b: LoopBuilder, value: number | Reg): Reg {
  return typeof value === "number" ? b.constant("i32", value) : value;
}

/** How many there are from one to the other. */
export function distance(b: LoopBuilder, from: number | Reg, to: number | Reg): number | Reg {
  if (from === 0) return to;
  return typeof from === "number" && typeof to === "number" ? to - from : b.sub(numberIn(b, to), numberIn(b, from));
}

/** address − from · bytes: where panel 0 would lie if panel `from` lies at the address. */
export function origin(b: LoopBuilder, address: Reg, from: number | Reg, bytes: number): Reg {
  return from === 0 ? address : b.sub(address, b.mul(numberIn(b, from), b.constant("i32", bytes)));
}

// ---- packing -------------------------------------------------------------------------------------------------------

/** One operand, seen from its panels: `across` runs along rows for A, along columns for B. */
export interface Operand {
  readonly axis: Axis;
  readonly contiguous: "across" | "depth" | null;
  /** Emits one element, or a vector of neighbours across. */
  readonly read: (across: Index, depth: Index, along?: LoopVariable, lanes?: Lanes) => Reg;
  /** Whether narrow panels are filled up with zeros to whole vectors. */
  readonly padded: boolean;
}

/** Operands as they are copied: `depth` is cut into units, the neighbours that one trip copies, without an edge. */
export interface Packing {
  readonly b: LoopBuilder;
  readonly type: "f32" | "f64";
  readonly lanes: Lanes;
  readonly itemsize: number;
  /** The place within a vector. */
  readonly lane: LoopVariable;
  readonly depth: Axis;
  /** Bytes of a packed panel, room for the deepest block, for each element of its width. */
  readonly stride: number;
}

/** Bytes of the scratch buffer for so many full panels and the edge. */
export function packedBytes(p: Packing, axis: Axis, most: number): number {
  return (most + (axis.edge > 0 ? 1 : 0)) * axis.width * p.stride;
}

/** Where a panel of a block lies that has been packed into `buffer`; `slot` is its number within the axis. */
export function panelAddress(p: Packing, axis: Axis, block: Span, buffer: Reg, slot: Index): Reg {
  const bytes = axis.width * p.stride;
  return p.b.add(origin(p.b, buffer, block.from, bytes), p.b.index(slot, bytes));
}

/**
 * Copies the panels of a block. The order follows memory: where elements across are neighbours, several rows of memory
 * are cut into pieces of panels, so that lines of the cache are used up while they are there; else each panel gathers
 * along depth.
 */
export function pack(p: Packing, operand: Operand, block: Span, units: Span, buffer: Reg): void {
  const { b } = p;
  const { axis, contiguous } = operand;
  const bytes = axis.width * p.stride;
  const overPanels = (body: () => void) => b.range(axis.panel, block.from, block.to, 1, body);
  const overUnits = (body: () => void) => b.range(p.depth.panel, units.from, units.to, 1, body);
  const [outer, inner] = contiguous === "across" ? [overUnits, overPanels] : [overPanels, overUnits];
  const panel = variableIndex(axis.panel);
  const base = origin(b, buffer, block.from, bytes);
  const full = { start: scaleIndex(panel, axis.width), width: axis.width, base, offset: scaleIndex(panel, bytes) };
  outer(() => inner(() => copyUnit(p, operand, full, units)));
  if (axis.edge === 0) return;
  inLast(b, block, () => {
    const start = constantIndex(axis.panels * axis.width);
    const edge = {
      start,
      width: axis.edge,
      base: b.add(base, b.constant("i32", axis.panels * bytes)),
      offset: zeroIndex,
    };
    overUnits(() => copyUnit(p, operand, edge, units));
  });
}

interface PanelAt {
  readonly start: Index;
  readonly width: number;
  /**
   * Its copy lies here. The sum may only be right when wrapped to 32 bits, so no part of it rides as the offset of a
   * store.
   */
  readonly base: Reg;
  readonly offset: Index;
}

/** Copies one unit of depths of one panel. */
function copyUnit(p: Packing, operand: Operand, panel: PanelAt, units: Span): void {
  const { b, depth, itemsize } = p;
  const packed = operand.padded ? Math.ceil(panel.width / p.lanes) * p.lanes : panel.width;
  const bytes = packed * itemsize;
  const unit = variableIndex(depth.panel);
  const base = origin(b, panel.base, units.from, depth.width * bytes);
  const { address } = b.address(base, addIndex(panel.offset, scaleIndex(unit, depth.width * bytes)), 1);
  for (let u = 0; u < depth.width; u++) {
    const k = addConstant(scaleIndex(unit, depth.width), u);
    let at = u * bytes;
    for (const value of readAcross(p, operand, panel, k)) {
      b.store(p.type, address, at, value);
      at += value.lanes * itemsize;
    }
  }
}

/** The elements of a panel at one depth: vectors, then what is left one by one or filled up with zeros. */
function readAcross(p: Packing, operand: Operand, { start, width }: PanelAt, k: Index): Reg[] {
  const { b, lanes } = p;
  const inVectors = width - (width % lanes);
  const values: Reg[] = [];
  for (let i = 0; i < inVectors; i += lanes) {
    const value = operand.read(addIndex(addConstant(start, i), variableIndex(p.lane)), k, p.lane, lanes);
    values.push(b.splat(value, lanes)); // what is repeated across is one element
  }
  const rest: Reg[] = [];
  for (let i = inVectors; i < width; i++) rest.push(operand.read(addConstant(start, i), k));
  if (rest.length === 0 || !operand.padded) return [...values, ...rest];
  while (rest.length < lanes) rest.push(b.constant(p.type, 0));
  return [...values, b.join(rest)];
}
