/** The order in which files run: those that take long first, so that no worker is left with one of them at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files of more than about ten seconds, the longest first. */
const long = [
  "runtime/layer-memory",
  "compiler/random-programs",
  "compiler/random-programs-second-half",
  "package",
  "types/budget",
  "runtime/memory",
  "tensor/scan",
  "nn/recurrent",
].map((name) => `/tests/${name}.test.ts`);

const place = ({ moduleId }: TestSpecification): number => {
  const at = long.findIndex((name) => moduleId.endsWith(name));
  return at < 0 ? long.length : at;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => place(a) - place(b));
  }
}
