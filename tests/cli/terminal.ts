/** Commands run in place, what they write caught. */
import { run } from "../../src/cli/program.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `gradus …args` in this process. */
export function gradus(...args: string[]): Promise<Ended> {
  return gradusUnder(new AbortController().signal, ...args);
}

/** The same, where `signal` is what Ctrl-C would abort. */
export async function gradusUnder(signal: AbortSignal, ...args: string[]): Promise<Ended> {
  let [out, err] = ["", ""];
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    screen: null,
    signal,
  });
  return { code, out, err };
}
