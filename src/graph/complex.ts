/**
 * Complex arrays: a node of dtype complex64 is a pair of float32 nodes, real and imaginary part.
 *
 * Nothing is ever computed for the pair itself. Whatever primitive is applied to it becomes operations on the parts
 * (`overload`, by the formulas of `complex-rules.ts`), values are computed part by part, and so are derivatives:
 * compilers, devices and differentiation know real numbers only. The cotangent of z = a + ib is ∂L/∂a + i ∂L/∂b, as in
 * PyTorch. Outside, the values of an array are a `Float32Array` in which both parts take turns, as in NumPy.
 */
import { DeviceError, GradusError, isComplex, Storage } from "../base/index.ts";
import { add } from "./addition.ts";
import { applyToParts, type Parts } from "./complex-rules.ts";
import { mul } from "./elementwise-arithmetic.ts";
import { constant, constantValue, data } from "./leaves.ts";
import { Node, type NodeOptions } from "./node.ts";
import type { Host, Params, Primitive } from "./primitive.ts";
import { commonDType, commonShape } from "./rules.ts";

const complexPair: Host = {
  kind: "host",
  name: "complex",
  shape: (shapes) => commonShape("complex", shapes),
  dtype(dtypes) {
    commonDType("complex", dtypes, ["float32"]);
    return "complex64";
  },
  overload(op: Primitive, inputs: readonly Node[], params: Params): Node {
    const found = applyToParts(
      op,
      inputs.map((x) => (isComplex(x.dtype) ? partsOf(x) : x)),
      params,
    );
    return "im" in found ? complex(found.re, found.im) : found;
  },
  vjp: never,
  jvp: never,
  evaluate: never,
  samples: [],
};

function never(): never {
  throw new GradusError("complex: a pair has no value of its own; compute its parts");
}

/** re + i im, of float32 nodes of one shape. */
export function complex(re: Node, im: Node): Node {
  const shape = complexPair.shape([re.shape, im.shape], {});
  const dtype = complexPair.dtype([re.dtype, im.dtype], {});
  if (re.device !== null && im.device !== null && re.device !== im.device) {
    throw new DeviceError(
      `complex: the real part lives on "${re.device}", the imaginary part on "${im.device}"; copy one of them with to()`,
    );
  }
  return new Node(complexPair, [re, im], {}, shape, dtype, {
    device: re.device ?? im.device,
    requiresGrad: re.requiresGrad || im.requiresGrad,
  });
}

/** Real and imaginary part of a complex node. */
export function partsOf(z: Node): Parts {
  const [re, im] = z.inputs;
  if (z.op !== complexPair || re === undefined || im === undefined) return never();
  return { re, im };
}

/** The real nodes of which `x` is made: its parts, or itself. */
export function realNodes(x: Node): readonly Node[] {
  return isComplex(x.dtype) ? x.inputs : [x];
}

/** The real part; a real node itself. */
export function real(x: Node): Node {
  return isComplex(x.dtype) ? partsOf(x).re : x;
}

/** The imaginary part; zeros for a real node. */
export function imag(x: Node): Node {
  return isComplex(x.dtype) ? partsOf(x).im : constant(0, x.shape, x.dtype, x.device);
}

/** |x|², real: x² of a real node. */
export function squaredSize(x: Node): Node {
  if (!isComplex(x.dtype)) return mul(x, x);
  const { re, im } = partsOf(x);
  return add(mul(re, re), mul(im, im));
}

/** A constant of any dtype, complex ones with imaginary part 0. */
export function fill(
  value: number | bigint | boolean,
  shape: readonly number[],
  dtype: Node["dtype"],
  device: string | null = null,
): Node {
  if (!isComplex(dtype)) return constant(value, shape, dtype, device);
  return complex(constant(value, shape, "float32", device), constant(0, shape, "float32", device));
}

/** A leaf of any dtype with known values; complex ones are read where both parts take turns. */
export function known(storage: Storage, shape: readonly number[], options: NodeOptions = {}): Node {
  if (!isComplex(storage.dtype)) return data(storage, shape, options);
  const [re, im] = [0, 1].map((part) => {
    const values = Float32Array.from({ length: storage.size }, (_, i) => Number(storage.array()[2 * i + part]));
    return data(new Storage("float32", storage.size, values), shape, options);
  });
  return complex(re!, im!);
}

/** The values of a complex node whose parts are computed or constant, both parts in turn. */
export function interleaved(z: Node): Storage {
  const { re, im } = partsOf(z);
  const out = new Float32Array(2 * z.size);
  [re, im].forEach((part, at) => {
    const constant = constantValue(part);
    const values = constant === null ? (part.storage?.array() ?? never()) : null;
    for (let i = 0; i < z.size; i++) out[2 * i + at] = Number(values === null ? constant : values[i]);
  });
  return new Storage("complex64", z.size, out);
}
