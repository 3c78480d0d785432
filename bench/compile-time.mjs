/**
 * How long a graph takes to compile, in microseconds of processor time for each operation in it: `node bench/compile-time.mjs [folder of a build]`.
 * Where the time grows with the graph and no faster, the numbers of a row are alike. Phases: building the graph (with its derivative), simplifying it,
 * deciding the kernels, lowering them with planning memory, rendering the module; the engine's own compiler comes last.
 *
 * Each program is compiled in a process of its own, so that none profits from code that the engine has optimised for the one before.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));
const at = (file) => import(pathToFileURL(`${folder}/${file}`).href);

const programs = {
  additions: { title: "x + 1, again and again", sizes: [400, 3200] },
  layers: { title: "training step, perceptron of 24 units a layer, SGD", sizes: [15, 60, 120] },
  unrolled: { title: "gradient of a recurrence, h ← tanh(h · w)", sizes: [50, 100, 200, 400] },
};

/** What a program computes, as nodes. */
async function rootsOf(program, n) {
  const { grad, nn, ones, optim, tensor, compile, getDevice } = await at("index.js");
  if (program === "additions") {
    let x = tensor([1, 2]);
    for (let i = 0; i < n; i++) x = x.add(1);
    return [x.node];
  }
  if (program === "unrolled") {
    const loss = (w) => {
      let h = ones([8, 12]);
      for (let i = 0; i < n; i++) h = h.matmul(w).tanh();
      return h.sum();
    };
    return [grad(loss)(ones([12, 12])).node];
  }
  const model = new nn.Sequential(...Array.from({ length: n }, () => [new nn.Linear(24, 24), new nn.ReLU()]).flat());
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const step = compile((x) => {
    optimizer.zeroGrad();
    const loss = model.forward(x).square().mean();
    loss.backward();
    optimizer.step();
    return loss;
  });
  let found = null;
  const device = getDevice("wasm");
  device.prepare = ({ outputs, updates }) => {
    found = [...outputs, ...updates.map((u) => u.value)];
    throw new Error("the graph is all that is wanted");
  };
  try {
    step(ones([16, 24]));
  } catch (error) {
    if (found === null) throw error;
  }
  return found;
}

async function measure(program, n) {
  const [{ topological }, { simplify }, { schedule }] = [
    await at("graph/index.js"),
    await at("compiler/simplify.js"),
    await at("compiler/schedule.js"),
  ];
  const { compile } = await at("compiler/compile.js");
  const { renderProgram } = await at("devices/wasm/render.js");
  const { engineFeatures } = await at("index.js");
  const { withPlaceholders, structureOf } = await at("runtime/structure.js");
  const target = engineFeatures();
  const phases = {};
  const timed = async (name, body) => {
    const before = process.cpuUsage().user;
    const result = await body();
    phases[name] = process.cpuUsage().user - before;
    return result;
  };
  const roots = await timed("graph", () => rootsOf(program, n));
  const operations = topological(roots).length;
  const structure = structureOf(roots, "wasm");
  const { roots: outputs, placeholders } = withPlaceholders(roots, structure.inputs);
  const states = topological(outputs).filter((x) => x.op.name === "placeholder" && !placeholders.includes(x));
  const simple = await timed("simplify", () => simplify(outputs));
  await timed("schedule", () => schedule(new Set(simple)));
  const source = { inputs: [...placeholders, ...states], states: [], outputs, updates: [] };
  const made = await timed("compile", () => compile(source));
  const bytes = await timed("render", () => renderProgram(made.loops, target));
  await timed("engine", () => new WebAssembly.Module(bytes));
  phases.lower = Math.max(0, phases.compile - phases.simplify - phases.schedule);
  phases.all = phases.graph + phases.compile + phases.render + phases.engine;
  return { operations, phases };
}

if (process.argv[3] !== undefined) {
  console.log(JSON.stringify(await measure(process.argv[3], Number(process.argv[4]))));
} else {
  const shown = ["graph", "simplify", "schedule", "lower", "render", "engine", "all"];
  for (const [program, { title, sizes }] of Object.entries(programs)) {
    console.log(`\n${title}\n\n| size | operations | ${shown.join(" | ")} |\n|${"---|".repeat(shown.length + 2)}`);
    for (const n of sizes) {
      const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), folder, program, String(n)], {
        encoding: "utf8",
      });
      if (run.status !== 0) {
        console.log(`| ${n} | ${run.stderr.match(/\w*Error.*/)?.[0] ?? "failed"} |`);
        continue;
      }
      const { operations, phases } = JSON.parse(run.stdout);
      console.log(`| ${n} | ${operations} | ${shown.map((p) => (phases[p] / operations).toFixed(0)).join(" | ")} |`);
    }
  }
}
