/**
 * `docs/functions.md`: every public function and class with the first sentence of its docstring and what the tests
 * showed of it. What stands there of tests comes from the notes of `recorder.ts`, hence from tests that ran and passed.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { areas, loadCases } from "../fixtures.ts";
import { root } from "../repository.ts";
import { type Definition, exportsOf, headerOf, keyOf, methodsOf } from "./exports.ts";

export const pagePath = "docs/functions.md";

/** What tests showed of a function. */
export interface Shown {
  /** how many golden cases call it */
  readonly cases: number;
  /** those of `orders` that were checked */
  readonly derivatives: readonly string[];
  readonly devices: readonly string[];
}

/** What tests showed of a definition under its public name; undefined when no test called it. */
export type Evidence = (definition: Definition, name: string) => Shown | undefined;

interface Section {
  readonly title: string;
  readonly members: readonly (readonly [name: string, definition: Definition])[];
}

/** The package's entries as package.json names them, each with its source; what Node finds under "." is the first. */
function entries(): readonly (readonly [name: string, file: string])[] {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, { types?: string; node?: { types?: string } }>;
  };
  return Object.entries(exports).flatMap(([path, conditions]) => {
    const types = conditions.node?.types ?? conditions.types;
    if (types === undefined || path === "./node") return [];
    return [[path.replace(/^\./, "gradus"), types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "src/$1.ts")] as const];
  });
}

/** Each entry's functions and classes, then those of its namespaces. What a door of its own has stands there alone. */
function sections(): Section[] {
  const seen = new Set<string>();
  const walk = (title: string, file: string): Section[] => {
    const all = [...exportsOf(file)];
    const members = all.filter(([, d]) => (d.kind === "function" || d.kind === "class") && !seen.has(keyOf(d)));
    for (const [, definition] of members) seen.add(keyOf(definition));
    const inside = all
      .filter(([, d]) => d.kind === "namespace")
      .flatMap(([name, d]) => walk(`${title}: ${name}`, d.file));
    return [...(members.length > 0 ? [{ title, members }] : []), ...inside];
  };
  const [main, ...doors] = entries();
  const ofDoors = doors.flatMap(([name, file]) => walk(name, file));
  return [...walk(...main!), ...ofDoors];
}

/** What lacks a docstring, and what lacks an example in it: names with their files. */
export function undocumented(): { readonly docstring: string[]; readonly example: string[] } {
  const all = sections().flatMap(({ members }) => members);
  const lacking = (wanted: (doc: string) => boolean): string[] =>
    all.filter(([, { doc }]) => !wanted(doc)).map(([name, { file }]) => `${name} (${file})`);
  return { docstring: lacking((doc) => doc !== ""), example: lacking((doc) => doc.includes("@example")) };
}

const nothing: Shown = { cases: 0, derivatives: [], devices: [] };

const intro = `Every public function and class, and what the tests show of it. The tests write this page while they run (\`npm run docs\`), and
\`npm test\` fails when it says anything else than they found.

- **cases**: golden cases (\`tests/fixtures\`) whose test calls it; each of them holds on every device, in float32 and float64.
- **derivatives**: the orders that agreed with central differences in float64; \`fwd\` where forward mode agreed with reverse mode.
- **devices**: where it gave tensors, or had its derivatives checked, in tests that passed.
- **called**: whether a test that passed calls it directly, not only as a method or through another function.
- **example**: whether its docstring has one; examples are run by the tests.

Methods of \`Tensor\` stand at the end; the function of the same name does the work of each.`;

/** The page as it ought to be. */
export function renderPage(evidence: Evidence): string {
  const all = sections();
  const found = all.flatMap(({ members }) => members).map(([name, d]) => evidence(d, name) ?? nothing);
  const count = (has: (shown: Shown) => boolean): number => found.filter(has).length;
  const cases = areas.reduce((n, area) => n + loadCases(area).length, 0);
  const total = `${found.length} functions and classes: ${count((e) => e.cases > 0)} with golden cases (${cases} in ${areas.length} areas), ${count((e) => e.derivatives.includes("2nd"))} with first and second derivatives checked.`;
  return [
    ...["# Functions", "", intro, "", total, ""],
    ...all.flatMap((section) => renderSection(section, evidence)),
    ...renderMethods(),
  ].join("\n");
}

