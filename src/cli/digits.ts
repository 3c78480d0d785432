/**
 * The digits task: its data, its two networks, and how each is trained.
 *
 * Of the 1,797 images 1,258 are learned from, 180 show how far that has come, and 359 are held out: no step and no choice sees
 * them. The parts are drawn once and for all by a fixed seed, so that runs of different seeds are measured on the same images.
 */
import { createHash } from "node:crypto";
import { type Batch, type Dataset, digits, loader, split } from "../data/node.ts";
import * as nn from "../nn/index.ts";
import { type Tensor, tensor } from "../tensor/index.ts";
import { cosine, type Schedule } from "../train/index.ts";
import { type WarpLimits, warpImages } from "./warp.ts";

/** Pixels of an image's side. */
export const side = 8;
export const pixels = side * side;
/** The value of full ink in the data set's file; networks are given pixel / ink. */
export const ink = 16;

export type ModelKind = "mlp" | "cnn";

const splitSeed = 0;

export interface DigitsParts {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
  /** SHA-256 of pixels and labels, in hexadecimal. */
  readonly hash: string;
}

/** The data set, in parts that are the same for every run. */
export async function digitsParts(): Promise<DigitsParts> {
  const all = await digits();
  const hash = createHash("sha256");
  for (const part of [all.x, all.y]) hash.update(await part.data());
  const [train, validation, test] = split(all, [0.7, 0.1, 0.2], { seed: splitSeed, stratified: true });
  return { train, validation, test, hash: hash.digest("hex") };
}

/** A perceptron of two hidden layers. Takes [N, 64]. */
class DigitsMlp extends nn.Module {
  fc1 = new nn.Linear(pixels, 256);
  drop1 = new nn.Dropout(0.1);
  fc2 = new nn.Linear(256, 128);
  drop2 = new nn.Dropout(0.1);
  fc3 = new nn.Linear(128, 10);

  override forward(x: Tensor): Tensor {
    const hidden = this.drop1.forward(this.fc1.forward(x).relu());
    return this.fc3.forward(this.drop2.forward(this.fc2.forward(hidden).relu()));
  }
}

/** Three convolutions with batch normalisation. Takes [N, 64], as rows of pixels. */
class DigitsCnn extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3, { padding: 1, bias: false }); // normalisation subtracts a bias at once
  bn1 = new nn.BatchNorm2d(16);
  conv2 = new nn.Conv2d(16, 32, 3, { padding: 1, bias: false });
  bn2 = new nn.BatchNorm2d(32);
  conv3 = new nn.Conv2d(32, 64, 3, { padding: 1, bias: false });
  bn3 = new nn.BatchNorm2d(64);
  drop = new nn.Dropout(0.5);
  head = new nn.Linear(64 * 4 * 4, 10);

  override forward(x: Tensor): Tensor {
    const image = x.reshape([-1, 1, side, side]);
    const a = this.bn1.forward(this.conv1.forward(image)).relu(); // [N, 16, 8, 8]
    const b = nn.maxPool2d(this.bn2.forward(this.conv2.forward(a)).relu(), 2); // [N, 32, 4, 4]
    const c = this.bn3.forward(this.conv3.forward(b)).relu(); // [N, 64, 4, 4]
    return this.head.forward(this.drop.forward(c.flatten(1)));
  }
}

/** How a network is trained unless the command line says otherwise. */
export interface Recipe {
  readonly build: () => nn.Module;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  /** λ of AdamW */
  readonly weightDecay: number;
  readonly schedule: Schedule;
  /** What is done to the training images anew in every epoch. */
  readonly warp: WarpLimits;
}

const schedule = cosine({ warmup: 0.05, end: 0.01 });
const warp: WarpLimits = { turn: 0.15, scale: 0.1, shift: 0.7 };

export const recipes: Readonly<Record<ModelKind, Recipe>> = {
  mlp: { build: () => new DigitsMlp(), epochs: 60, batchSize: 32, lr: 3e-3, weightDecay: 0.01, schedule, warp },
  cnn: { build: () => new DigitsCnn(), epochs: 35, batchSize: 32, lr: 3e-3, weightDecay: 0.01, schedule, warp },
};

export function isModelKind(kind: string | undefined): kind is ModelKind {
  return kind !== undefined && Object.hasOwn(recipes, kind);
}

/** Shuffled batches whose images are warped anew each time. */
export class WarpedBatches implements Iterable<Batch> {
  readonly #batches: ReturnType<typeof loader>;
  readonly #limits: WarpLimits;
  readonly #draw: () => number;

  constructor(dataset: Dataset, options: { readonly batchSize: number; readonly seed: number }, limits: WarpLimits) {
    this.#batches = loader(dataset, { ...options, shuffle: true });
    this.#limits = limits;
    this.#draw = uniform(options.seed);
  }

  get length(): number {
    return this.#batches.length;
  }

  *[Symbol.iterator](): Generator<Batch, void, undefined> {
    for (const [x, y] of this.#batches) {
      const warped = new Float32Array(x.size);
      warpImages(Float32Array.from(x.dataSync()), warped, side, this.#limits, this.#draw);
      yield [tensor(warped).reshape(x.shape), y];
    }
  }
}

/** Numbers in [0, 1) that a seed determines. Generator: mulberry32 (T. Ettinger, 2017), whose 32 bits are ample for warping. */
function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
