/** A coordinate frame: scales of two axes, their ticks, grid lines and names. */
import { scaleLinear, scaleLog } from "d3-scale";
import { group, line, text } from "./svg.ts";
import { theme } from "./theme.ts";

/** Maps a value to a pixel. */
export interface Scale {
  (value: number): number;
  ticks(count?: number): number[];
  tickFormat(count?: number, specifier?: string): (value: number) => string;
  domain(): number[];
}

/** The inner rectangle of a plot, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Frame {
  readonly box: Box;
  readonly x: Scale;
  readonly y: Scale;
}

/** The least and greatest finite value; 0 and 1 when there is none. */
export function extent(values: Iterable<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

/** A vertical scale over `values`, rounded to whole ticks; a constant gets room above and below. */
export function verticalScale(values: readonly number[], { top, height }: Box, { log = false } = {}): Scale {
  let [low, high] = extent(values);
  const range = [top + height, top];
  if (log)
    return scaleLog()
      .domain([low / 1.1, high * 1.1])
      .range(range); // a tenth of room, as a factor
  if (low === high) [low, high] = [low - Math.max(Math.abs(low), 1) * 0.05, high + Math.max(Math.abs(high), 1) * 0.05];
  return scaleLinear().domain([low, high]).nice(5).range(range);
}

/** A horizontal scale from the first to the last of `values`, to the pixel. */
export function horizontalScale(values: readonly number[], { left, width }: Box): Scale {
  let [low, high] = extent(values);
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  return scaleLinear()
    .domain([low, high])
    .range([left, left + width]);
}

/** Ticks of a logarithmic scale: powers of ten, with 2 and 5 between them when there are few. */
function logTicks(scale: Scale): number[] {
  const [low, high] = scale.domain() as [number, number];
  const decades = Math.log10(high / low);
  const digits = decades > 3 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 3, 5, 7];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of digits) {
      const tick = Number(`${digit}e${power}`); // exact, where digit · 10 ** power is not
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** A number as people write it: 0.001, 12,000; powers of ten beyond a million or below a hundred thousandth. */
export function showNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-5)) return value.toExponential().replace("e+", "e");
  return String(value);
}

/** Grid lines and numbers at the left. */
export function verticalAxis({ box, y }: Frame, { log = false } = {}): string {
  const ticks = log ? logTicks(y) : y.ticks(5);
  const format = log ? showNumber : y.tickFormat(5);
  const marks = ticks.map((tick) => {
    const at = Math.round(y(tick)) + 0.5; // on whole pixels a line is crisp
    return (
      line(box.left, at, box.left + box.width, at, { stroke: theme.grid }) +
      text(box.left - 8, at + 4, format(tick), { "text-anchor": "end", fill: theme.muted })
    );
  });
  return group({}, marks);
}

/** A base line, numbers below it, and the axis's name. */
export function horizontalAxis({ box, x }: Frame, name: string, { whole = false } = {}): string {
  const bottom = Math.round(box.top + box.height) + 0.5;
  const ticks = x.ticks(Math.max(2, Math.round(box.width / 60))).filter((tick) => !whole || Number.isInteger(tick));
  const format = whole ? String : x.tickFormat(6);
  const marks = ticks.map((tick) => {
    const at = Math.round(x(tick)) + 0.5;
    return (
      line(at, bottom, at, bottom + 5, { stroke: theme.muted }) +
      text(at, bottom + 18, format(tick), { "text-anchor": "middle", fill: theme.muted })
    );
  });
  const base = line(box.left, bottom, box.left + box.width, bottom, { stroke: theme.muted });
  const label = text(box.left + box.width / 2, bottom + 36, name, { "text-anchor": "middle", fill: theme.muted });
  return group({}, base, marks, label);
}
