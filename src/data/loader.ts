/**
 * Batches. Rows are copied from typed array to typed array; nothing of it enters a graph, so the next batch costs
 * microseconds.
 */
import { ValueError } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { type Dataset, gatherRows, type Rows, rowsOf, sampleCount } from "./dataset.ts";
import { generator, permutation } from "./shuffle.ts";

export interface LoaderOptions {
  /** Samples in a batch; 32 by default. */
  readonly batchSize?: number;
  /** Whether every epoch has an order of its own; false by default. */
  readonly shuffle?: boolean;
  /** Names the orders; 0 by default. */
  readonly seed?: number;
  /** Whether a last batch with fewer samples is left out; false by default. */
  readonly dropLast?: boolean;
}

/** Inputs and targets of some samples. */
export type Batch = readonly [x: Tensor, y: Tensor];

/**
 * Batches of a data set; see `loader`.
 *
 * @example
 * const batches = new data.Loader({ x: zeros([10, 3]), y: zeros([10]) }, { batchSize: 4 });
 * Array.from(batches, ([x]) => x.shape[0]); // => [ 4, 4, 2 ]
 */
export class Loader implements Iterable<Batch>, AsyncIterable<Batch> {
  readonly dataset: Dataset;
  readonly options: Required<LoaderOptions>;
  /** Number of the epoch that the next loop over this loader goes through. */
  epoch = 0;
  readonly #count: number;
  #rows: { readonly x: Rows; readonly y: Rows } | null = null;

  constructor(dataset: Dataset, { batchSize = 32, shuffle = false, seed = 0, dropLast = false }: LoaderOptions = {}) {
    if (!Number.isInteger(batchSize) || batchSize < 1)
      throw new ValueError(`loader: batchSize ${batchSize} is not a whole number from 1`);
    this.#count = sampleCount("loader", dataset);
    if (this.#count === 0) throw new ValueError("loader: the data set is empty");
    this.dataset = dataset;
    this.options = { batchSize, shuffle, seed, dropLast };
  }

  /** Number of batches in an epoch. */
  get length(): number {
    const { batchSize, dropLast } = this.options;
    return dropLast ? Math.floor(this.#count / batchSize) : Math.ceil(this.#count / batchSize);
  }

  /** Number of samples in an epoch. */
  get samples(): number {
    return Math.min(this.#count, this.length * this.options.batchSize);
  }

  /**
   * The batches of an epoch, from batch number `from` on: the same ones whenever they are asked for, so that a run can
   * be resumed.
   */
  *batches(epoch: number, from = 0): Generator<Batch, void, undefined> {
    const { x, y } = this.dataset;
    this.#rows ??= { x: rowsOf(x), y: rowsOf(y) };
    const order = this.#order(epoch);
    for (let batch = from; batch < this.length; batch++) {
      const start = batch * this.options.batchSize;
      const end = Math.min(start + this.options.batchSize, this.#count);
      yield [gatherRows(x, this.#rows.x, order, start, end), gatherRows(y, this.#rows.y, order, start, end)];
    }
  }

  #order(epoch: number): Int32Array {
    const { shuffle, seed } = this.options;
    if (shuffle) return permutation(this.#count, generator(seed, epoch + 1));
    return Int32Array.from({ length: this.#count }, (_, i) => i);
  }

  [Symbol.iterator](): Generator<Batch, void, undefined> {
    return this.batches(this.epoch++);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    await Promise.all([this.dataset.x.data(), this.dataset.y.data()]); // on devices that cannot be read at once
    yield* this.batches(this.epoch++);
  }
}

/**
 * Batches of a data set, for `for … of` and `for await … of`: each loop is an epoch, with an order of its own under
 * `shuffle`.
 *
 * @throws ShapeError  when x and y have different numbers of samples
 * @example
 * for (const [x, y] of loader(train, { batchSize: 64, shuffle: true })) step(x, y);
 */
export function loader(dataset: Dataset, options: LoaderOptions = {}): Loader {
  return new Loader(dataset, options);
}
