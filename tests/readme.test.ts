/** Every code block of the README and of the pages in docs is checked and run, and what it says its values are is compared. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agrees, CHECK, instrument, programsOf } from "./support/documents.ts";
import { ensureBuilt, filesBelow, root, succeed, tool } from "./support/repository.ts";

/** The programs lie inside the repository, where the name `gradus` means the package that surrounds them. */
const folder = join(root, "tests/.generated/documents");
const workplace = mkdtempSync(join(tmpdir(), "gradus-documents-"));

const read = (document: string): string => readFileSync(join(root, document), "utf8");
const documents = ["README.md", ...filesBelow("docs").filter((file) => file.endsWith(".md"))];
const programs = documents.flatMap((document) =>
  programsOf(read(document)).map(({ line, text }) => ({
    name: `${document}:${line}`,
    file: `${document.replace(/\W/g, "-")}-${line}`,
    text,
  })),
);

/** Stands at the head of each program that runs: collects what values print as, and hands it over at the end. */
const prelude = `
import { writeFileSync as __write } from "node:fs";
import { format as __format } from "node:util";
const __checked = [];
async function ${CHECK}(expected, ...values) {
  __checked.push({ expected, printed: __format(...(await Promise.all(values))) });
}
process.on("exit", () => __write(process.argv[2], JSON.stringify(__checked)));
`;

beforeAll(() => {
  ensureBuilt();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});

afterAll(() => rmSync(workplace, { recursive: true, force: true }));

describe("the documents", () => {
  test("show programs in the README", () => {
    expect(programs.filter(({ name }) => name.startsWith("README.md:")).length).toBeGreaterThan(0);
  });

  test("show programs that satisfy the type checker, as strictly as Gradus itself", () => {
    for (const { file, text } of programs) writeFileSync(join(folder, `${file}.ts`), `${text}\nexport {};\n`);
    const compilerOptions = { noEmit: true, lib: ["ES2023", "DOM", "DOM.AsyncIterable"] };
    const config = { extends: "../../../tsconfig.json", compilerOptions, include: ["*.ts"], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    tool("typescript/bin/tsc", ["-p", join(folder, "tsconfig.json")]);
  });

  test.each(programs)("$name runs and says the truth", async ({ file, text }) => {
    const { text: instrumented, claims } = instrument(text);
    const { code } = await transform(instrumented, { loader: "ts", format: "esm", target: "es2022" });
    const [program, result] = [join(folder, `${file}.mjs`), join(folder, `${file}.json`)];
    writeFileSync(program, prelude + code);
    succeed(process.execPath, [program, result], workplace);
    const checked = JSON.parse(readFileSync(result, "utf8")) as { expected: string; printed: string }[];
    expect(checked.filter(({ expected, printed }) => !agrees(printed, expected))).toEqual([]);
    expect(checked).toHaveLength(claims);
  });
});

describe("the reader of documents", () => {
  const markdown = [
    "# A",
    "```ts",
    "const a = 1;",
    "```",
    "```ts continued",
    "a + 1; // => 2",
    "```",
    "```ts fragment",
    "…",
    "```",
    "```sh",
    "ls",
    "```",
  ];

  test("makes one program of a block and those that continue it, and leaves the rest alone", () => {
    expect(programsOf(markdown.join("\n"))).toEqual([{ line: 3, text: "const a = 1;\n\na + 1; // => 2\n" }]);
  });

  test.each([
    ["an expression", "f(1); // => 2", ' await __check("2", f(1)); // => 2'],
    ["what is printed", 'console.log(a, "b"); // => 1 b', ' await __check("1 b", a, "b"); // => 1 b'],
    [
      "a variable, after it is set",
      "const a: number = 1; // => 1",
      'const a: number = 1; await __check("1", a); // => 1',
    ],
    ["letters beyond ASCII", 'const λ = "…"; f(λ); // => 2', 'const λ = "…";  await __check("2", f(λ)); // => 2'],
    [
      "several lines",
      "f(1);\n// ─\nm; // => [[1 2]\n//     [3 4]]\n\n// the end",
      'f(1);\n// ─\n await __check("[[1 2] [3 4]]", m); // => [[1 2]\n//     [3 4]]\n\n// the end',
    ],
  ])("checks %s", (_, before, after) => {
    expect(instrument(before)).toEqual({ text: after, claims: 1 });
  });

  test.each(["// => 1", "if (a) f(); // => 1", "f();\n// => 1"])("refuses a claim about nothing: %j", (text) => {
    expect(() => instrument(text)).toThrow(SyntaxError);
  });

  test("compares without regard to white space, and up to …", () => {
    expect(agrees("[[1. 2.]\n [3. 4.]]", "[[1. 2.]   [3. 4.]]")).toBe(true);
    expect(agrees("1000.6931471805599", "1000.6931…")).toBe(true);
    expect(agrees("1000.6932", "1000.6931…")).toBe(false);
    expect(agrees("10", "1")).toBe(false);
    expect(agrees("a+", "aa")).toBe(false);
  });
});
