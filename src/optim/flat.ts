/** Parameters as one vector, for methods that see all weights at once. */
import { sizeOf } from "../base/index.ts";
import { concat, flatten, type Tensor } from "../tensor/index.ts";

/** All entries one after the other, in the dtype of `like`: [n]. */
export function flat(parts: readonly Tensor[], dtype: Tensor["dtype"]): Tensor {
  return concat(parts.map((part) => flatten(part).astype(dtype)));
}

/** A vector [n] cut into pieces with the shapes and dtypes of `like`. */
export function pieces(vector: Tensor, like: readonly Tensor[]): Tensor[] {
  let start = 0;
  return like.map((part) => {
    const end = start + sizeOf(part.shape);
    const piece = vector.at(`${start}:${end}`).reshape(part.shape).astype(part.dtype);
    start = end;
    return piece;
  });
}
