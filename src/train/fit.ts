/**
 * `fit`: the training loop with everything people expect around it.
 *
 * The step (forward, loss, backward, update) is one compiled program; the last, smaller batch of an epoch has a program of its own.
 * Losses are read in groups, so that a device can run ahead, and the thread is given up now and then, so that a page moves and Ctrl-C
 * is heard.
 */
import { checkOptions, ValueError } from "../base/index.ts";
import type { AveragedModel } from "../optim/index.ts";
import { random, type Tensor } from "../tensor/index.ts";
import { EvaluationPass, type LossFunction, Measure, type Network } from "./evaluate.ts";
import { type Callbacks, DivergenceError } from "./events.ts";
import { describeEpoch, type Ending, type EpochRecord, type History } from "./history.ts";
import { isFiniteSnapshot, type Kept, restoreSnapshot, type Snapshot, takeSnapshot } from "./keeper.ts";
import type { MetricFactory } from "./metrics.ts";
import { type FitSchedule, type RateControl, rateControl } from "./rate.ts";
import type { Schedule } from "./schedule.ts";
import { type Batches, batchesOf, checkSource, type Source } from "./source.ts";
import { type AnyOptimizer, type TrainStep, trainStep } from "./step.ts";
import { type EarlyStopping, Watch } from "./stopping.ts";

export interface FitOptions {
  /** What is learned from: a data set, or batches (see `data.loader`). */
  readonly train: Source;
  /** What is measured after every epoch, without learning from it. */
  readonly validation?: Source;
  /** The mean loss of a batch. */
  readonly loss: LossFunction;
  readonly optimizer: AnyOptimizer;
  /** Passes over the training set; 10 by default. */
  readonly epochs?: number;
  /** Samples in a step, where the source is not in batches; 32 by default. */
  readonly batchSize?: number;
  /** What is measured beside the loss; nothing by default. */
  readonly metrics?: readonly MetricFactory[];
  /** Told what happens; see `Callbacks`. */
  readonly callbacks?: readonly Callbacks[];
  /** When to give up. By default all epochs run, and the model keeps the last weights. */
  readonly earlyStopping?: EarlyStopping;
  /**
   * The learning rate over the run: a factor of the optimizer's own rates, by progress; or one of optim's schedulers and
   * when it takes its steps. Constant by default.
   */
  readonly schedule?: Schedule | FitSchedule;
  /** How many batches make one step: their gradients are added up, as of one large batch; 1 by default. */
  readonly accumulate?: number;
  /** Averages of the model's weights: updated after each step, and what `validation` measures. */
  readonly average?: AveragedModel;
  /** Of the order of samples and of random numbers in the model; the generator goes on where it is by default. */
  readonly seed?: number;
  /** Given one line about each epoch; `console.log` will do. */
  readonly log?: (line: string) => void;
  /** Ends the run after the step at hand when it is aborted. */
  readonly signal?: AbortSignal;
  /** Whether steps are compiled; true by default. */
  readonly compile?: boolean;
  /** Whether gradients can be read after a compiled step (in `onStepEnd`, say); false by default. */
  readonly keepGradients?: boolean;
}

/**
 * Trains `model` and says how it went.
 *
 * Before the first step the data are checked: shapes, finite numbers, labels within the classes. Afterwards the model is in evaluation
 * mode and holds the weights of the last epoch; those of the best epoch, when `earlyStopping` restores them or when `signal` ended the run.
 *
 * @throws ValueError, ShapeError  when data and model do not fit, or an option is unknown or out of its range, before
 *                                 anything was changed
 * @throws DivergenceError  when the loss is no longer finite: at which epoch and step; the model holds the last good weights then
 * @example
 * const train = { x: tensor([[1], [2]]), y: tensor([[2], [4]]) }; // y = 2 x
 * const model = new nn.Linear(1, 1, { bias: false });
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
 * const history = await fit(model, { train, loss: nn.mse, optimizer, epochs: 20, batchSize: 2 });
 * model.weight; // => [[1.9999…]]
 * history.steps; // => 20
 */
export async function fit(model: Network, options: FitOptions): Promise<History> {
  checkOptions("fit", options, fitOptions);
  const { epochs = 10, batchSize = 32, accumulate = 1, average = null } = options;
  checkCount("epochs", epochs);
  checkCount("batchSize", batchSize);
  checkCount("accumulate", accumulate);
  checkOptimizer(model, options.optimizer);
  if (average !== null && average.module !== model)
    throw new ValueError("fit: average belongs to another model; make it with new optim.AveragedModel(model)");
  const rates = rateControl(options.optimizer, options.schedule);
  model.eval();
  await checkSource(model, "train", options.train, options.loss);
  if (options.validation !== undefined) await checkSource(model, "validation", options.validation, options.loss);
  const run = new Run(model, options, { epochs, batchSize, accumulate, average, rates });
  try {
    return await run.run();
  } finally {
    rates.end();
    model.eval();
  }
}

