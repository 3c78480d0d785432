/**
 * Simplification: graph → graph. Equal nodes become one, aliases disappear, constants are computed, and contractions are brought into the form that
 * the contraction kernel serves best.
 */
import { castScalar, filledArray, isFloat, isHalf, sizeOf } from "../base/index.ts";
import {
  cast,
  concat,
  constant,
  constantValue,
  contract,
  evaluateNode,
  expand,
  flip,
  mul,
  Node,
  type Primitive,
  pad,
  permute,
  reshape,
  scatterAdd,
  sum,
  topological,
  window,
} from "../graph/index.ts";
import { contractionAxes, numberParam } from "./kernel.ts";

/** A rewrite of one node whose operands are already in their final form; undefined where it does not apply. */
interface Rule {
  readonly name: string;
  readonly rewrite: (node: Node, known: Knowledge) => Node | undefined;
}

/** What rules may ask about nodes that have been rewritten. */
interface Knowledge {
  /** Whether the node's values come out of a contraction in the contraction's own order of axes. */
  inContractionOrder(node: Node): boolean;
  /** What is known of a node as a sum of padded arrays; null if it is none, or they are padded along different axes. */
  paddedSum(node: Node): PaddedSum | null;
}

/** Below this number of products, plain loops beat packing. */
export const smallContraction = 4096;

const rules: readonly Rule[] = [
  { name: "alias(x) → x", rewrite: (node) => (node.op.kind === "alias" ? node.inputs[0] : undefined) },
  { name: "checked(x) → x", rewrite: (node) => (node.op.kind === "checked" ? node.inputs[0] : undefined) },
  { name: "movement of a constant → constant", rewrite: movedConstant },
  { name: "elementwise of constants → constant", rewrite: foldedConstant },
  { name: "pad(a) + pad(b) + …, side by side → concat(a, b, …)", rewrite: joinedPads },
  { name: "concat(a, b, …) of very many → concat(concat(a, b, …), …)", rewrite: concatenationOfFew },
  { name: "x · 1, x / 1, x − 0, x + 0 → x", rewrite: neutralOperand },
  { name: "fold(contract(a, b)) → contract(window(a), flipped b)", rewrite: gradientOfWindows },
  { name: "scatterAdd of halves → of float32", rewrite: scatterOfHalves },
  { name: "small or integer contraction → sum of products", rewrite: sumOfProducts },
  { name: "permute(contract(a, b)) → contract(bᵀ, aᵀ)", rewrite: transposedContraction },
  { name: "permute(Σ a·b) → Σ permute(a·b)", rewrite: permutedSum },
  { name: "f(permute(contraction), y) → permute(f(contraction, y permuted back))", rewrite: sinkPermutation },
];

/** The graph below `roots`, simplified; one node for every root. */
export function simplify(roots: readonly Node[]): Node[] {
  const simplifier = new Simplifier();
  for (const node of topological(roots)) simplifier.add(node);
  return roots.map((root) => simplifier.of(root));
}

class Simplifier implements Knowledge {
  readonly #made = new Map<Node, Node>();
  readonly #byText = new Map<string, Node>();
  readonly #ordered = new Set<Node>();
  readonly #padded = new Map<Node, PaddedSum | null>();

  of(node: Node): Node {
    return this.#made.get(node)!;
  }

  inContractionOrder(node: Node): boolean {
    return this.#ordered.has(node);
  }

  paddedSum(node: Node): PaddedSum | null {
    let sum = this.#padded.get(node);
    if (sum === undefined) {
      const of = (x: Node) => this.#padded.get(x) ?? paddedAlone(x);
      const [a, b] = node.op.name === "add" ? node.inputs.map(of) : [null, null];
      sum = a && b && a.axis === b.axis ? { axis: a.axis, covered: a.covered + b.covered } : null;
      this.#padded.set(node, sum);
    }
    return sum;
  }

  add(node: Node): void {
    const inputs = node.inputs.map((input) => this.of(input));
    const same = inputs.every((input, i) => input === node.inputs[i]);
    this.#made.set(node, this.#finished(same ? node : rebuilt(node, inputs)));
  }

