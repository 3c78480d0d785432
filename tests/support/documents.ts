/**
 * The code blocks of a page of documentation as programs. A block that begins with ```ts is a program of its own, that a reader can
 * copy and run; ```ts continued goes on where the block before it ended; any other word after `ts` makes it a fragment, only shown.
 *
 * A comment that begins with => after a statement says what the statement's value prints as; it goes on in the comment lines
 * directly below. Runs of white space count as one space, and … stands for any further text:
 *
 *     x.add(10).sum({ axis: 0 }); // => [24 26]
 *     console.log(Math.PI);       // => 3.14…
 */
import { parseSync } from "vite";

export interface Program {
  /** Line of the document on which its first block begins, from 1. */
  readonly line: number;
  readonly text: string;
}

/** The programs of a Markdown text. */
export function programsOf(markdown: string): Program[] {
  const programs: Program[] = [];
  for (const match of markdown.matchAll(/^```ts(?: +(\w+))?\n([\s\S]*?)^```$/gm)) {
    const [, word, text] = match;
    const line = markdown.slice(0, match.index).split("\n").length + 1;
    const last = programs.at(-1);
    if (word === undefined) programs.push({ line, text: text! });
    else if (word === "continued" && last !== undefined)
      programs[programs.length - 1] = { ...last, text: `${last.text}\n${text}` };
  }
  return programs;
}

interface Claim {
  /** Where in the text the check is put: in place of the statement, or behind it. */
  readonly start: number;
  readonly end: number;
  /** The values meant, as an argument list: those that the statement prints, or its own. */
  readonly values: string;
  readonly expected: string;
}

/** Name of the function that an instrumented program calls with the text expected and the values that print as it. */
export const CHECK = "__check";

/** The program with a call of `__check` for every claim it makes. */
export function instrument(text: string): { readonly text: string; readonly claims: number } {
  const claims = claimsOf(text);
  let out = text;
  for (const { start, end, values, expected } of claims.toReversed()) {
    out = `${out.slice(0, start)} await ${CHECK}(${JSON.stringify(expected)}, ${values});${out.slice(end)}`;
  }
  return { text: out, claims: claims.length };
}

function claimsOf(text: string): Claim[] {
  const { program, comments, errors } = parseSync("block.ts", text);
  if (errors.length > 0) throw new SyntaxError(`${errors[0]!.message}\n${text}`);
  return comments.flatMap((comment, i): Claim[] => {
    const claim = /^ *=> ?(.*)$/.exec(comment.value);
    if (claim === null) return [];
    const statement = program.body.findLast(({ end }) => end <= comment.start);
    if (statement === undefined || text.slice(statement.end, comment.start).includes("\n")) {
      throw new SyntaxError(`no statement stands before the comment "//${comment.value}"`);
    }
    const { start, end } = statement;
    const expected = collapse([claim[1]!, ...linesBelow(text, comments.slice(i))].join(" "));
    if (statement.type === "VariableDeclaration") {
      const { id } = statement.declarations.at(-1)!;
      return [{ start: end, end, values: text.slice(id.start, nameEnd(id)), expected }];
    }
    if (statement.type !== "ExpressionStatement") {
      throw new SyntaxError(`a ${statement.type} has no value: "//${comment.value}"`);
    }
    const { expression } = statement;
    const isLog = expression.type === "CallExpression" && text.startsWith("console.log(", expression.start);
    const meant = isLog ? expression.arguments : [expression];
    return [{ start, end, values: text.slice(meant[0]!.start, meant.at(-1)!.end), expected }];
  });
}

/** End of a declared name or pattern, without its type. */
function nameEnd(id: { readonly end: number; readonly typeAnnotation?: { readonly start: number } | null }): number {
  return id.typeAnnotation?.start ?? id.end;
}

interface Comment {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** What the comments directly below the first say, each alone on its line, up to the next claim. */
function linesBelow(text: string, [first, ...rest]: readonly Comment[]): string[] {
  const lines: string[] = [];
  let previous = first!;
  for (const comment of rest) {
    if (
      !/^\s*\n\s*$/.test(text.slice(previous.end, comment.start)) ||
      text.slice(previous.end, comment.start).split("\n").length > 2
    )
      break;
    if (/^ *=>/.test(comment.value)) break;
    lines.push(comment.value);
    previous = comment;
  }
  return lines;
}

const collapse = (text: string): string => text.trim().replace(/\s+/g, " ");

/** Whether `printed` is what a claim says, with its … and its white space. */
export function agrees(printed: string, expected: string): boolean {
  const parts = collapse(expected).split("…");
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${pattern}$`).test(collapse(printed));
}
