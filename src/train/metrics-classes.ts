/**
 * Precision, recall and F1: how well each class is found. All three come from the confusion matrix; where there is nothing
 * to divide by, a class's value is 0. Outputs and targets as in `accuracy`.
 */
import { checkOptions, ValueError } from "../base/index.ts";
import { confusion, type MetricFactory } from "./metrics.ts";

/**
 * "binary": of class 1, of two classes. "macro": the mean over classes. "weighted": that mean weighted by how often a
 * class is true. "micro": of all counts together. null: one value for each class.
 */
export type Averaging = "binary" | "macro" | "micro" | "weighted" | null;

const averages: readonly Averaging[] = ["binary", "macro", "micro", "weighted"];

export interface AverageOptions<A extends Averaging> {
  /** "binary" by default. */
  readonly average?: A;
}

export type Averaged<A extends Averaging> = A extends null ? number[] : number;

/** What one class comes to: hits, predictions of it, true samples of it. */
type Measure = (hits: number, predicted: number, actual: number) => number;

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * Of what was taken for a class, the share that is of it: hits / predicted; 0 where nothing was.
 *
 * @throws ValueError  when an option is unknown or does not exist, or at a label that is no class
 * Source: scikit-learn's precision_score.
 * @example
 * metrics.measure(precision(), tensor([1, 1, -1, 1]), tensor([1, 0, 1, 1])); // => 0.6666…
 */
export function precision<const A extends Averaging = "binary">(
  options: AverageOptions<A> = {},
): MetricFactory<Averaged<A>, "precision"> {
  return averaged("precision", options, (hits, predicted) => share(hits, predicted));
}

/**
 * Of what is of a class, the share that was taken for it: hits / actual; 0 where nothing is.
 *
 * @throws ValueError  when an option is unknown or does not exist, or at a label that is no class
 * Source: scikit-learn's recall_score.
 * @example
 * metrics.measure(recall({ average: null }), tensor([1, 1, -1, 1]), tensor([1, 0, 1, 1])); // => [ 0, 0.6666… ]
 */
export function recall<const A extends Averaging = "binary">(
  options: AverageOptions<A> = {},
): MetricFactory<Averaged<A>, "recall"> {
  return averaged("recall", options, (hits, _, actual) => share(hits, actual));
}

/**
 * The harmonic mean of precision and recall: 2 hits / (predicted + actual).
 *
 * @throws ValueError  when an option is unknown or does not exist, or at a label that is no class
 * Source: van Rijsbergen 1979; scikit-learn's f1_score.
 * @example
 * metrics.measure(f1(), tensor([1, 1, -1, 1]), tensor([1, 0, 1, 1])); // => 0.6666…
 */
export function f1<const A extends Averaging = "binary">(
  options: AverageOptions<A> = {},
): MetricFactory<Averaged<A>, "f1"> {
  return averaged("f1", options, (hits, predicted, actual) => share(2 * hits, predicted + actual));
}

function averaged<Name extends string, A extends Averaging>(
  name: Name,
  options: AverageOptions<A>,
  measure: Measure,
): MetricFactory<Averaged<A>, Name> {
  checkOptions(name, options, ["average"]);
  const { average } = options;
  if (average !== undefined && average !== null && !averages.includes(average))
    throw new ValueError(
      `${name}: average "${String(average)}" does not exist; there are binary, macro, micro, weighted and null`,
    );
  return () => {
    const counts = confusion(name);
    const value = (): number | number[] => combine(name, counts.value(), measure, average ?? defaultOf(average));
    return { name, update: counts.update, value: value as () => Averaged<A> }; // null gives the list, all others a number
  };
}

const defaultOf = (average: Averaging | undefined): Averaging => (average === undefined ? "binary" : null);

function combine(name: string, counts: number[][], measure: Measure, average: Averaging): number | number[] {
  const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const actual = counts.map(total);
  const predicted = counts.map((_, j) => total(counts.map((row) => row[j]!)));
  const each = counts.map((row, i) => measure(row[i]!, predicted[i]!, actual[i]!));
  switch (average) {
    case null:
      return each;
    case "macro":
      return share(total(each), each.length);
    case "weighted":
      return share(total(each.map((v, i) => v * actual[i]!)), total(actual));
    case "micro":
      return measure(total(counts.map((row, i) => row[i]!)), total(predicted), total(actual));
    case "binary":
      if (counts.length > 2)
        throw new ValueError(
          `${name}: there are ${counts.length} classes, "binary" is for two; name an average: macro, micro, weighted or null`,
        );
      return each[1] ?? 0;
  }
}