  /** Applies rules to a node until none does; what a rule builds goes the same way. */
  #finished(node: Node): Node {
    const known = this.#unique(node);
    if (known !== node) return known;
    for (const rule of rules) {
      const other = rule.rewrite(node, this);
      if (other === undefined || other === node) continue;
      const result = this.#absorb(other);
      this.#byText.set(text(node), result);
      return result;
    }
    if (
      node.op.kind === "contraction" ||
      (node.op.kind === "elementwise" && node.inputs.some((x) => this.#ordered.has(x)))
    )
      this.#ordered.add(node);
    return node;
  }

  /** Simplifies what a rule has built, down to nodes that are in their final form. */
  #absorb(root: Node): Node {
    const made = new Map<Node, Node>();
    const final = (node: Node) => this.#byText.get(text(node)) === node;
    for (const node of topological([root], final)) {
      if (final(node)) {
        made.set(node, node);
        continue;
      }
      const inputs = node.inputs.map((input) => made.get(input)!);
      const same = inputs.every((input, i) => input === node.inputs[i]);
      made.set(node, this.#finished(same ? node : rebuilt(node, inputs)));
    }
    return made.get(root)!;
  }

  #unique(node: Node): Node {
    const key = text(node);
    const known = this.#byText.get(key);
    if (known !== undefined) return known;
    this.#byText.set(key, node);
    return node;
  }
}

function rebuilt(node: Node, inputs: readonly Node[]): Node {
  return new Node(node.op, inputs, node.params, node.shape, node.dtype, { device: node.device });
}

function text(node: Node): string {
  let key = `${node.op.name}${node.dtype}[${node.shape.join()}]`;
  for (const input of node.inputs) key += ` ${input.id}`;
  for (const name in node.params) {
    const value = node.params[name]!;
    key += `,${name}=${Object.is(value, -0) ? "-0" : JSON.stringify(value, (_, v) => ((typeof v === "number" && !Number.isFinite(v)) || typeof v === "bigint" ? String(v) : v))}`;
  }
  return key;
}

/** The number that a node has everywhere, if it is a constant. */
export function constantOf(node: Node): number | undefined {
  return constantValue(node) ?? undefined;
}

const movingOnly: ReadonlySet<string> = new Set(["reshape", "permute", "expand", "slice", "flip", "window"]);

function movedConstant(node: Node): Node | undefined {
  if (node.op.kind !== "movement" || !movingOnly.has(node.op.name)) return undefined;
  const value = constantOf(node.inputs[0]!);
  return value === undefined ? undefined : constant(value, node.shape, node.dtype, node.device);
}

function foldedConstant(node: Node): Node | undefined {
  if (node.op.kind !== "elementwise" || node.inputs.length === 0) return undefined;
  const values = node.inputs.map(constantOf);
  if (values.some((v) => v === undefined)) return undefined;
  const operands = node.inputs.map((input, i) => {
    return { data: filledArray(input.dtype, 1, castScalar(values[i]!, input.dtype)), shape: [], dtype: input.dtype };
  });
  const result = evaluateNode(new Node(node.op, node.inputs, node.params, [], node.dtype, {}), operands)[0]!;
  return constant(result, node.shape, node.dtype, node.device);
}

function neutralOperand(node: Node): Node | undefined {
  const [a, b] = node.inputs;
  if (a === undefined || b === undefined || node.inputs.length !== 2) return undefined;
  switch (node.op.name) {
    case "mul":
      return constantOf(b) === 1 ? a : constantOf(a) === 1 ? b : undefined;
    case "add":
      return constantOf(b) === 0 ? a : constantOf(a) === 0 ? b : undefined; // −0 + 0 becomes −0: equal, and as good
    case "sub":
      return constantOf(b) === 0 ? a : undefined;
    case "div":
      return constantOf(b) === 1 ? a : undefined;
    default:
      return undefined;
  }
}

/**
 * Cotangents of slices (the gates of a recurrent cell, the parts of a projection) arrive between zeros and are added up. Where they fill an axis
 * without meeting, they are parts of one array.
 */
function joinedPads(node: Node, known: Knowledge): Node | undefined {
  if (node.op.name !== "add") return undefined;
  const sum = known.paddedSum(node);
  if (sum === null || sum.covered !== node.shape[sum.axis]) return undefined;
  const { axis } = sum;
  const start = (pad: Node): number => axesParam(pad, "before")[axis]!;
  const ordered = padsBelow(node).sort((a, b) => start(a) - start(b));
  let next = 0;
  for (const term of ordered) {
    const part = term.inputs[0]!.shape;
    if (start(term) !== next || part.some((n, i) => i !== axis && n !== node.shape[i])) return undefined;
    if (axesParam(term, "interior")[axis] !== 0) return undefined;
    next += part[axis]!;
  }
  return concat(
    ordered.map((term) => term.inputs[0]!),
    { axis },
  );
}

/** The most parts that are joined at once: each is a copy of the loop's body, or a choice at every element. */
const mostParts = 64;

/** Very many parts are joined in groups, and these then: a tree, whose kernels have a bounded size each. */
function concatenationOfFew(node: Node): Node | undefined {
  if (node.op.kind !== "concatenation" || node.inputs.length <= mostParts) return undefined;
  const axis = numberParam(node, "axis");
  const size = Math.ceil(node.inputs.length / Math.ceil(node.inputs.length / mostParts));
  const groups: Node[] = [];
  for (let i = 0; i < node.inputs.length; i += size) groups.push(concat(node.inputs.slice(i, i + size), { axis }));
  return concat(groups, { axis });
}

