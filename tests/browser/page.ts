/** The page's script: fetches the digits from the page's server and offers the training to the test. */
import { type Options, type Run, trainDigits } from "./train-digits.ts";

Object.assign(globalThis, {
  async train(options: Options): Promise<Run> {
    const response = await fetch("/digits.csv.gz");
    return trainDigits(new Uint8Array(await response.arrayBuffer()), options);
  },
});
