/**
 * Where `backward` leaves the gradient of a parameter or of another leaf.
 *
 * Gradients add up until they are set to null. Inside `compile` the same holds: what is there before is an input of the program if the function asks for it, and
 * what the function leaves is computed by the program and is there after each run. What an optimizer's step has consumed is not: it would be computed and
 * copied for nothing at every step, where it is mostly nothing but a part of the update. `compile(fn, { keepGradients: true })` leaves it, too.
 */
import { GradientError, isComplex } from "../base/index.ts";
import { add, complex, type GradientSink, imag, type Node, real, withRecording } from "../graph/index.ts";
import { type Asked, currentTrace, type Leaving, type Trace } from "../runtime/index.ts";

/** A gradient while a function is traced. */
interface Traced {
  /** What was there before the function, if it has asked: null, or a placeholder for what will be there before a run. */
  before: Node | null | undefined;
  current: Node | null;
  isConsumed: boolean;
}

export class Gradient implements GradientSink, Asked {
  #value: Node | null = null;
  /** Whether there was a gradient that a compiled step has consumed. */
  #isGone = false;
  /** What belongs to the trace that is open. */
  #traced: Traced | null = null;

  /** @throws GradientError  when a compiled step has consumed it */
  get value(): Node | null {
    if (currentTrace() !== null) return this.#inTrace(true).current;
    if (this.#isGone) throw new GradientError(goneMessage);
    return this.#value;
  }

  set value(value: Node | null) {
    if (currentTrace() !== null) this.#inTrace(false).current = value;
    else this.#put(value);
  }

  get present(): Node | null {
    return this.#value;
  }

  /** The gradient, for a step that takes it in: a compiled one does not leave it behind. */
  consume(): Node | null {
    const { value } = this;
    if (this.#traced !== null && value !== null) this.#traced.isConsumed = true;
    return value;
  }

  /** Whether there is one that was consumed, so that it cannot be read. */
  get isGone(): boolean {
    return currentTrace() === null ? this.#isGone : this.#traced === null && this.#isGone;
  }

  accumulate(gradient: Node): void {
    const before = this.value;
    this.value = before === null ? gradient : withRecording(false, () => add(before, gradient));
  }

  #put(value: Node | null, isGone = false): void {
    this.#value = value;
    this.#isGone = isGone;
  }

  /** The gradient of the trace that is open; `asked` if what was before it matters. */
  #inTrace(asked: boolean): Traced {
    const trace = currentTrace()!; // the callers have looked
    if (this.#traced === null) {
      const traced: Traced = { before: undefined, current: null, isConsumed: false };
      if (asked) {
        traced.before = this.#before(trace);
        traced.current = traced.before;
      }
      this.#traced = traced;
      trace.onLeaving(() => this.#leaving(traced, trace.keepsGradients));
      trace.onEnd(() => {
        this.#traced = null;
      });
    }
    return this.#traced;
  }

  /** What was here before the function: null, or a placeholder for what will be here before a run. */
  #before(trace: Trace): Node | null {
    const known = trace.asked.get(this);
    if (known !== undefined) return known;
    if (this.#isGone) throw new GradientError(goneMessage);
    const wasThere = this.#value !== null;
    trace.guards.push({ holds: () => !this.#isGone && (this.#value !== null) === wasThere });
    const before = this.#value === null ? null : inputOf(trace, () => this.#value!); // the guard has looked
    trace.asked.set(this, before);
    return before;
  }

  /** What the traced function has left here; null if nothing has changed. */
  #leaving({ before, current, isConsumed }: Traced, keeps: boolean): Leaving | null {
    if (current === before) return null;
    // a function that adds to what was before has need of it at its next call
    const isGone = isConsumed && current !== null && before === undefined && !keeps;
    return { value: isGone ? null : current, put: (value) => this.#put(value, isGone) };
  }
}

/** A placeholder for what `read` will give; of complex numbers one for each part. */
function inputOf(trace: Trace, read: () => Node): Node {
  if (!isComplex(read().dtype)) return trace.input(read);
  return complex(
    trace.input(() => real(read())),
    trace.input(() => imag(read())),
  );
}

const goneMessage =
  "grad: the gradient was consumed by a compiled step and is not kept; compile the step with compile(fn, { keepGradients: true }) to read it, or call zeroGrad() to begin anew";
