/** How the learning rate goes along a training run: by a function of progress, or by a scheduler. */
import { checkOptions, ValueError } from "../base/index.ts";
import { type EpochRecord, measureOf } from "./history.ts";
import type { Schedule } from "./schedule.ts";

/** What carries a schedule to its optimizer: `optim.Scheduler`, `optim.OneCycleLr`, `optim.ReduceLrOnPlateau`. */
export interface SteppedSchedule {
  step(metric: number): void;
}

/** A scheduler of `gradus/optim`, and when it takes its steps. */
export interface FitSchedule {
  /** Made for the optimizer of the run. Its rates stay when the run has ended, so that another run goes on with them. */
  readonly scheduler: SteppedSchedule;
  /** After every epoch ("epoch", the default), or after every step of the optimizer ("step"). */
  readonly every?: "epoch" | "step";
  /**
   * The measure that `ReduceLrOnPlateau` is told, by its name: "loss" by default; of the validation set where there is
   * one.
   */
  readonly monitor?: string;
}

/** What is needed of an optimizer. */
interface Rated {
  readonly groups: readonly { lr: number }[];
}

/** Sets the rates of a run. */
export interface RateControl {
  /** @param progress  from 0 at the first step to 1 at the last; null where the number of steps is not known */
  beforeStep(progress: number | null): void;
  afterStep(): void;
  afterEpoch(record: EpochRecord): void;
  /** Gives the optimizer its own rates again, if it should have them. */
  end(): void;
}

const nothing = (): void => {};

/** @throws ValueError  when the schedule cannot be used */
export function rateControl({ groups }: Rated, schedule: Schedule | FitSchedule | undefined): RateControl {
  const own = groups.map(({ lr }) => lr);
  const scale = (factor: number): void => {
    for (const [i, group] of groups.entries()) group.lr = own[i]! * factor;
  };
  if (schedule === undefined || typeof schedule === "function") {
    const beforeStep = (progress: number | null): void => {
      if (schedule !== undefined && progress !== null) scale(schedule(progress));
    };
    return { beforeStep, afterStep: nothing, afterEpoch: nothing, end: () => scale(1) };
  }
  checkSchedule(schedule);
  const { scheduler, every = "epoch", monitor = "loss" } = schedule;
  return {
    beforeStep: nothing,
    afterStep: () => {
      if (every === "step") scheduler.step(Number.NaN); // it does not look at the measure
    },
    afterEpoch: (record) => {
      if (every === "epoch") scheduler.step(measureOf(record, monitor, "schedule.monitor"));
    },
    end: nothing,
  };
}

function checkSchedule(schedule: FitSchedule): void {
  const { scheduler, every = "epoch" } = schedule;
  if (typeof (scheduler as Partial<SteppedSchedule> | undefined)?.step !== "function")
    throw new ValueError(
      "fit: schedule is a function of progress, or { scheduler } with one of optim's; write { scheduler: new optim.Scheduler(optimizer, rule) }",
    );
  checkOptions("fit: schedule", schedule, ["scheduler", "every", "monitor"]);
  if (every !== "epoch" && every !== "step")
    throw new ValueError(`fit: there is no schedule.every "${String(every)}"; there are epoch, step`);
  if (every === "step" && scheduler.step.length > 0)
    throw new ValueError(
      "fit: the scheduler needs a measure, which there is after an epoch only; leave every at epoch",
    );
}
