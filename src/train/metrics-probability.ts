/** Measures of predicted probabilities and scores. Outputs `[samples, classes]` and class labels `[samples]`. */
import { checkOptions, maxOf, ValueError } from "../base/index.ts";
import { type Classified, classify, type MetricFactory } from "./metrics.ts";

export interface ProbabilityOptions {
  /** What the network gives out: "logits", whose softmax is taken (the default), or "probabilities". */
  readonly from?: "logits" | "probabilities";
}

type Form = NonNullable<ProbabilityOptions["from"]>;

/** What the outputs are; throws when there is no such form, or an option is unknown. */
function formOf(name: string, options: ProbabilityOptions, names: readonly string[]): Form {
  checkOptions(name, options, names);
  const { from = "logits" } = options;
  if (from === "logits" || from === "probabilities") return from;
  throw new ValueError(`${name}: from "${String(from)}" does not exist; there are logits and probabilities`);
}

/** The probabilities of a sample; one output is that of class 1 of two. */
function probabilities(name: string, { outputs, classes }: Classified, sample: number, from: Form): number[] {
  const row = Array.from(outputs.subarray(sample * classes, (sample + 1) * classes), Number);
  if (from === "probabilities") {
    const wrong = row.find((p) => p < 0 || p > 1);
    if (wrong !== undefined)
      throw new ValueError(
        `${name}: the probability ${wrong} at sample ${sample} is not within 0 … 1; of logits, leave out from: "probabilities"`,
      );
    return classes === 1 ? [1 - row[0]!, row[0]!] : row;
  }
  const logits = classes === 1 ? [0, row[0]!] : row;
  const greatest = maxOf(logits);
  const e = logits.map((x) => Math.exp(x - greatest));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / total);
}

/** Probabilities are held above this before their logarithm, as in scikit-learn. */
const least = 1e-15;

/**
 * Mean of −ln p, p the probability of the true class.
 *
 * @throws ValueError  when an option is unknown or does not exist, or at a label or probability that is none
 * Source: scikit-learn's log_loss.
 * @example
 * metrics.measure(logLoss({ from: "probabilities" }), tensor([[0.25, 0.75], [0.5, 0.5]]), tensor([1, 0])); // => 0.4904…
 */
export function logLoss(options: ProbabilityOptions = {}): MetricFactory<number, "logLoss"> {
  const from = formOf("logLoss", options, ["from"]);
  return () => meanSurprise("logLoss", from, (mean) => mean);
}

/**
 * e^(mean of −ln p): among how many equally likely classes the network is as unsure as it is.
 *
 * @throws ValueError  when an option is unknown or does not exist, or at a label or probability that is none
 * Source: Jelinek et al. 1977.
 * @example
 * metrics.measure(perplexity({ from: "probabilities" }), tensor([[0.25, 0.75], [0.5, 0.5]]), tensor([0, 0])); // => 2.8284…
 */
export function perplexity(options: ProbabilityOptions = {}): MetricFactory<number, "perplexity"> {
  const from = formOf("perplexity", options, ["from"]);
  return () => meanSurprise("perplexity", from, Math.exp);
}

function meanSurprise<Name extends string>(
  name: Name,
  from: Form,
  finish: (mean: number) => number,
): ReturnType<MetricFactory<number, Name>> {
  let [total, samples] = [0, 0];
  return {
    name,
    update(batch) {
      const classified = classify(name, batch);
      for (let i = 0; i < classified.samples; i++) {
        const p = probabilities(name, classified, i, from)[classified.labels[i]!]!;
        total -= Math.log(Math.min(Math.max(p, least), 1 - least));
      }
      samples += classified.samples;
    },
    value: () => finish(total / samples),
  };
}

export interface CalibrationOptions extends ProbabilityOptions {
  /** How many equal parts 0 … 1 is cut into; 15 by default. */
  readonly bins?: number;
}

/**
 * Expected calibration error: Σ over bins of n_b/n · |accuracy − mean confidence|, a sample's confidence being its
 * greatest probability.
 *
 * @throws ValueError  when an option is unknown or does not exist, or at a label or probability that is none
 * Source: Guo et al. 2017, equation 3.
 * @example
 * metrics.measure(calibrationError({ from: "probabilities", bins: 2 }), tensor([[0.25, 0.75], [0.75, 0.25]]), tensor([1, 1])); // => 0.25
 */
