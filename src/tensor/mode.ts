/** Switching the recording of derivatives off and on. */
import { withRecording } from "../graph/index.ts";

/**
 * Runs `body` so that no derivatives flow through the tensors it makes: for evaluation, for updates written by hand.
 *
 * @param body  synchronous: what an async function does after its first `await` lies outside
 * @returns     what `body` returns; when it throws, recording is as it was before, too
 * Source: PyTorch's no_grad.
 * @example
 * noGrad(() => w.assign(w.sub(w.grad!.mul(0.1))));
 */
export function noGrad<T>(body: () => T): T {
  return withRecording(false, body);
}

/**
 * Runs `body` with derivatives recorded, inside `noGrad` too.
 *
 * @param body  synchronous, as for `noGrad`
 * @returns     what `body` returns; when it throws, recording is as it was before, too
 * Source: PyTorch's enable_grad.
 * @example
 * const w = parameter([1, 2]);
 * noGrad(() => enableGrad(() => w.mul(2))).requiresGrad; // => true
 */
export function enableGrad<T>(body: () => T): T {
  return withRecording(true, body);
}
