/**
 * The errors of Gradus. Each is one sentence: the operation as the user spelled it, what was found, what disagrees,
 * the way out.
 */

/** Every error that Gradus throws on purpose. */
export class GradusError extends Error {
  override name = "GradusError";
}

/** Shapes, axes or sizes that do not fit. */
export class ShapeError extends GradusError {
  override name = "ShapeError";
}

/** A dtype that an operation does not take. */
export class DTypeError extends GradusError {
  override name = "DTypeError";
}

/** An option, argument or label outside of what is allowed. */
export class ValueError extends GradusError {
  override name = "ValueError";
}

/** A derivative that does not exist. */
export class GradientError extends GradusError {
  override name = "GradientError";
}

/** A device that is missing, deleted, or mixed with another one. */
export class DeviceError extends GradusError {
  override name = "DeviceError";
}

/** A file whose content is not what its format promises. */
export class FormatError extends GradusError {
  override name = "FormatError";
}
