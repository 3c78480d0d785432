/** `gradus predict`: what a trained network makes of images. */
import { FormatError } from "../base/index.ts";
import { loadSafetensors } from "../io/node.ts";
import { tensor } from "../tensor/index.ts";
import type { Network } from "../train/index.ts";
import { type Answer, answersOf } from "./answers.ts";
import { chooseDevice } from "./device.ts";
import { isModelKind, pixels, recipes, side } from "./digits.ts";
import { type Images, readImages } from "./images.ts";
import type { PredictArguments } from "./program.ts";
import { type ExitCode, exitCodes, type Terminal, table } from "./terminal.ts";

export async function predict(
  modelPath: string,
  imagesPath: string,
  options: PredictArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  chooseDevice(options.device);
  const { model, ink } = await loadModel(modelPath);
  const images = await readImages(imagesPath, { width: pixels, side, ink, scale: options.scale });
  const answers = await answersOf(model, tensor(images.pixels).reshape([images.count, pixels]));
  terminal.out(report(answers, images));
  return exitCodes.ok;
}

/**
 * The network in a file that `gradus train` wrote, in evaluation mode, and the value of full ink in the data it learned from.
 *
 * @throws FormatError  when the file is damaged, or no model of ours
 */
async function loadModel(path: string): Promise<{ model: Network; ink: number }> {
  const { tensors, metadata } = await loadSafetensors(path);
  const kind = metadata.model?.replace(/^digits-/, "");
  if (!isModelKind(kind)) {
    const found = metadata.model === undefined ? "does not say which model it is" : `is a model "${metadata.model}"`;
    const known = Object.keys(recipes)
      .map((name) => `digits-${name}`)
      .join(", ");
    throw new FormatError(`${path}: the file ${found}; gradus predict knows ${known}, as gradus train writes them`);
  }
  const ink = Number(metadata.ink);
  if (!(ink > 0))
    throw new FormatError(
      `${path}: the value of full ink is "${metadata.ink ?? ""}" in the file; it is a number above 0`,
    );
  const model = recipes[kind].build();
  try {
    model.loadStateDict(tensors);
  } catch (error) {
    throw new FormatError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { model: model.eval(), ink };
}

/** One line an image; what was right of all, where the file says. */
function report(answers: readonly Answer[], { labels }: Images): string {
  const head = ["image", "class", "probability", ...(labels === null ? [] : ["true"])];
  const rows = answers.map(({ predicted, probability }, i) => {
    const truth = labels === null ? [] : [labels[i] === predicted ? String(labels[i]) : `${labels[i]} (wrong)`];
    return [String(i + 1), String(predicted), probability.toFixed(4), ...truth];
  });
  const text = table([head, ...rows], [0, 1, 2]);
  if (labels === null) return text;
  const right = answers.filter(({ predicted }, i) => predicted === labels[i]).length;
  return `${text}accuracy ${(right / answers.length).toFixed(4)}\n`;
}
