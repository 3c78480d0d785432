/** The reporter of `npm run docs`. */
import { FunctionsReporter } from "./reporter.ts";

export default class FunctionsWriter extends FunctionsReporter {
  constructor() {
    super({ write: true });
  }
}
