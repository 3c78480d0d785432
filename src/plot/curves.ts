/**
 * Learning curves: how each measure of a training run went from epoch to epoch, training beside validation, with the best
 * epoch marked.
 */
import { line as pathOf } from "d3-shape";
import { maxOf, minOf, ValueError } from "../base/index.ts";
import { type Box, type Frame, horizontalAxis, horizontalScale, verticalAxis, verticalScale } from "./axes.ts";
import { element, group, headHeight, line, picture, text } from "./svg.ts";
import { theme } from "./theme.ts";

/** What is known of one epoch. */
export interface EpochNumbers {
  /** Counted from 1. */
  readonly epoch: number;
  readonly train: Readonly<Record<string, number>>;
  readonly validation?: Readonly<Record<string, number>> | undefined;
}

/** A training run, as far as its curves go. A `History` of `fit` is one. */
export interface Curves {
  readonly epochs: readonly EpochNumbers[];
  /** The epoch whose weights were kept. */
  readonly bestEpoch?: number | null | undefined;
}

export interface LearningCurvesOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** The measures to draw, a panel each, by their names in the history: what the first epoch has, when absent. */
  readonly measures?: readonly string[];
  /** Pixels of one panel. */
  readonly panelWidth?: number;
  readonly panelHeight?: number;
}

type Side = "train" | "validation";

const styles: Readonly<Record<Side, { colour: string; dash?: string; name: string }>> = {
  train: { colour: theme.blue, dash: "5 3", name: "training" },
  validation: { colour: theme.vermilion, name: "validation" },
};

/**
 * Learning curves as SVG text: one panel for each measure, over epochs.
 *
 * A measure that stays above zero and spans more than a factor of ten, as a loss does, is drawn on a logarithmic axis. Values
 * that are not finite leave a gap.
 *
 * @throws ValueError  when there is no epoch to draw
 * @example
 * learningCurves({ epochs: [{ epoch: 1, train: { loss: 2.3 } }, { epoch: 2, train: { loss: 0.7 } }] }).slice(0, 4); // "<svg"
 */
export function learningCurves(history: Curves, options: LearningCurvesOptions = {}): string {
  const { epochs } = history;
  if (epochs.length === 0) throw new ValueError("learningCurves: the history has no epoch; train for at least one");
  const measures = options.measures ?? Object.keys(epochs[0]!.train);
  const { panelWidth = 420, panelHeight = 300, title = "Learning curves" } = options;
  const width = Math.max(panelWidth * measures.length, 420) + 24;
  const height = headHeight + panelHeight + 12;
  const panels = measures.map((measure, i) => {
    const box = {
      left: 12 + i * panelWidth + 54,
      top: headHeight + 34,
      width: panelWidth - 78,
      height: panelHeight - 88,
    };
    return panel(history, measure, box);
  });
  const sides = sidesOf(epochs);
  const description = measures.map((measure) => describe(history, measure, sides)).join(" ");
  const { subtitle } = options;
  return picture({ width, height, title, subtitle, description }, legend(sides, width - 24), panels);
}

function sidesOf(epochs: readonly EpochNumbers[]): Side[] {
  return epochs.some((e) => e.validation !== undefined) ? ["train", "validation"] : ["train"];
}

function valuesOf(epochs: readonly EpochNumbers[], measure: string, side: Side): number[] {
  return epochs.map((e) => e[side]?.[measure] ?? Number.NaN);
}

