/**
 * Tables as comma-separated text: read by csv-parse (quotes, line ends, byte-order marks), then made numbers, with
 * errors that name the line and the column.
 */
import { FormatError, ValueError } from "../base/index.ts";

export interface CsvOptions {
  /** Whether the first line names the columns; by default it does if none of its fields is a number. */
  readonly header?: boolean;
  /** What separates fields; a comma by default. */
  readonly delimiter?: string;
  /** What errors call the table; "csv" by default. */
  readonly name?: string;
}

/** A table of texts, all rows equally long. */
export interface CsvTable {
  readonly name: string;
  /** Names of the columns; "0", "1", … when the file gives none. */
  readonly columns: readonly string[];
  readonly records: readonly (readonly string[])[];
  /** Line of the file on which each record ends, from 1. */
  readonly lines: readonly number[];
}

/** What csv-parse gives under the option `info`. */
interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/**
 * The table in `text`.
 *
 * @throws FormatError  at quotes that do not close and rows of unequal length: which line, how many fields
 * @example
 * const table = await data.parseCsv("width,height\n1,2\n3,4\n");
 * table.columns; // => [ 'width', 'height' ]
 */
export async function parseCsv(
  text: string,
  { header, delimiter = ",", name = "csv" }: CsvOptions = {},
): Promise<CsvTable> {
  const { parse } = await import("csv-parse/browser/esm/sync"); // 90 KB that only readers of tables load
  let parsed: ParsedRecord[];
  try {
    const options = { delimiter, bom: true, trim: true, skip_empty_lines: true, relax_column_count: true, info: true };
    parsed = parse(text, options) as unknown as ParsedRecord[]; // its types do not know what `info` does
  } catch (error) {
    throw new FormatError(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (parsed.length === 0) throw new FormatError(`${name}: the file is empty`);
  const width = parsed[0]!.record.length;
  for (const { record, info } of parsed) {
    if (record.length !== width)
      throw new FormatError(`${name}: line ${info.lines}: ${record.length} fields, but the first line has ${width}`);
  }
  const named = header ?? parsed[0]!.record.every((field) => parseNumber(field) === null);
  const columns = named ? parsed[0]!.record : parsed[0]!.record.map((_, i) => String(i));
  const rows = named ? parsed.slice(1) : parsed;
  return { name, columns, records: rows.map((r) => r.record), lines: rows.map((r) => r.info.lines) };
}

/** The number that a field spells, "nan" among them; null when it spells none. */
function parseNumber(field: string): number | null {
  const text = field.trim();
  if (text === "") return null;
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  return /^[+-]?nan$/i.test(text) ? Number.NaN : null;
}

/** The place of a column, by name or by number; negative numbers count from the end. */
export function columnIndex(table: CsvTable, column: string | number): number {
  const count = table.columns.length;
  const at = typeof column === "string" ? table.columns.indexOf(column) : column < 0 ? column + count : column;
  if (!Number.isInteger(at) || at < 0 || at >= count) {
    throw new ValueError(`${table.name}: there is no column "${column}"; there are ${table.columns.join(", ")}`);
  }
  return at;
}

/**
 * The numbers of some columns, row by row.
 *
 * @throws FormatError  at a field that is no number: its line, its column, its text
 */
export function columnNumbers(table: CsvTable, columns: readonly number[]): Float64Array {
  const values = new Float64Array(table.records.length * columns.length);
  let at = 0;
  table.records.forEach((record, row) => {
    for (const column of columns) {
      const value = parseNumber(record[column]!);
      if (value === null) {
        const found = record[column] === "" ? "the field is empty" : `"${record[column]}" is not a number`;
        throw new FormatError(`${table.name}: line ${table.lines[row]}, column "${table.columns[column]}": ${found}`);
      }
      values[at++] = value;
    }
  });
  return values;
}

/** A column of texts as numbers of classes: the distinct texts in alphabetical order. */
export function columnClasses(table: CsvTable, column: number): { labels: Int32Array; classes: string[] } {
  const texts = table.records.map((record) => record[column]!);
  const classes = [...new Set(texts)].sort();
  const number = new Map(classes.map((text, i) => [text, i]));
  return { labels: Int32Array.from(texts, (text) => number.get(text)!), classes };
}

/** True when every field of the column spells a number. */
export function isNumeric(table: CsvTable, column: number): boolean {
  return table.records.every((record) => parseNumber(record[column]!) !== null);
}
