/** A sheet of small grey images, each with what a network took it for and what it is. */
import { maxOf, ShapeError, ValueError } from "../base/index.ts";
import { element, group, headHeight, picture, rect, text } from "./svg.ts";
import { theme } from "./theme.ts";

/** One image with its labels. */
export interface Prediction {
  /** Brightness of the pixels row by row; 0 is paper, `ink` full black. */
  readonly pixels: ArrayLike<number>;
  readonly predicted: string | number;
  /** The true label, where it is known. */
  readonly actual?: string | number | undefined;
  /** The probability that the network gave to its prediction, 0 … 1. */
  readonly probability?: number | undefined;
}

export interface PredictionsOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Pixels across and down an image; a square when absent. */
  readonly imageWidth?: number;
  /** The value that is drawn black; the greatest one of all images when absent. */
  readonly ink?: number;
  /** Images in a row. */
  readonly columns?: number;
}

const side = 72; // screen pixels of an image's width
const gap = 20; // between neighbours
const caption = 40; // height of the two lines below an image
const levels = 16; // shades of grey

/**
 * Images with predicted and true labels, as SVG text. Right ones say what they are and how sure the network was; wrong ones are
 * framed, and say both.
 *
 * @throws ValueError  when there is no image
 * @throws ShapeError  when images differ in size, or `imageWidth` does not divide it
 * @example
 * plot.predictionsSheet([{ pixels: [0, 1, 1, 0], predicted: 3, actual: 5, probability: 0.9 }]).slice(0, 4); // => <svg
 */
export function predictionsSheet(predictions: readonly Prediction[], options: PredictionsOptions = {}): string {
  const first = predictions[0];
  if (first === undefined) throw new ValueError("predictionsSheet: there is no image to draw; give at least one");
  const count = first.pixels.length;
  const across = options.imageWidth ?? Math.round(Math.sqrt(count));
  const odd = predictions.findIndex((p) => p.pixels.length !== count);
  if (odd >= 0)
    throw new ShapeError(
      `predictionsSheet: image ${odd} has ${predictions[odd]!.pixels.length} pixels, image 0 has ${count}`,
    );
  if (count % across !== 0)
    throw new ShapeError(`predictionsSheet: rows of ${across} pixels do not fill ${count}; give imageWidth`);

  const { columns = 10, title = "Predictions" } = options;
  const ink =
    options.ink ??
    maxOf(
      predictions.map((p) => maxOf(p.pixels)),
      Number.MIN_VALUE,
    );
  const tall = (count / across / across) * side;
  const rows = Math.ceil(predictions.length / columns);
  const width = Math.max(Math.min(columns, predictions.length) * (side + gap) - gap + 48, 420);
  const height = headHeight + 10 + rows * (tall + caption + 12) + 8;
  const wrong = predictions.filter(isWrong).length;
  const known = predictions.filter((p) => p.actual !== undefined).length;
  const description = `${predictions.length} images${known === 0 ? "" : `, ${wrong} of them taken for another class`}.`;
  const cards = predictions.map((prediction, i) => {
    const x = 24 + (i % columns) * (side + gap);
    const y = headHeight + 10 + Math.floor(i / columns) * (tall + caption + 12);
    return group({ transform: `translate(${x} ${y})` }, card(prediction, across, tall, ink));
  });
  return picture({ width, height, title, subtitle: options.subtitle, description }, cards);
}

function isWrong({ predicted, actual }: Prediction): boolean {
  return actual !== undefined && String(actual) !== String(predicted);
}

function card(prediction: Prediction, across: number, tall: number, ink: number): string[] {
  const { predicted, actual, probability } = prediction;
  const wrong = isWrong(prediction);
  const sure = probability === undefined ? "" : `${(probability * 100).toFixed(probability > 0.9995 ? 0 : 1)} %`;
  const middle = { "text-anchor": "middle" };
  const frame = wrong
    ? rect(-2, -2, side + 4, tall + 4, { fill: "none", stroke: theme.vermilion, "stroke-width": 2.5, rx: 3 })
    : rect(-0.5, -0.5, side + 1, tall + 1, { fill: "none", stroke: theme.edge });
  const words = wrong
    ? text(side / 2, tall + 18, `${predicted} (true: ${actual})`, { ...middle, "font-weight": 600, fill: theme.rust })
    : text(side / 2, tall + 18, String(predicted), { ...middle, "font-weight": 600, "font-size": 14 });
  return [
    image(prediction.pixels, across, ink),
    frame,
    words,
    text(side / 2, tall + 33, sure, { ...middle, "font-size": 11, fill: theme.muted }),
  ];
}

/** One path for every shade: 64 pixels cost a kilobyte rather than five. */
function image(pixels: ArrayLike<number>, across: number, ink: number): string {
  const shades = new Map<number, string>();
  for (let i = 0; i < pixels.length; i++) {
    const shade = Math.round(Math.min(Math.max(pixels[i]! / ink, 0), 1) * levels);
    if (shade > 0) shades.set(shade, `${shades.get(shade) ?? ""}M${i % across} ${Math.floor(i / across)}h1v1h-1z`);
  }
  const paths = [...shades].map(([shade, d]) => element("path", { d, "fill-opacity": shade / levels }));
  return group({ transform: `scale(${side / across})`, "shape-rendering": "crispEdges", fill: theme.ink }, paths);
}
