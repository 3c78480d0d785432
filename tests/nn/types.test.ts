/** What the editor knows of layers: shapes that follow, and mistakes that it refuses. */
import { describe, expectTypeOf, test } from "vitest";
import {
  BatchNorm1d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  relu,
  Sequential,
  softmax,
} from "../../src/nn/index.ts";
import { type Tensor, tensor, zeros } from "../../src/tensor/index.ts";

describe("shapes follow", () => {
  test("through Linear", () => {
    expectTypeOf(new Linear(784, 10).forward(zeros([32, 784]))).toEqualTypeOf<Tensor<readonly [32, 10]>>();
    expectTypeOf(new Linear(784, 10).forward(zeros([5, 32, 784]))).toEqualTypeOf<Tensor<readonly [5, 32, 10]>>();
  });

  test("through Conv2d, with padding and stride", () => {
    const x = zeros([4, 1, 8, 8]);
    expectTypeOf(new Conv2d(1, 8, 3).forward(x)).toEqualTypeOf<Tensor<readonly [4, 8, 6, 6]>>();
    expectTypeOf(new Conv2d(1, 8, 3, { padding: 1 }).forward(x)).toEqualTypeOf<Tensor<readonly [4, 8, 8, 8]>>();
    expectTypeOf(new Conv2d(1, 8, [3, 1], { stride: 2 }).forward(x)).toEqualTypeOf<Tensor<readonly [4, 8, 3, 4]>>();
  });

  test("through activations and Sequential", () => {
    expectTypeOf(softmax(relu(zeros([2, 3])))).toEqualTypeOf<Tensor<readonly [2, 3]>>();
    const mlp = new Sequential(new Linear(64, 32), new ReLU(), new Dropout(0.1), new Linear(32, 10));
    expectTypeOf(mlp.forward(zeros([7, 64]))).toEqualTypeOf<Tensor<readonly [7, 10]>>();
  });
});

describe("mistakes are refused", () => {
  test("other features or channels than the layer takes", () => {
    const fc = new Linear(784, 10);
    // @ts-expect-error: [32, 700] has 700 features, the layer takes 784
    const wrong = () => fc.forward(zeros([32, 700]));
    const conv = new Conv2d(3, 8, 3);
    // @ts-expect-error: [4, 1, 8, 8] has 1 channels, the layer takes 3
    const wrongChannels = () => conv.forward(zeros([4, 1, 8, 8]));
    expectTypeOf([wrong, wrongChannels]).toBeArray();
  });

  test("layers that do not fit each other", () => {
    // @ts-expect-error: 32 features come in, Linear takes 33
    const features = () => new Sequential(new Linear(64, 32), new ReLU(), new Linear(33, 10));
    // @ts-expect-error: 8 channels come in, Conv2d takes 6
    const channels = () => new Sequential(new Conv2d(1, 8, 3), new ReLU(), new MaxPool2d(2), new Conv2d(6, 16, 3));
    expectTypeOf([features, channels]).toBeArray();
  });
});

describe("nothing asks for a cast", () => {
  test("unknown shapes pass through layers", () => {
    const x: Tensor = tensor([1]);
    const run = () =>
      new Sequential(new Conv2d(1, 8, 3), new Flatten(), new Linear(72, 10), new BatchNorm1d(10)).forward(x);
    expectTypeOf(run).returns.toEqualTypeOf<Tensor>();
  });

  test("layers of known sizes are layers and modules", () => {
    expectTypeOf<Linear<2, 3>>().toExtend<Linear>();
    expectTypeOf<Linear<2, 3>>().toExtend<Module>();
    expectTypeOf<Conv2d<1, 8, 3, 2, "same">>().toExtend<Module>();
    const layers: Module[] = [new Linear(2, 3), new ReLU(), new Sequential(new ReLU())];
    expectTypeOf(new Sequential(...layers).forward).returns.toEqualTypeOf<Tensor>();
  });

  test("a module may take and give anything", () => {
    class Pair extends Module<[a: Tensor, b: Tensor], [Tensor, Tensor]> {
      override forward(a: Tensor, b: Tensor): [Tensor, Tensor] {
        return [a, b];
      }
    }
    class Outer extends Module {
      pair = new Pair();
      fc = new Linear(2, 3);
      override forward(x: Tensor) {
        return this.fc.forward(this.pair.forward(x, x)[0]);
      }
    }
    expectTypeOf<Outer>().toExtend<Module>();
  });
});
