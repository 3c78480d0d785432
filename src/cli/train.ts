/** `gradus train digits`: trains a network, says how good it is, and leaves a folder from which the run can be repeated. */
import { rmdir } from "node:fs/promises";
import { relative } from "node:path";
import * as nn from "../nn/index.ts";
import { AdamW } from "../optim/index.ts";
import { random } from "../tensor/index.ts";
import {
  accuracy,
  confusionMatrix,
  DivergenceError,
  evaluate,
  fit,
  type History,
  type Network,
} from "../train/index.ts";
import { answersOf } from "./answers.ts";
import { chooseDevice, describeDevice } from "./device.ts";
import { type DigitsParts, digitsParts, pixels, type Recipe, recipes, WarpedBatches } from "./digits.ts";
import type { TrainArguments } from "./program.ts";
import { progress } from "./progress.ts";
import { runFolder, type Settings, writeRun } from "./run.ts";
import { type ExitCode, exitCodes, type Terminal, table } from "./terminal.ts";

export async function trainDigits(options: TrainArguments, terminal: Terminal): Promise<ExitCode> {
  const device = chooseDevice(options.device);
  const recipe = recipes[options.model];
  const settings = settingsOf(options, recipe, device);
  const folder = await runFolder(options.out, `digits-${options.model}`); // at once: better no folder now than none after the training
  random.manualSeed(settings.seed);
  const model = recipe.build();
  const parts = await digitsParts();
  terminal.out(introduction(model, parts, settings));

  const outcome = await train(model, parts, recipe, settings, terminal);
  if (outcome.history.epochs.length > 0) await keep(folder, model, parts, settings, outcome.history, terminal);
  else await rmdir(folder).catch(() => {}); // it may hold an earlier run
  return conclude(outcome, terminal);
}

/** Measures the model on the held-out images, writes the run's files, and reports. */
async function keep(
  folder: string,
  model: Network,
  parts: DigitsParts,
  settings: Settings,
  history: History,
  terminal: Terminal,
): Promise<void> {
  const measured = await evaluate(model, parts.test, { loss: nn.crossEntropy, metrics: [accuracy, confusionMatrix] });
  const test = { loss: measured.loss, accuracy: measured.accuracy, counts: measured.confusionMatrix };
  const answers = await answersOf(model, parts.test.x);
  const files = await writeRun(folder, { model, history, settings, parts, answers, test });
  terminal.out(
    `\n${ending(history)}\n\n` +
      `confusion matrix of the held-out images (rows: true, columns: predicted)\n\n${matrix(test.counts)}\n` +
      `${relative(".", folder) || "."}: ${files.join(", ")}\n` +
      `test accuracy ${test.accuracy.toFixed(4)}\n`,
  );
}

/** Says what went otherwise than planned. */
function conclude({ history, failure }: Outcome, terminal: Terminal): ExitCode {
  if (failure !== null) {
    terminal.err(`gradus: ${failure.message}\n`);
    return exitCodes.failure;
  }
  if (history.ending !== "interrupted") return exitCodes.ok;
  const { keptEpoch } = history;
  const kept = keptEpoch === null ? "nothing was kept" : `the model of epoch ${keptEpoch} is kept`;
  terminal.err(`gradus: interrupted; ${kept}\n`);
  return exitCodes.interrupted;
}

function settingsOf(options: TrainArguments, recipe: Recipe, device: string): Settings {
  const { epochs = recipe.epochs, batchSize = recipe.batchSize, lr = recipe.lr } = options;
  return {
    model: options.model,
    epochs,
    batchSize,
    lr,
    weightDecay: recipe.weightDecay,
    warp: recipe.warp,
    seed: options.seed,
    device,
  };
}

function introduction(model: Network, { train, validation, test }: DigitsParts, settings: Settings): string {
  const [learned, watched, held] = [train, validation, test].map(({ x }) => x.shape[0]);
  return (
    `${model.toString({ input: [1, pixels] })}\n\n` +
    `digits: ${learned} images to learn from, ${watched} to watch, ${held} held out\n` +
    `seed ${settings.seed}, ${settings.epochs} epochs, batches of ${settings.batchSize}, learning rate ${settings.lr}\n` +
    `${describeDevice(settings.device)}\n\n`
  );
}

/** A run's history; with the error, if it ran away. */
async function train(
  model: Network,
  parts: DigitsParts,
  recipe: Recipe,
  settings: Settings,
  terminal: Terminal,
): Promise<Outcome> {
  const { epochs, batchSize, lr, weightDecay, seed } = settings;
  const shown = progress(terminal);
  try {
    const history = await fit(model, {
      train: new WarpedBatches(parts.train, { batchSize, seed }, recipe.warp),
      validation: parts.validation,
      loss: nn.crossEntropy,
      optimizer: new AdamW(model.parameters(), { lr, weightDecay }),
      schedule: recipe.schedule,
      metrics: [accuracy],
      epochs,
      seed,
      callbacks: [shown.callbacks],
      signal: terminal.signal,
    });
    return { history, failure: null };
  } catch (error) {
    if (error instanceof DivergenceError) return { history: error.history, failure: error };
    throw error;
  } finally {
    shown.close();
  }
}

interface Outcome {
  readonly history: History;
  readonly failure: DivergenceError | null;
}

function ending({ epochs, keptEpoch, steps, seconds }: History): string {
  return `${epochs.length} epochs, ${steps} steps in ${seconds.toFixed(1)} s; the model is that of epoch ${keptEpoch}`;
}

function matrix(counts: readonly (readonly number[])[]): string {
  const head = ["", ...counts.map((_, i) => String(i))];
  const rows = counts.map((row, i) => [String(i), ...row.map((count) => (count === 0 ? "·" : String(count)))]);
  return table(
    [head, ...rows],
    head.map((_, i) => i),
  );
}