export function calibrationError(options: CalibrationOptions = {}): MetricFactory<number, "calibrationError"> {
  const from = formOf("calibrationError", options, ["bins", "from"]);
  const { bins = 15 } = options;
  if (!Number.isInteger(bins) || bins < 1)
    throw new ValueError(`calibrationError: bins is ${bins}; it is a whole number from 1`);
  return () => {
    const gaps = new Float64Array(bins); // Σ (right − confidence) of each bin
    let samples = 0;
    return {
      name: "calibrationError",
      update(batch) {
        const classified = classify("calibrationError", batch);
        for (let i = 0; i < classified.samples; i++) {
          const p = probabilities("calibrationError", classified, i, from);
          const confidence = maxOf(p);
          const bin = Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1); // (low, high]
          gaps[bin]! += (p.indexOf(confidence) === classified.labels[i] ? 1 : 0) - confidence;
        }
        samples += classified.samples;
      },
      value: () => gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / samples,
    };
  };
}

export interface RocAucOptions {
  /** Each class against the rest, or the mean over pairs of classes; "ovr" by default. */
  readonly multiClass?: "ovr" | "ovo";
}

/**
 * Area under the ROC curve: how likely a sample of the class scores higher than one that is not of it, ties counting half.
 *
 * Of one score a sample, or two, for class 1; of more classes the mean. Keeps all scores. NaN where a class is missing.
 *
 * @throws ValueError  when an option is unknown or does not exist, or at a label that is no class
 * Source: Hanley & McNeil 1982; of more classes Hand & Till 2001.
 * @example
 * metrics.measure(rocAuc(), tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1])); // => 0.75
 */
export function rocAuc(options: RocAucOptions = {}): MetricFactory<number, "rocAuc"> {
  checkOptions("rocAuc", options, ["multiClass"]);
  const { multiClass = "ovr" } = options;
  if (multiClass !== "ovr" && multiClass !== "ovo")
    throw new ValueError(`rocAuc: multiClass "${String(multiClass)}" does not exist; there are ovr and ovo`);
  return () => {
    const labels: number[] = [];
    const scores: number[][] = [];
    return {
      name: "rocAuc",
      update(batch) {
        const classified = classify("rocAuc", batch);
        const { classes, outputs } = classified;
        for (let i = 0; i < classified.samples; i++) {
          labels.push(classified.labels[i]!);
          scores.push(Array.from(outputs.subarray(i * classes, (i + 1) * classes), Number));
        }
      },
      value() {
        const classes = scores[0]?.length ?? 0;
        const all = labels.map((_, i) => i);
        const area = (c: number, positive: number, of = all): number =>
          areaUnder(
            of.map((i) => scores[i]![c]!),
            of.map((i) => labels[i] === positive),
          );
        if (classes <= 2) return area(classes - 1, 1);
        const indices = Array.from({ length: classes }, (_, c) => c);
        const areas =
          multiClass === "ovr"
            ? indices.map((c) => area(c, c))
            : indices.flatMap((a) =>
                indices
                  .filter((b) => b !== a)
                  .map((b) =>
                    area(
                      a,
                      a,
                      all.filter((i) => [a, b].includes(labels[i]!)),
                    ),
                  ),
              );
        return areas.reduce((x, y) => x + y, 0) / areas.length;
      },
    };
  };
}

/** (Σ ranks of the positives − n₁(n₁ + 1)/2) / (n₁ n₀), ties having their mean rank: Mann & Whitney 1947. */
function areaUnder(scores: readonly number[], isPositive: readonly boolean[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let ranks = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && scores[order[end]!] === scores[order[i]!]) end++;
    for (let j = i; j < end; j++) if (isPositive[order[j]!]) ranks += (i + 1 + end) / 2;
    i = Math.max(end, i + 1); // NaN equals nothing
  }
  const positives = isPositive.filter(Boolean).length;
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (scores.length - positives));
}
