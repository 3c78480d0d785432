/** Functions of arrays called wrongly: the error names the function, what was found and the way out. */
import { beforeAll, describe, expect, test } from "vitest";
import { setDefaultDevice, ValueError } from "../../src/index.ts";
import * as T from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

describe.each(devices)("on %s", (device) => {
  beforeAll(() => {
    setDefaultDevice(device);
  });

  test("pad refuses a mode that it does not know", () => {
    const x = T.tensor([1, 2, 3]);
    const unknown = (): unknown => T.pad(x, [[1, 1]], { mode: "symmetric" as never });
    expect(unknown).toThrow(ValueError);
    expect(unknown).toThrow(
      'pad: there is no mode "symmetric"; there are constant, reflect, replicate, edge, circular, wrap',
    );
    expect(T.pad(x, [[1, 1]], { mode: "edge" }).arraySync()).toEqual([1, 1, 2, 3, 3]);
  });
});
