/** Looking at the data before training on it: most failed runs are explained there. */
import { isFloat, maxOf, minOf, numbersOf, show, ValueError } from "../base/index.ts";
import { type Dataset, rowsOf, sampleCount } from "./dataset.ts";

export interface CheckOptions {
  /** What the data set is called in messages; "data" by default. */
  readonly name?: string;
  /** Number of classes; when given, y must hold whole numbers 0 … classes − 1. */
  readonly classes?: number;
}

/**
 * Checks a data set in one pass.
 *
 * @returns  what is suspicious, a sentence each: columns that never change, columns of very different or very large
 *           scale
 * @throws ValueError  at what cannot be trained on: NaN or infinity in x or y, a label that is not a class (naming
 *                     sample, column and value)
 * @example
 * data.checkDataset({ x: tensor([[0, 1], [0, 2], [0, 3]]), y: tensor([1, 2, 3]) }).length; // => 1
 */
export function checkDataset(dataset: Dataset, { name = "data", classes }: CheckOptions = {}): string[] {
  const n = sampleCount(name, dataset);
  if (n === 0) throw new ValueError(`${name}: there are no samples`);
  checkFinite(name, "x", dataset.x);
  checkFinite(name, "y", dataset.y);
  if (classes !== undefined) checkClasses(name, dataset.y, classes);
  return [...constantColumns(dataset), ...unevenScales(dataset)];
}

function checkFinite(name: string, part: "x" | "y", tensor: Dataset["x"]): void {
  if (!isFloat(tensor.dtype)) return;
  const { data, width } = rowsOf(tensor);
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i]!)) continue;
    const column = width > 1 ? `, column ${i % width}` : "";
    throw new ValueError(
      `${name}: ${part} of sample ${Math.floor(i / width)}${column} is ${data[i]}; remove the sample or fill the gap`,
    );
  }
}

function checkClasses(name: string, y: Dataset["y"], classes: number): void {
  if (y.ndim !== 1)
    throw new ValueError(`${name}: y has shape ${show(y.shape)}; classes are one whole number a sample`);
  const labels = numbersOf(y.dataSync());
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new ValueError(
      `${name}: the label of sample ${i} is ${label}; ${classes} classes are numbered 0 to ${classes - 1}`,
    );
  }
}

/** Least and greatest value of every column of x. */
function ranges({ x }: Dataset): { low: Float64Array; high: Float64Array } {
  const { data, width } = rowsOf(x);
  const values = numbersOf(data);
  const low = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < data.length; i++) {
    const column = i % width;
    const value = values[i]!;
    if (value < low[column]!) low[column] = value;
    if (value > high[column]!) high[column] = value;
  }
  return { low, high };
}

function constantColumns(dataset: Dataset): string[] {
  const { low, high } = ranges(dataset);
  const constant = [...low.keys()].filter((c) => low[c] === high[c]);
  if (constant.length === 0) return [];
  const listed = constant.slice(0, 8).join(", ") + (constant.length > 8 ? ", …" : "");
  const alone = constant.length === 1;
  const doing = alone ? "never changes and teaches nothing: column" : "never change and teach nothing: columns";
  return [`${constant.length} of ${low.length} columns ${doing} ${listed}`];
}

/** Gradient descent is slow where columns differ much in size, and starts badly where they are large. */
function unevenScales(dataset: Dataset): string[] {
  const { low, high } = ranges(dataset);
  const spans = Array.from(low, (l, c) => high[c]! - l).filter((span) => span > 0);
  if (spans.length === 0) return [];
  const [least, greatest] = [minOf(spans), maxOf(spans)];
  const limit = 1000;
  const out: string[] = [];
  if (greatest / least > limit)
    out.push(`columns differ in scale by a factor of ${Math.round(greatest / least)}; standardise them`);
  const farthest = Math.max(maxOf(low.map(Math.abs)), maxOf(high.map(Math.abs)));
  if (farthest > limit) out.push(`values reach ${farthest}; scale them to about 1`);
  return out;
}
