/**
 * What shapes as types cost: the compiler checks a program of 200 tensor operations in less than a second more than the
 * same program untyped.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generator } from "../support/random.ts";
import { root } from "../support/repository.ts";

const folder = join(root, "tests/.generated/types");

/** A program that carries a batch of vectors through 200 operations, with sizes that keep changing. */
function program(typed: boolean): string {
  const next = generator(1);
  const pick = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  let [rows, columns] = [12, 24];
  const lines = [`const x0${typed ? "" : ": any"} = zeros([${rows}, ${columns}]);`];
  for (let i = 0; i < 200; i++) {
    const [before, after] = [`x${i}`, `const x${i + 1}${typed ? "" : ": any"} =`];
    const other = (shape: string): string => (typed ? `zeros(${shape})` : `(zeros(${shape}) as any)`);
    switch (i % 8) {
      case 0: {
        const out = pick(2, 99);
        lines.push(`${after} ${before}.matmul(${other(`[${columns}, ${out}]`)});`);
        columns = out;
        break;
      }
      case 1:
        lines.push(`${after} ${before}.add(${other(`[${columns}]`)}).relu();`);
        break;
      case 2:
        lines.push(`${after} ${before}.T;`);
        [rows, columns] = [columns, rows];
        break;
      case 3:
        lines.push(`${after} ${before}.sub(${before}.mean({ axis: 1, keepdims: true }));`);
        break;
      case 4:
        lines.push(`${after} ${before}.expandDims(1).mul(${other(`[${rows}, 1, 1]`)}).reshape([${rows}, -1]);`);
        break;
      case 5: {
        const more = pick(1, 9);
        lines.push(`${after} concat([${before}, ${other(`[${rows}, ${more}]`)}], { axis: 1 });`);
        columns += more;
        break;
      }
      case 6:
        lines.push(`${after} ${before}.reshape([${columns}, ${rows}]).permute([1, 0]);`);
        break;
      default:
        lines.push(`${after} stack([${before}, ${before}]).sum({ axis: 0 }).exp();`);
    }
  }
  const functions = typed ? "concat, stack, zeros" : "concat as concat_, stack as stack_, zeros";
  const untyped = typed ? "" : "const concat: any = concat_;\nconst stack: any = stack_;\n";
  return `import { ${functions} } from "../../../src/tensor/index.ts";\n${untyped}${lines.join("\n")}\n`;
}

interface Cost {
  readonly seconds: number;
  readonly instantiations: number;
}

function check(name: string, text: string): Cost {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.ts`), text);
  const config = { extends: "../../../tsconfig.json", include: [`${name}.ts`], exclude: [] };
  writeFileSync(join(folder, `tsconfig.${name}.json`), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(
    process.execPath,
    [compiler, "-p", join(folder, `tsconfig.${name}.json`), "--extendedDiagnostics"],
    {
      encoding: "utf8",
    },
  );
  expect(stdout.split("\n").filter((line) => line.startsWith(`${name}.ts`) || line.includes(`/${name}.ts(`))).toEqual(
    [],
  );
  const number = (label: string): number => Number(new RegExp(`${label}: +([\\d.]+)`).exec(stdout)![1]);
  return { seconds: number("Check time"), instantiations: number("Instantiations") };
}

const typed = program(true);
const untyped = program(false);

test("200 operations cost less than a second, and a bounded number of instantiations", () => {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let instantiations = 0;
  // what is left when nothing else runs beside the compiler: the shortest of three times, where one does not do
  for (let trial = 0; trial < 3 && !(least[1]! - least[0]! < 1); trial++) {
    const costs = [check("untyped", untyped), check("typed", typed)];
    for (const [i, { seconds }] of costs.entries()) least[i] = Math.min(least[i]!, seconds);
    instantiations = costs[1]!.instantiations - costs[0]!.instantiations;
  }
  expect(least[1]! - least[0]!).toBeLessThan(1); // measured: 0.36
  // measured: 220,000; a limit on what does not depend on the machine
  expect(instantiations).toBeLessThan(300_000);
}, 240_000);