const fitOptions: readonly (keyof FitOptions)[] = [
  ...(["train", "validation", "loss", "optimizer", "epochs", "batchSize", "metrics", "callbacks"] as const),
  ...([
    "earlyStopping",
    "schedule",
    "accumulate",
    "average",
    "seed",
    "log",
    "signal",
    "compile",
    "keepGradients",
  ] as const),
];

/** Options that have been checked. */
interface Checked {
  readonly epochs: number;
  readonly batchSize: number;
  readonly accumulate: number;
  readonly average: AveragedModel | null;
  readonly rates: RateControl;
}

/** Steps whose losses have not been read yet. */
interface Pending {
  readonly step: number;
  readonly lr: number;
  readonly batches: readonly Taken[];
}

/** A batch whose gradient has been computed. */
interface Taken {
  readonly loss: Tensor;
  readonly output: Tensor | null;
  readonly target: Tensor;
}

/** At most so many losses wait to be read, and at most so long. */
const readingGroup = 16; // steps
const readingPause = 50; // milliseconds

/** Weights are kept as good ones after every epoch, and after so many steps in a long one. */
const keepingInterval = 1000; // steps

class Run {
  readonly #model: Network;
  readonly #options: FitOptions;
  readonly #checked: Checked;
  readonly #batches: Batches;
  readonly #stepsInEpoch: number | undefined;
  readonly #trainStep: TrainStep;
  readonly #validate: EvaluationPass<number>;
  readonly #watch: Watch;
  readonly #lr: number;
  #lastLr: number;
  readonly #records: EpochRecord[] = [];
  readonly #started = performance.now();
  #pending: Pending[] = [];
  #lastRead = performance.now();
  #epoch = 0;
  #step = 0;
  #stopped = false;
  #good: Snapshot;
  #best: Snapshot | null = null;