function panel({ epochs, bestEpoch }: Curves, measure: string, box: Box): string {
  const sides = sidesOf(epochs).filter((side) => valuesOf(epochs, measure, side).some(Number.isFinite));
  const all = sides.flatMap((side) => valuesOf(epochs, measure, side)).filter(Number.isFinite);
  const log = all.every((v) => v > 0) && maxOf(all) > 10 * minOf(all);
  const numbers = epochs.map((e) => e.epoch);
  const frame = { box, x: horizontalScale(numbers, box), y: verticalScale(all, box, { log }) };
  const name = measure.charAt(0).toUpperCase() + measure.slice(1);
  return group(
    {},
    text(box.left - 42, box.top - 14, log ? `${name} (logarithmic)` : name, { "font-weight": 600 }),
    verticalAxis(frame, { log }),
    horizontalAxis(frame, "epoch", { whole: true }),
    ...sides.map((side) => curve(frame, numbers, valuesOf(epochs, measure, side), side)),
    bestEpoch == null
      ? ""
      : best(frame, numbers, valuesOf(epochs, measure, sides.at(-1) ?? "train"), bestEpoch, sides.at(-1)),
  );
}

function curve({ x, y }: Frame, epochs: readonly number[], values: readonly number[], side: Side): string {
  const { colour, dash } = styles[side];
  if (epochs.length === 1) return element("circle", { cx: x(epochs[0]!), cy: y(values[0]!), r: 3, fill: colour });
  const path = pathOf<number>(
    (_, i) => x(epochs[i]!),
    (v) => y(v),
  )
    .defined(Number.isFinite)
    .digits(2);
  return element("path", {
    d: path(values) ?? "",
    fill: "none",
    stroke: colour,
    "stroke-width": 2,
    "stroke-dasharray": dash,
    "stroke-linejoin": "round",
  });
}

/** A dotted line at the best epoch, with its value in words beside it. */
function best(
  { box, x, y }: Frame,
  epochs: readonly number[],
  values: readonly number[],
  epoch: number,
  side: Side = "train",
): string {
  const at = epochs.indexOf(epoch);
  const value = values[at];
  if (value === undefined || !Number.isFinite(value)) return "";
  const [cx, cy] = [x(epoch), y(value)];
  const onRight = cx < box.left + box.width * 0.6;
  // at the far end of the dotted line, where the curve is not
  const baseline = cy > box.top + box.height / 2 ? box.top + 12 : box.top + box.height - 10;
  const words = `best, epoch ${epoch}: ${showMeasure(value)}`;
  return group(
    {},
    line(Math.round(cx) + 0.5, box.top, Math.round(cx) + 0.5, box.top + box.height, {
      stroke: theme.muted,
      "stroke-dasharray": "1 3",
    }),
    element("circle", { cx, cy, r: 4.5, fill: theme.paper, stroke: styles[side].colour, "stroke-width": 2 }),
    text(onRight ? cx + 8 : cx - 8, baseline, words, {
      "text-anchor": onRight ? "start" : "end",
      "font-weight": 600,
      stroke: theme.paper, // a halo, so that words stay legible across a curve
      "stroke-width": 4,
      "stroke-linejoin": "round",
      "paint-order": "stroke",
    }),
  );
}

/** Four significant digits, without an exponent where there needs to be none. */
export function showMeasure(value: number): string {
  return Math.abs(value) >= 1e-4 ? value.toFixed(4) : value.toExponential(2);
}

function legend(sides: readonly Side[], right: number): string {
  let end = right;
  const entries = [...sides].reverse().map((side) => {
    const { colour, dash, name } = styles[side];
    const start = end - 30 - name.length * 6.6; // a sans-serif letter of 12 pixels is about 6.6 wide
    const entry =
      line(start, 29, start + 24, 29, { stroke: colour, "stroke-width": 2, "stroke-dasharray": dash }) +
      text(start + 30, 33, name);
    end = start - 20;
    return entry;
  });
  return group({}, entries);
}

function describe({ epochs, bestEpoch }: Curves, measure: string, sides: readonly Side[]): string {
  const ends = sides.flatMap((side) => {
    const values = valuesOf(epochs, measure, side).filter(Number.isFinite);
    return values.length === 0
      ? []
      : [`${styles[side].name} from ${showMeasure(values[0]!)} to ${showMeasure(values.at(-1)!)}`];
  });
  const kept = bestEpoch == null ? "" : ` (best epoch ${bestEpoch})`;
  return `${measure} over ${epochs.length} epochs${kept}: ${ends.join(", ")}.`;
}
