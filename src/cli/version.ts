/** The version of this package, read from its package.json: two folders up from here, in the sources and in what is published. */
import { readFileSync } from "node:fs";

function readVersion(): string {
  const description: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return (description as { version: string }).version; // our own file; npm refuses to publish it without a version
}

export const version: string = readVersion();
