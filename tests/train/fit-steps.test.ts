/** What `fit` does along its steps: schedulers, batches that make one step, averages of the weights, options refused. */
import { beforeEach, describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import {
  Adam,
  AveragedModel,
  exponentialLr,
  OneCycleLr,
  oneCycleLr,
  ReduceLrOnPlateau,
  Scheduler,
  SGD,
} from "../../src/optim/index.ts";
import { setDefaultDevice } from "../../src/runtime/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";
import { type Callbacks, type FitOptions, fit } from "../../src/train/index.ts";

/** y = w x. */
class Slope extends nn.Module {
  w = new nn.Parameter(tensor([0]));

  override forward(x: Tensor): Tensor {
    return x.mul(this.w as Tensor);
  }

  get value(): number {
    return this.w.itemSync();
  }
}

/** Targets are 2 x. */
const line = { x: tensor([[1], [2]]), y: tensor([[2], [4]]) };

/** Four samples in batches of one: four steps in an epoch. */
const four = { x: tensor([[1], [2], [3], [4]]), y: tensor([[2], [4], [6], [8]]) };

/** The rates of the steps, as listeners hear of them. */
function listening(): { rates: number[]; callbacks: Callbacks[] } {
  const rates: number[] = [];
  return { rates, callbacks: [{ onStepEnd: ({ lr }) => void rates.push(lr) }] };
}

describe.each(["reference", "wasm"])("on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  describe("a scheduler", () => {
    test("takes a step after every epoch; the history and the listeners have the rates of the steps", async () => {
      const model = new Slope();
      const optimizer = new SGD(model.parameters(), { lr: 0.008 });
      const schedule = { scheduler: new Scheduler(optimizer, exponentialLr({ gamma: 0.5 })) };
      const { rates, callbacks } = listening();
      const history = await fit(model, {
        train: four,
        loss: nn.mse,
        optimizer,
        batchSize: 2,
        epochs: 3,
        schedule,
        callbacks,
      });
      expect(history.epochs.map(({ lr }) => lr)).toEqual([0.008, 0.004, 0.002]);
      expect(rates).toEqual([0.008, 0.008, 0.004, 0.004, 0.002, 0.002]);
      expect(optimizer.lr).toBe(0.001); // where the next run goes on
    });

    test.each([true, false])("takes a step after every step, with the momentum (compiled: %s)", async (compile) => {
      const model = new Slope();
      const optimizer = new SGD(model.parameters(), { momentum: 0.9 });
      const cycle = { maxLr: 0.01, totalSteps: 8 };
      const schedule = { scheduler: new OneCycleLr(optimizer, cycle), every: "step" } as const;
      const { rates, callbacks } = listening();
      await fit(model, { train: line, loss: nn.mse, optimizer, batchSize: 1, epochs: 4, schedule, callbacks, compile });
      expect(rates).toEqual(Array.from({ length: 8 }, (_, k) => oneCycleLr(cycle)(k).lr));
    });

    test("that looks at a measure is told that of the validation set, by its name", async () => {
      const model = new Slope();
      const optimizer = new SGD(model.parameters(), { lr: 0.01 });
      const values = [0.5, 0.6, 0.6, 0.6]; // more is better: the third epoch brings nothing
      const score = () => ({ name: "score", update() {}, value: () => values.shift()! });
      let made = 0; // for training and for validation in turn
      const metrics = [() => (made++ % 2 === 0 ? { name: "score", update() {}, value: () => 9 } : score())];
      const scheduler = new ReduceLrOnPlateau(optimizer, { mode: "max", patience: 0, factor: 0.5 });
      const schedule = { scheduler, monitor: "score" };
      const history = await fit(model, {
        ...{ train: line, validation: line, loss: nn.mse, optimizer, epochs: 4, schedule, metrics },
      });
      expect(history.epochs.map(({ lr }) => lr)).toEqual([0.01, 0.01, 0.01, 0.005]);
      expect(optimizer.lr).toBe(0.0025);
    });
  });

  test("a function of progress scales each group's own rate, which it has again afterwards", async () => {
    const model = new nn.Linear(1, 1);
    const groups = [{ params: [model.weight as Tensor] }, { params: [model.bias as Tensor], lr: 0.001 }];
    const optimizer = new SGD(groups, { lr: 0.01 });
    const seen: number[][] = [];
    const onEpochEnd = () => void seen.push(optimizer.groups.map(({ lr }) => lr));
    const schedule = (progress: number) => 1 - progress / 2;
    const more = { epochs: 3, batchSize: 2, schedule, callbacks: [{ onEpochEnd }] };
    await fit(model as nn.Module, { train: line, loss: nn.mse, optimizer, ...more });
    expect(seen).toEqual([
      [0.01, 0.001],
      [0.0075, 0.00075],
      [0.005, 0.0005],
    ]);
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.01, 0.001]);
  });

  describe("accumulate", () => {
    // sums of small whole numbers are exact in any order; batches of 1 and of 4 samples make the same steps
    const trained = async (batchSize: number, accumulate: number, compile: boolean) => {
      const model = new Slope();
      const optimizer = new SGD(model.parameters(), { lr: 1 / 64, momentum: 0.5 });
      const heard: unknown[] = [];
      const onStepEnd: Callbacks["onStepEnd"] = ({ epoch, step, stepsInEpoch, loss }) =>
        void heard.push([epoch, step, stepsInEpoch, loss]);
      const callbacks = [{ onStepEnd }];
      const history = await fit(model, {
        ...{ train: four, loss: nn.mse, optimizer, batchSize, accumulate, epochs: 2, callbacks, compile },
      });
      return { w: model.value, heard, losses: history.epochs.map(({ train }) => train.loss), steps: history.steps };
    };

    test.each([true, false])("takes the steps of one large batch (compiled: %s)", async (compile) => {
      const whole = await trained(4, 1, compile);
      expect(await trained(1, 4, compile)).toEqual(whole);
      expect(await trained(2, 2, compile)).toEqual(whole);
      expect(whole.heard).toEqual([
        [1, 1, 1, 30],
        [2, 2, 1, expect.any(Number)],
      ]);
    });

    test.each([true, false])("an epoch that ends within a step ends the step (compiled: %s)", async (compile) => {
      // 4 samples in batches of 3: one of 3 and one of 1 sample make a step, with a mean over all four
      const whole = await trained(4, 1, compile);
      const uneven = await trained(3, 8, compile);
      expect(uneven.steps).toBe(2);
      expect(uneven.w).toBeCloseTo(whole.w, 5);
      expect(uneven.losses).toEqual(whole.losses.map((loss) => expect.closeTo(loss, 4)));
    });
  });

  test.each([true, false])("average: averages after each step, and validates them (compiled: %s)", async (compile) => {
    const model = new Slope();
    const average = new AveragedModel<[x: Tensor], Tensor>(model);
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const more = { validation: line, batchSize: 2, epochs: 3, compile };
    const history = await fit(model, { train: line, loss: nn.mse, optimizer, average, ...more });
    // w goes 1, 1.5, 1.75; its means are 1, 1.25, 1.41667; the loss is 2.5 (w − 2)²
    expect(model.value).toBeCloseTo(1.75, 6);
    expect(average.stateDict()["module.w"]!.itemSync()).toBeCloseTo(4.25 / 3, 6);
    expect(history.epochs.map(({ validation }) => validation!.loss)).toEqual(
      [1, 1.25, 4.25 / 3].map((w) => expect.closeTo(2.5 * (w - 2) ** 2, 5)),
    );
  });
});

