/**
 * The confusion matrix: for every true class, how often each class was predicted. What is right stands on the diagonal in
 * blue; what is wrong is vermilion, so that the eye finds it among a hundred cells.
 */
import { scaleLinear } from "d3-scale";
import { maxOf, ShapeError, show } from "../base/index.ts";
import { group, headHeight, picture, rect, text } from "./svg.ts";
import { theme } from "./theme.ts";

export interface ConfusionMatrixOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Names of the classes; 0, 1, … when absent. */
  readonly classes?: readonly string[];
  /** Pixels of a cell's side. */
  readonly cell?: number;
}

const right = scaleLinear<string>().domain([0, 1]).range(["#eaf3f9", theme.blue]);
/** By the square root of the share, so that a single mistake among many images is still seen. */
const wrong = scaleLinear<string>().domain([0, 0.15, 0.7]).range(["#ffffff", "#fbd3b5", theme.vermilion]).clamp(true);

/**
 * A confusion matrix as SVG text. `counts[i][j]` is how many samples of class i were taken for class j.
 *
 * Colour is the share of the row. Beside the rows stands the recall of each class (of those that are it, how many were found),
 * below the columns its precision (of those called it, how many are).
 *
 * @throws ShapeError  when the matrix is not square, or names and rows differ in number
 * @example
 * confusionMatrix([[9, 1], [0, 10]], { classes: ["cat", "dog"] }).includes(">cat<"); // true
 */
export function confusionMatrix(counts: readonly (readonly number[])[], options: ConfusionMatrixOptions = {}): string {
  const n = counts.length;
  const ragged = counts.findIndex((row) => row.length !== n);
  if (ragged >= 0) {
    throw new ShapeError(
      `confusionMatrix: row ${ragged} has ${counts[ragged]!.length} entries where ${n} rows ask for ${n}; the matrix is square`,
    );
  }
  const classes = options.classes ?? counts.map((_, i) => String(i));
  if (classes.length !== n) {
    throw new ShapeError(
      `confusionMatrix: ${classes.length} class names for a matrix of ${show([n, n])}; give one name a row`,
    );
  }
  const { cell = 40, title = "Confusion matrix" } = options;
  const labels = maxOf(classes.map((c) => c.length)) * 7 + 16; // room for the names at the left
  const [left, top] = [44 + labels, headHeight + 52];
  const [width, height] = [Math.max(left + n * cell + 84, 420), top + n * cell + 60];
  const total = sum(counts.flat());
  const correct = sum(counts.map((row, i) => row[i]!));
  const subtitle = options.subtitle ?? `${total} samples, ${total - correct} wrong, accuracy ${ratio(correct, total)}`;

  const cells = counts.flatMap((row, i) =>
    row.map((count, j) => square(count, sum(row), i === j, left + j * cell, top + i * cell, cell)),
  );
  const names = classes.flatMap((name, i) => {
    const middle = (i + 0.5) * cell + 4.5;
    const recall = ratio(counts[i]![i]!, sum(counts[i]!));
    const precision = ratio(counts[i]![i]!, sum(counts.map((row) => row[i]!)));
    return [
      text(left - 10, top + middle, name, { "text-anchor": "end", "font-size": 14 }),
      text(left + middle - 4.5, top - 10, name, { "text-anchor": "middle", "font-size": 14 }),
      text(left + n * cell + 12, top + middle, recall, { fill: theme.muted }),
      text(left + middle - 4.5, top + n * cell + 20, precision, { "text-anchor": "middle", fill: theme.muted }),
    ];
  });
  const centre = { "text-anchor": "middle", "font-weight": 600 };
  const axes = [
    text(left + (n * cell) / 2, top - 34, "predicted class", centre),
    text(0, 0, "true class", { ...centre, transform: `translate(34 ${top + (n * cell) / 2}) rotate(-90)` }),
    text(left + n * cell + 12, top - 10, "recall", { fill: theme.muted }),
    text(left + (n * cell) / 2, top + n * cell + 40, "precision", { "text-anchor": "middle", fill: theme.muted }),
  ];
  return picture(
    { width, height, title, subtitle, description: describe(counts, classes) },
    axes,
    group({}, cells),
    names,
  );
}

function square(count: number, inRow: number, diagonal: boolean, x: number, y: number, side: number): string {
  const share = inRow === 0 ? 0 : count / inRow;
  const fill = count === 0 ? "#f6f8fa" : diagonal ? right(share) : wrong(Math.sqrt(share));
  const dark = diagonal ? share > 0.55 : Math.sqrt(share) > 0.6;
  const box = rect(x + 1, y + 1, side - 2, side - 2, { fill, rx: 3 });
  if (count === 0) return box;
  const ink = dark ? theme.paper : theme.ink;
  return (
    box +
    text(x + side / 2, y + side / 2 + 5, String(count), {
      "text-anchor": "middle",
      "font-size": 14,
      "font-weight": 600,
      fill: ink,
    })
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** part / whole to three decimals; a dash where there is nothing to divide by. */
function ratio(part: number, whole: number): string {
  return whole === 0 ? "–" : (part / whole).toFixed(whole >= 1000 ? 4 : 3);
}

/** The most frequent mistakes in words. */
function describe(counts: readonly (readonly number[])[], classes: readonly string[]): string {
  const mistakes = counts
    .flatMap((row, i) => row.map((count, j) => ({ count, i, j })))
    .filter(({ count, i, j }) => i !== j && count > 0);
  mistakes.sort((a, b) => b.count - a.count);
  const worst = mistakes.slice(0, 5).map(({ count, i, j }) => `${classes[i]} taken for ${classes[j]} ${count} times`);
  return worst.length === 0 ? "No mistakes." : `Most frequent mistakes: ${worst.join(", ")}.`;
}