  constructor(model: Network, options: FitOptions, checked: Checked) {
    const { loss, optimizer, metrics = [], compile = true, keepGradients = false, seed } = options;
    const { batchSize, accumulate, average } = checked;
    this.#model = model;
    this.#options = options;
    this.#checked = checked;
    this.#batches = batchesOf(options.train, { batchSize, shuffle: true, seed: seed ?? 0 });
    const batches = this.#batches.length;
    this.#stepsInEpoch = batches === undefined ? undefined : Math.ceil(batches / accumulate);
    this.#lr = optimizer.lr;
    this.#lastLr = optimizer.lr;
    this.#watch = new Watch(options.earlyStopping ?? { patience: Number.POSITIVE_INFINITY });
    this.#validate = new EvaluationPass(average ?? model, loss, metrics, compile);
    this.#trainStep = trainStep(model, {
      loss,
      optimizer,
      average,
      answers: metrics.length > 0,
      accumulate,
      compile,
      keepGradients,
    });
    if (seed !== undefined) random.manualSeed(seed);
    this.#good = takeSnapshot({ model, average }, 0, 0);
  }

  async run(): Promise<History> {
    await this.#tell("onStart", { epochs: this.#checked.epochs, stepsInEpoch: this.#stepsInEpoch });
    let ending: Ending = this.#interrupted ? "interrupted" : "finished";
    while (this.#epoch < this.#checked.epochs && ending === "finished") {
      await this.#runEpoch(this.#epoch + 1);
      if (this.#interrupted) ending = "interrupted";
      else if (this.#stopped) ending = "stopped";
      else if (this.#watch.exhausted) ending = "early";
    }
    const history = this.#history(ending, this.#settle(ending));
    await this.#tell("onEnd", history);
    return history;
  }

  /** What snapshots are taken of. */
  get #kept(): Kept {
    return { model: this.#model, average: this.#checked.average };
  }

  get #rates(): RateControl {
    return this.#checked.rates;
  }

  get #interrupted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async #runEpoch(epoch: number): Promise<void> {
    const begun = performance.now();
    const measure = new Measure(this.#options.metrics ?? []);
    this.#model.train();
    let batches: Taken[] = []; // of the step that is being gathered
    for await (const [x, y] of this.#batches) {
      if (batches.length === 0) this.#rates.beforeStep(this.#progress);
      const [loss, output = null] = this.#trainStep.batch(x, y);
      batches.push({ loss: loss!, output, target: y });
      if (batches.length === this.#checked.accumulate) {
        await this.#finishStep(batches, epoch, measure);
        batches = [];
        if (this.#interrupted || this.#stopped) break;
      } else if (performance.now() - this.#lastRead > readingPause) await this.#read(epoch, measure);
    }
    if (batches.length > 0) await this.#finishStep(batches, epoch, measure); // the epoch has ended within a step
    await this.#read(epoch, measure);
    if (this.#interrupted || this.#stopped) return; // an epoch that was not finished is not in the history
    const { validation } = this.#options;
    const train = measure.values("fit: train");
    const measured =
      validation === undefined
        ? {}
        : {
            validation: await this.#validate.run("fit: validation", validation, Math.max(this.#checked.batchSize, 256)),
          };
    const record: EpochRecord = {
      epoch,
      step: this.#step,
      train,
      ...measured,
      lr: this.#lastLr,
      seconds: (performance.now() - begun) / 1000,
    };
    this.#rates.afterEpoch(record);
    await this.#finishEpoch(record);
  }

  async #finishStep(batches: readonly Taken[], epoch: number, measure: Measure<number>): Promise<void> {
    const lr = this.#options.optimizer.lr;
    this.#trainStep.update(batches.reduce((samples, { target }) => samples + samplesOf(target), 0));
    this.#step++;
    this.#rates.afterStep();
    this.#pending.push({ step: this.#step, lr, batches });
    this.#lastLr = lr;
    const due = this.#pending.length >= readingGroup || performance.now() - this.#lastRead > readingPause;
    if (due) await this.#read(epoch, measure);
    if (this.#step % keepingInterval === 0) await this.#keepIfGood(epoch - 1);
  }

  /** From 0 at the first step to 1 at the last; null where the number of steps is not known. */
  get #progress(): number | null {
    if (this.#stepsInEpoch === undefined) return null;
    const last = this.#checked.epochs * this.#stepsInEpoch - 1;
    return last === 0 ? 0 : this.#step / last;
  }

  /** Reads the losses that wait, checks them, and lets others have the thread if it was long theirs to ask for. */
  async #read(epoch: number, measure: Measure<number>): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    for (const { step, lr, batches } of pending) {
      let [total, samples] = [0, 0];
      for (const { loss, output, target } of batches) {
        const value = Number((await loss.data())[0]!);
        if (!Number.isFinite(value)) throw await this.#diverged(`the loss is ${value}`, epoch, step);
        await measure.add(value, output, target);
        total += value * samplesOf(target);
        samples += samplesOf(target);
      }
      await this.#tell("onStepEnd", { epoch, step, stepsInEpoch: this.#stepsInEpoch, loss: total / samples, lr });
    }
    if (performance.now() - this.#lastRead > readingPause) {
      await new Promise((resolve) => setTimeout(resolve)); // a macrotask: timers, signals and the page's own work come to their turn
      this.#lastRead = performance.now();
    }
  }

  async #finishEpoch(record: EpochRecord): Promise<void> {
    const { epoch, validation } = record;
    if (validation !== undefined && !Number.isFinite(validation.loss)) {
      throw await this.#diverged(`the validation loss is ${validation.loss}`, epoch, this.#step);
    }
    await this.#keepIfGood(epoch);
    this.#epoch = epoch;
    this.#records.push(record);
    const isBest = this.#watch.see(record);
    if (isBest) this.#best = this.#good;
    this.#options.log?.(describeEpoch(record, this.#checked.epochs));
    await this.#tell("onEpochEnd", { ...record, isBest });
  }

  /** Takes a snapshot, and lets it take the place of the last one if all its numbers are finite. */
  async #keepIfGood(epoch: number): Promise<void> {
    const snapshot = takeSnapshot(this.#kept, epoch, this.#step);
    if (!(await isFiniteSnapshot(snapshot))) throw await this.#diverged("a weight is not finite", epoch, this.#step);
    this.#good = snapshot;
  }

  async #diverged(what: string, epoch: number, step: number): Promise<DivergenceError> {
    restoreSnapshot(this.#kept, this.#good);
    const history = this.#history("stopped", this.#good.epoch === 0 ? null : this.#good.epoch);
    return new DivergenceError(what, { epoch, step, lr: this.#lr, good: this.#good, history });
  }

  /** Gives the model the weights it should end with; the epoch they are from. */
  #settle(ending: Ending): number | null {
    const { earlyStopping } = this.#options;
    const wanted = ending === "interrupted" || (earlyStopping !== undefined && earlyStopping.restoreBest !== false);
    if (wanted && this.#best !== null) {
      restoreSnapshot(this.#kept, this.#best);
      return this.#best.epoch;
    }
    return ending === "interrupted" ? null : this.#epoch;
  }

  #history(ending: Ending, keptEpoch: number | null): History {
    const seconds = (performance.now() - this.#started) / 1000;
    return { epochs: this.#records, bestEpoch: this.#watch.bestEpoch, keptEpoch, ending, steps: this.#step, seconds };
  }

  async #tell<E extends keyof Callbacks>(event: E, details: Parameters<NonNullable<Callbacks[E]>>[0]): Promise<void> {
    for (const callbacks of this.#options.callbacks ?? []) {
      const listener = callbacks[event] as ((details: unknown) => unknown) | undefined; // its details are those of its event
      if (listener !== undefined && (await listener.call(callbacks, details)) === false) this.#stopped = true;
    }
  }
}

const samplesOf = (target: Tensor): number => target.shape[0] ?? 1;

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new ValueError(`fit: ${name} is ${value}; it is a whole number from 1`);
}

function checkOptimizer(model: Network, { parameters }: AnyOptimizer): void {
  const own = new Set<Tensor>(model.parameters());
  if (parameters.some((p: Tensor) => own.has(p))) return;
  throw new ValueError("fit: the optimizer moves none of the model's parameters; make it from model.parameters()");
}
