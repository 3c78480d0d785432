/** The digits perceptron, trained for some steps: the same program for Node and for a page. */
import * as gradus from "../../src/browser.ts";

export interface Run {
  /** Loss of every step, before it. */
  readonly losses: readonly number[];
  /** Share of all digits that the network recognises in the end. */
  readonly accuracy: number;
  /** What computed it. */
  readonly device: string;
}

export interface Options {
  readonly relaxedSimd: boolean;
  readonly epochs: number;
}

/** @param bytes  of the package's file of digits, as they lie on disk */
export async function trainDigits(bytes: Uint8Array, { relaxedSimd, epochs }: Options): Promise<Run> {
  const { compile, data, getDevice, manualSeed, nn, optim, setDefaultDevice, useRelaxedSimd } = gradus;
  useRelaxedSimd(relaxedSimd);
  setDefaultDevice("wasm");
  manualSeed(7);
  const digits = await data.digits({ source: bytes });
  const model = new nn.Sequential(new nn.Linear(64, 48), new nn.ReLU(), new nn.Linear(48, 10));
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.003 });
  const step = compile((x: gradus.Tensor, labels: gradus.Tensor) => {
    optimizer.zeroGrad();
    const loss = nn.crossEntropy(model.forward(x), labels);
    loss.backward();
    optimizer.step();
    return loss;
  });
  const losses: number[] = [];
  const batches = data.loader(digits, { batchSize: 64, shuffle: true, seed: 3 });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const [x, labels] of batches) losses.push(await step(x, labels).item());
  }
  const hits = model.forward(digits.x).argmax({ axis: 1 }).equal(digits.y);
  return { losses, accuracy: await hits.astype("float32").mean().item(), device: getDevice("wasm").describe() };
}