/** What a page says that tests showed, so that its other half can be written anew without them. */
export function evidenceIn(page: string): Evidence {
  const found = new Map<string, Shown>();
  let file = "";
  for (const line of page.split("\n")) {
    file = /^\*\*(.*?)\*\*/.exec(line)?.[1] ?? file;
    const row = /^\| `(\w+)` \|.* \| (\d*) \| ([\w ]*) \| ([\w ]*) \| yes \| (?:yes|no) \|$/.exec(line);
    if (row === null) continue;
    const [, name, cases, derivatives, devices] = row;
    const words = (text: string | undefined): string[] => text!.split(" ").filter((word) => word !== "");
    found.set(`${file}#${name}`, { cases: Number(cases), derivatives: words(derivatives), devices: words(devices) });
  }
  return (definition, name) => found.get(`${definition.file}#${name}`);
}

function renderSection({ title, members }: Section, evidence: Evidence): string[] {
  const files = [...new Set(members.map(([, { file }]) => file))];
  return [
    ...[`## ${title}`, ""],
    ...files.flatMap((file) => [
      ...[`**${file}** ${sentence(headerOf(file))}`, ""],
      ...["| name | what it is | cases | derivatives | devices | called | example |"],
      ...["| --- | --- | ---: | --- | --- | --- | --- |"],
      ...members
        .filter(([, definition]) => definition.file === file)
        .map(([name, definition]) => renderRow(name, definition, evidence(definition, name))),
      "",
    ]),
  ];
}

/** What derivatives can be checked: the first, the second, and forward mode against reverse mode. */
export const orders = ["1st", "2nd", "fwd"] as const;

function renderRow(name: string, { doc }: Definition, shown: Shown | undefined): string {
  const { cases, derivatives, devices } = shown ?? nothing;
  const cells = [
    `\`${name}\``,
    sentence(doc),
    cases > 0 ? String(cases) : "",
    orders.filter((order) => derivatives.includes(order)).join(" "),
    [...devices].sort().join(" "),
    shown === undefined ? "no" : "yes",
    doc.includes("@example") ? "yes" : "no",
  ];
  return `| ${cells.join(" | ")} |`;
}

const methodFiles = [
  "src/tensor/handle.ts",
  "src/tensor/methods/arithmetic.ts",
  "src/tensor/methods/elementwise.ts",
  "src/tensor/methods/reductions.ts",
  "src/tensor/methods/shaping.ts",
  "src/tensor/tensor.ts",
];

function renderMethods(): string[] {
  const functions = exportsOf("src/tensor/index.ts");
  const row = ([name, doc]: readonly [string, string]): string => {
    const same = functions.get(name)?.kind === "function" ? `\`${name}\`` : "";
    return `| \`${name}\` | ${sentence(doc)} | ${same} |`;
  };
  return [
    ...["## Methods of Tensor", ""],
    ...methodFiles.flatMap((file) => [
      ...[`**${file}** ${sentence(headerOf(file))}`, ""],
      ...["| method | what it is | function |", "| --- | --- | --- |", ...Array.from(methodsOf(file), row), ""],
    ]),
  ];
}

/** The first sentence of a docstring, fit for a cell of a table. */
function sentence(doc: string): string {
  const [paragraph = ""] = doc.split(/\n\s*\n|\n@/);
  const line = paragraph.replace(/\s+/g, " ").trim();
  const [first = line] = /^.*?[.:;](?=\s|$)/.exec(line) ?? [];
  return first.replace(/[:;]$/, ".").replaceAll("|", "\\|");
}
