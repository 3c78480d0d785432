/** The folder of a run: the model, a history that says how to repeat it, and pictures. Every file is whole or not there. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { numbersOf } from "../base/index.ts";
import { saveSafetensors, writeFileAtomically } from "../io/node.ts";
import { confusionMatrix, learningCurves, type Prediction, predictionsSheet } from "../plot/index.ts";
import type { History, Network } from "../train/index.ts";
import type { Answer } from "./answers.ts";
import { describeDevice } from "./device.ts";
import { type DigitsParts, ink, type ModelKind, pixels } from "./digits.ts";
import { version } from "./version.ts";
import type { WarpLimits } from "./warp.ts";

/** Everything that a run was asked for. */
export interface Settings {
  readonly model: ModelKind;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly weightDecay: number;
  readonly warp: WarpLimits;
  readonly seed: number;
  readonly device: string;
}

/** Everything that came of it. */
export interface Results {
  readonly model: Network;
  readonly history: History;
  readonly settings: Settings;
  readonly parts: DigitsParts;
  /** To the held-out images. */
  readonly answers: readonly Answer[];
  readonly test: { readonly loss: number; readonly accuracy: number; readonly counts: readonly (readonly number[])[] };
}

/** The folder that was asked for, or a new one below `runs`, named after the task and the time. */
export async function runFolder(wanted: string | undefined, task: string): Promise<string> {
  if (wanted !== undefined) {
    await mkdir(wanted, { recursive: true });
    return wanted;
  }
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-"); // no file system minds
  await mkdir("runs", { recursive: true });
  for (let number = 1; ; number++) {
    const path = join("runs", number === 1 ? `${task}-${time}` : `${task}-${time}-${number}`);
    try {
      await mkdir(path);
      return path;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}

/** Writes all files of a run; their names. */
export async function writeRun(folder: string, results: Results): Promise<string[]> {
  const { model, settings, test } = results;
  const described = `${settings.model} on digits, seed ${settings.seed}`;
  const metadata = {
    format: "gradus",
    gradus: version,
    model: `digits-${settings.model}`,
    ink: String(ink),
    seed: String(settings.seed),
  };
  await saveSafetensors(join(folder, "model.safetensors"), model.stateDict(), { metadata });
  const wrong = results.answers.length - Math.round(test.accuracy * results.answers.length);
  const texts = {
    "history.json": `${JSON.stringify(record(results), null, 2)}\n`,
    "curves.svg": learningCurves(results.history, { title: "Learning curves", subtitle: described }),
    "confusion.svg": confusionMatrix(test.counts, {
      title: "Confusion matrix",
      subtitle: `${described}: ${results.answers.length} held-out images, ${wrong} wrong, accuracy ${test.accuracy.toFixed(4)}`,
    }),
    "predictions.svg": await predictionsPicture(results, described),
  };
  for (const [name, text] of Object.entries(texts)) await writeFileAtomically(join(folder, name), text);
  return ["model.safetensors", ...Object.keys(texts)];
}

/** The run as JSON: what is needed to repeat it, and what came of it. */
function record({ history, settings, parts, test }: Results): object {
  const { model, epochs, batchSize, lr, seed, device } = settings;
  const size = (part: keyof DigitsParts & ("train" | "validation" | "test")) => parts[part].x.shape[0];
  return {
    command: `gradus train digits --model ${model} --epochs ${epochs} --batch-size ${batchSize} --lr ${lr} --seed ${seed} --device ${device}`,
    versions: { gradus: version, node: process.versions.node, v8: process.versions.v8 },
    platform: `${process.platform} ${process.arch}`,
    device: describeDevice(device),
    settings,
    data: {
      name: "digits",
      sha256: parts.hash,
      train: size("train"),
      validation: size("validation"),
      test: size("test"),
    },
    test: { loss: test.loss, accuracy: test.accuracy, confusionMatrix: test.counts },
    ...history,
  };
}

const sheetSize = 40; // images: four rows of ten

/** All mistakes, then evenly spread ones of the rest. */
async function predictionsPicture({ parts, answers }: Results, described: string): Promise<string> {
  const x = await parts.test.x.data();
  const y = numbersOf(await parts.test.y.data());
  const all: Prediction[] = answers.map((answer, i) => ({
    ...answer,
    actual: y[i]!,
    pixels: x.subarray(i * pixels, (i + 1) * pixels),
  }));
  const wrong = all.filter((p) => p.predicted !== p.actual).slice(0, sheetSize);
  const right = all.filter((p) => p.predicted === p.actual);
  const room = Math.min(sheetSize - wrong.length, right.length);
  const sample = Array.from({ length: room }, (_, i) => right[Math.floor((i * right.length) / room)]!);
  const mistakes =
    wrong.length === 0
      ? "no mistakes"
      : wrong.length === 1
        ? "the one mistake first"
        : `the ${wrong.length} mistakes first`;
  return predictionsSheet([...wrong, ...sample], {
    title: "Predictions",
    subtitle: `${described}: held-out images, ${mistakes}`,
    ink: 1,
  });
}