/** Padded arrays that are added up, as far as their sum tells whether they may fill an axis: it grows from addition to addition. */
interface PaddedSum {
  /** The axis along which they are padded. */
  readonly axis: number;
  /** How much of it they have together. */
  readonly covered: number;
}

function paddedAlone(node: Node): PaddedSum | null {
  if (node.op.name !== "pad") return null;
  const inner = node.inputs[0]!.shape;
  const axis = inner.findIndex((n, i) => n !== node.shape[i]);
  return axis < 0 ? null : { axis, covered: inner[axis]! };
}

/** The padded arrays in a sum of sums of them. */
function padsBelow(sum: Node): Node[] {
  const found: Node[] = [];
  const stack = [sum];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.op.name === "pad") found.push(node);
    else for (const input of node.inputs) stack.push(input);
  }
  return found;
}

/** What is added up at one place is rounded once. */
function scatterOfHalves(node: Node): Node | undefined {
  if (node.op.name !== "scatterAdd" || !isHalf(node.dtype)) return undefined;
  const [base, index, updates] = [node.inputs[0]!, node.inputs[1]!, node.inputs[2]!];
  const axis = numberParam(node, "axis");
  return cast(scatterAdd(cast(base, "float32"), index, cast(updates, "float32"), { axis }), node.dtype);
}

