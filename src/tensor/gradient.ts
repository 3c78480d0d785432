/**
 * Where `backward` leaves the gradient of a parameter or of another leaf.
 *
 * Gradients add up until they are set to null. Inside `compile` a gradient belongs to the step that is traced: it
 * begins there (with `zeroGrad`, or null from before) and is gone when the trace ends; return it from the step to see
 * it outside.
 */
import { GradientError } from "../base/index.ts";
import { add, type GradientSink, type Node, withRecording } from "../graph/index.ts";
import { isTracing, onTraceEnd } from "../runtime/index.ts";

export class Gradient implements GradientSink {
  #value: Node | null = null;
  /** True while the value belongs to the trace that is open. */
  #traced = false;

  get value(): Node | null {
    return this.#value;
  }

  set value(value: Node | null) {
    this.#enterTrace();
    this.#value = value;
  }

  accumulate(gradient: Node): void {
    if (isTracing() && !this.#traced && this.#value !== null) {
      throw new GradientError(
        "backward: inside compile() a gradient cannot be added to one from outside; call zeroGrad() at the beginning of the step",
      );
    }
    const before = this.#value;
    this.value = before === null ? gradient : withRecording(false, () => add(before, gradient));
  }

  /** At the first change inside a trace: what was before comes back when the trace ends. */
  #enterTrace(): void {
    if (!isTracing() || this.#traced) return;
    const before = this.#value;
    this.#traced = true;
    onTraceEnd(() => {
      this.#value = before;
      this.#traced = false;
    });
  }
}
