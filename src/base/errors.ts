/**
 * The errors of Gradus. Each is one sentence: the operation as the user spelled it, what was found, what disagrees,
 * the way out.
 */

/**
 * Every error that Gradus throws on purpose.
 *
 * @example
 * let found = "";
 * try {
 *   zeros([2, 3]).matmul(zeros([2, 3]));
 * } catch (error) {
 *   if (error instanceof GradusError) found = error.message;
 * }
 * found; // => matmul: inner dimensions differ: …
 */
export class GradusError extends Error {
  override name = "GradusError";
}

/**
 * Shapes, axes or sizes that do not fit.
 *
 * @example
 * let found = "";
 * try {
 *   zeros([2, 3]).reshape([4]);
 * } catch (error) {
 *   if (error instanceof ShapeError) found = error.message;
 * }
 * found; // => reshape: …
 */
export class ShapeError extends GradusError {
  override name = "ShapeError";
}

/**
 * A dtype that an operation does not take.
 *
 * @example
 * let found = "";
 * try {
 *   tensor([1, 2], { dtype: "int32" }).bitwiseAnd(0.5);
 * } catch (error) {
 *   if (error instanceof DTypeError) found = error.message;
 * }
 * found; // => bitwiseAnd: …
 */
export class DTypeError extends GradusError {
  override name = "DTypeError";
}

/**
 * An option, argument or label outside of what is allowed.
 *
 * @example
 * let found = "";
 * try {
 *   new Linear(0, 3);
 * } catch (error) {
 *   if (error instanceof ValueError) found = error.message;
 * }
 * found; // => Linear: …
 */
export class ValueError extends GradusError {
  override name = "ValueError";
}

/**
 * A derivative that does not exist.
 *
 * @example
 * let found = "";
 * try {
 *   grad((x) => x.square())(tensor([1, 2]));
 * } catch (error) {
 *   if (error instanceof GradientError) found = error.message;
 * }
 * found; // => grad: only a scalar has a gradient, …
 */
export class GradientError extends GradusError {
  override name = "GradientError";
}

/**
 * A device that is missing, deleted, or mixed with another one.
 *
 * @example
 * let found = "";
 * try {
 *   setDefaultDevice("abacus");
 * } catch (error) {
 *   if (error instanceof DeviceError) found = error.message;
 * }
 * found; // => device "abacus" does not exist; …
 */
export class DeviceError extends GradusError {
  override name = "DeviceError";
}

/**
 * A file whose content is not what its format promises.
 *
 * @example
 * let found = "";
 * try {
 *   io.readSafetensors(new Uint8Array(4));
 * } catch (error) {
 *   if (error instanceof FormatError) found = error.message;
 * }
 * found; // => safetensors: …
 */
export class FormatError extends GradusError {
  override name = "FormatError";
}