test("the best epoch has the best averages, too", async () => {
  const model = new Slope();
  const average = new AveragedModel<[x: Tensor], Tensor>(model);
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const values = [1, 3, 2];
  let made = 0;
  const metrics = [() => ({ name: "score", update() {}, value: () => (made++ % 2 === 0 ? 0 : values.shift()!) })];
  const earlyStopping = { patience: 9, monitor: "score" };
  const more = { validation: line, batchSize: 2, epochs: 3, metrics, earlyStopping };
  const history = await fit(model, { train: line, loss: nn.mse, optimizer, average, ...more });
  expect(history.keptEpoch).toBe(2);
  expect([model.value, average.stateDict()["module.w"]!.itemSync()]).toEqual([
    expect.closeTo(1.5, 6),
    expect.closeTo(1.25, 6),
  ]);
});

describe("refuses", () => {
  const refused = (more: object): Promise<unknown> => {
    const model = new Slope();
    const optimizer = new Adam(model.parameters());
    return fit(model, { train: line, loss: nn.mse, optimizer, ...more } as FitOptions);
  };
  const model = new Slope();
  const scheduler = new Scheduler(new SGD(model.parameters()), exponentialLr({ gamma: 0.5 }));
  const plateau = new ReduceLrOnPlateau(new SGD(model.parameters()));

  test.each<[string, object, string | RegExp]>([
    ["an unknown option", { epoch: 3 }, /^fit: there is no option "epoch" \(nearest: epochs\); there are train, /],
    ["no batches in a step", { accumulate: 0 }, "fit: accumulate is 0; it is a whole number from 1"],
    [
      "another model's averages",
      { average: new AveragedModel(new Slope()) },
      "fit: average belongs to another model; make it with new optim.AveragedModel(model)",
    ],
    [
      "a schedule that is none",
      { schedule: { scheduler: 0.1 } },
      "fit: schedule is a function of progress, or { scheduler } with one of optim's; write { scheduler: new optim.Scheduler(optimizer, rule) }",
    ],
    [
      "a scheduler by itself",
      { schedule: scheduler },
      "fit: schedule is a function of progress, or { scheduler } with one of optim's; write { scheduler: new optim.Scheduler(optimizer, rule) }",
    ],
    [
      "another time",
      { schedule: { scheduler, every: "batch" } },
      'fit: there is no schedule.every "batch"; there are epoch, step',
    ],
    [
      "a measure after every step",
      { schedule: { scheduler: plateau, every: "step" } },
      "fit: the scheduler needs a measure, which there is after an epoch only; leave every at epoch",
    ],
    [
      "a measure that is not there",
      { schedule: { scheduler: plateau, monitor: "f1" } },
      'fit: schedule.monitor is "f1", which is not measured; there are loss',
    ],
    [
      "an unknown option of early stopping",
      { earlyStopping: { patience: 1, monitr: "loss" } },
      /^fit: earlyStopping: there is no option "monitr" \(nearest: monitor\); there are patience, /,
    ],
    [
      "an unknown mode of early stopping",
      { earlyStopping: { patience: 1, mode: "best" } },
      'fit: there is no earlyStopping.mode "best"; there are min, max',
    ],
  ])("%s", async (_, more, message) => {
    await expect(refused(more)).rejects.toThrow(typeof message === "string" ? new ValueError(message) : message);
  });
});