/** Σ_k a·b spelled as a reduction of an elementwise product, for what the contraction kernel is not made for. */
function sumOfProducts(node: Node): Node | undefined {
  if (node.op.kind !== "contraction") return undefined;
  const { batch, rows, columns } = contractionAxes(node);
  const wide = isHalf(node.dtype) ? "float32" : node.dtype; // halves are multiplied and added up as float32
  const [a, b] = [cast(node.inputs[0]!, wide), cast(node.inputs[1]!, wide)];
  const contracted = a.shape.slice(batch + rows);
  const count = node.size * sizeOf(contracted);
  if (isFloat(node.dtype) && count > smallContraction && sizeOf(contracted) > 0) return undefined;
  // [batch, rows, columns, contracted], so that the sum runs over the last axes
  const [inBatch, inRows, inColumns] = [
    node.shape.slice(0, batch),
    node.shape.slice(batch, batch + rows),
    node.shape.slice(batch + rows),
  ];
  const ones = (shape: readonly number[]) => shape.map(() => 1);
  const full = [...node.shape, ...contracted];
  const wideA = expand(reshape(a, [...inBatch, ...inRows, ...ones(inColumns), ...contracted]), full);
  const k = contracted.length;
  const turned = permute(b, [
    ...upTo(batch),
    ...upTo(columns).map((i) => batch + k + i),
    ...upTo(k).map((i) => batch + i),
  ]);
  const wideB = expand(reshape(turned, [...inBatch, ...ones(inRows), ...inColumns, ...contracted]), full);
  const products = mul(wideA, wideB);
  const summed = upTo(k).map((i) => node.shape.length + i);
  return cast(k === 0 ? products : sum(products, summed), node.dtype);
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function axesParam(node: Node, name: string): readonly number[] {
  const value = node.params[name];
  if (!Array.isArray(value)) throw new Error(`compiler: ${node.op.name} has no list "${name}"`);
  return value.map(Number);
}

/**
 * The gradient of a convolution's input: overlapping windows summed up over a product with the weights,
 * Σ_{o·s + κ·d = i} Σ_c a[…, o, c]·b[c, …, κ], is itself a convolution of a, spread by the stride, with the weights flipped:
 * Σ_{c, κ} a′[…, i − κ·d, c]·b[c, …, κ]. So the products are never stored.
 */
function gradientOfWindows(node: Node): Node | undefined {
  if (node.op.name !== "fold") return undefined;
  let product = node.inputs[0]!;
  let order = upTo(product.shape.length);
  if (product.op.name === "permute") {
    order = [...axesParam(product, "axes")]; // axis i of the operand of fold is axis order[i] of the product
    product = product.inputs[0]!;
  }
  if (product.op.kind !== "contraction") return undefined;
  const { batch, rows, columns } = contractionAxes(product);
  const [a, b] = [product.inputs[0]!, product.inputs[1]!];
  const [axes, size, stride, dilation, lengths] = ["axes", "size", "stride", "dilation", "lengths"].map((name) =>
    axesParam(node, name),
  ) as [readonly number[], readonly number[], readonly number[], readonly number[], readonly number[]]; // five names, five lists
  const ndim = product.shape.length;
  const spatial = axes.map((axis) => order[axis]!); // axes of the product that count positions
  const kernel = axes.map((_, i) => order[ndim - axes.length + i]!); // axes of the product that count within windows
  if (!spatial.every((x) => x >= batch && x < batch + rows) || !kernel.every((x) => x >= batch + rows))
    return undefined;
  const k = a.shape.length - batch - rows;
  // spread a by the stride, pad so that every position of the result finds its whole window
  const before = a.shape.map(() => 0);
  const after = a.shape.map(() => 0);
  const interior = a.shape.map(() => 0);
  for (const [i, x] of spatial.entries()) {
    const reach = (size[i]! - 1) * dilation[i]!;
    const spread = (a.shape[x]! - 1) * stride[i]! + 1;
    before[x] = reach;
    after[x] = lengths[i]! - spread; // window count must be `lengths`: reach + spread + after − reach = lengths
    interior[x] = stride[i]! - 1;
    if (after[x]! < 0 || a.shape[x] === 0) return undefined;
  }
  const wide = pad(a, { before, after, interior });
  const windows = window(wide, { axes: spatial, size: [...size], stride: size.map(() => 1), dilation: [...dilation] });
  // windows: [batch, rows with lengths, contracted, kernel] and b: [batch, contracted, columns] → [batch, contracted, kernel, other columns]
  const columnAxis = (x: number) => x - batch - rows; // among the columns of the product
  const kernelColumns = kernel.map(columnAxis);
  const others = upTo(columns).filter((c) => !kernelColumns.includes(c));
  const bAxis = (c: number) => batch + k + c;
  const flipped = flip(b, kernelColumns.map(bAxis));
  const turned = permute(flipped, [...upTo(batch + k), ...kernelColumns.map(bAxis), ...others.map(bAxis)]);
  const result = contract(windows, turned, { batch, rows, columns: others.length });
  // the axes of the product without the kernel's, in the order in which fold gives them
  const place = (x: number) => (x < batch + rows ? x : batch + rows + others.indexOf(columnAxis(x)));
  return permute(result, order.slice(0, ndim - axes.length).map(place));
}

/** A product read with rows and columns exchanged is the product of the exchanged operands: what is updated with it need not be copied. */
function transposedContraction(node: Node): Node | undefined {
  const product = node.inputs[0];
  if (node.op.name !== "permute" || product === undefined || product.op.kind !== "contraction") return undefined;
  const { batch, rows, columns } = contractionAxes(product);
  const swapped = [...upTo(batch), ...upTo(columns).map((i) => batch + rows + i), ...upTo(rows).map((i) => batch + i)];
  if (rows === 0 || columns === 0 || !axesParam(node, "axes").every((axis, i) => axis === swapped[i])) return undefined;
  const [a, b] = [product.inputs[0]!, product.inputs[1]!];
  const k = a.shape.length - batch - rows;
  const turned = (x: Node, first: number) =>
    permute(x, [
      ...upTo(batch),
      ...upTo(x.shape.length - batch - first).map((i) => batch + first + i),
      ...upTo(first).map((i) => batch + i),
    ]);
  return contract(turned(b, k), turned(a, rows), { batch, rows: columns, columns: rows });
}

/** A small product read with its axes exchanged: exchanging them before the sum costs nothing. */
function permutedSum(node: Node): Node | undefined {
  const total = node.inputs[0];
  if (node.op.name !== "permute" || total?.op.name !== "sum" || total.inputs[0]!.op.name !== "mul") return undefined;
  const product = total.inputs[0]!;
  const summed = axesParam(total, "axes");
  const kept = upTo(product.shape.length).filter((axis) => !summed.includes(axis));
  const order = axesParam(node, "axes");
  const turned = permute(product, [...order.map((axis) => kept[axis]!), ...summed]);
  return sum(
    turned,
    summed.map((_, i) => kept.length + i),
  );
}

/** Elementwise work on a contraction's result is done in the contraction's own order of axes, where it can ride along. */
function sinkPermutation(node: Node, known: Knowledge): Node | undefined {
  if (node.op.kind !== "elementwise") return undefined;
  const moved = node.inputs.find((input) => input.op.name === "permute" && known.inContractionOrder(input.inputs[0]!));
  if (moved === undefined) return undefined;
  const axes = axesParam(moved, "axes");
  const back = axes.map((_, i) => axes.indexOf(i));
  const inputs = node.inputs.map((input) => (input === moved ? moved.inputs[0]! : permute(input, back)));
  const op: Primitive = node.op;
  const inner = new Node(op, inputs, node.params, moved.inputs[0]!.shape, node.dtype, { device: node.device });
  return permute(inner, [...axes]);
}
