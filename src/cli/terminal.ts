/**
 * What a command needs of the world around it, and how it ends. Commands write to a `Terminal` instead of `process`, so that tests
 * run them in place.
 */

/** Where a command writes, and who may stop it. */
export interface Terminal {
  /** Writes to standard output: results and progress. */
  out(text: string): void;
  /** Writes to standard error: warnings and errors. */
  err(text: string): void;
  /** Standard output where a person watches it, for a bar that moves; null in a pipe or a file. */
  readonly screen: NodeJS.WriteStream | null;
  /** Aborted when the user presses Ctrl-C. */
  readonly signal: AbortSignal;
}

/** How a command ended; a shell reads it as `$?`. */
export const exitCodes = {
  ok: 0,
  /** It was understood and could not be done. */
  failure: 1,
  /** It was not understood: an unknown option, a value out of range. */
  usage: 2,
  /** 128 + 2, the number of SIGINT: Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command line that makes no sense. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** `rows` with columns as wide as their widest entry; columns named in `right` are flushed right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((entry, i) => (right.includes(i) ? entry.padStart(widths[i]!) : entry.padEnd(widths[i]!))).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}
