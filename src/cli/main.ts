#!/usr/bin/env node
/** The `gradus` command: connects the program to this process. */
import { run } from "./program.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

const interruption = new AbortController();

process.on("SIGINT", () => {
  if (interruption.signal.aborted) process.exit(exitCodes.interrupted); // asked twice: at once
  interruption.abort();
});

// a reader that has seen enough (`gradus predict … | head`) is no failure
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.ok);
  throw error;
});

const terminal: Terminal = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  screen: process.stdout.isTTY === true ? process.stdout : null,
  signal: interruption.signal,
};

process.exitCode = await run(process.argv.slice(2), terminal);
