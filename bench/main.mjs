/**
 * Speed of Gradus and its peers on the same workloads in one run, one thread each: `npm run bench`.
 * Libraries take turns, so that a change in the machine's load meets all of them; the table shows medians in milliseconds.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
if (!existsSync(`${here}node_modules`))
  spawnSync("npm", ["install", "--no-audit", "--no-fund"], { cwd: here, stdio: "inherit" });

const workloads = {
  matmul512: "matmul 512²",
  matmul1024: "matmul 1024²",
  mlp: "training step, MLP 784-256-128-10, batch 128, Adam",
  xor: "training step, 2-3-1 network, batch 4, SGD",
  lstm: "training step, LSTM 128 → 256, 64 steps, batch 32, Adam",
  first: "first step of that MLP, from an imported package",
};
const peers = ["gradus", "tfjs", "jaxjs"];
const results = new Map();
const chosen = process.argv.slice(2);
for (const workload of chosen.length > 0 ? chosen : Object.keys(workloads)) {
  for (const peer of peers) {
    if (workload === "first" && peer !== "gradus") continue;
    const run = spawnSync(process.execPath, [`${here}${peer}.mjs`, workload], { encoding: "utf8" });
    const line = run.stdout.split("\n").find((l) => l.startsWith("{") && JSON.parse(l).workload === workload);
    if (line === undefined)
      console.error(`${peer} on ${workload}: ${run.stderr.trim().split("\n").slice(-3).join(" | ")}`);
    else results.set(`${workload} ${peer}`, JSON.parse(line));
  }
}
const format = (ms) => (ms === undefined ? "–" : ms < 0.1 ? `${(ms * 1000).toFixed(2)} µs` : `${ms.toPrecision(3)} ms`);
console.log(`| workload | ${peers.join(" | ")} | × tfjs | × jax-js |\n|---|${"---|".repeat(peers.length + 2)}`);
for (const [workload, title] of Object.entries(workloads)) {
  const times = peers.map((peer) => results.get(`${workload} ${peer}`)?.median);
  if (times.every((t) => t === undefined)) continue;
  const ratio = (i) => (times[0] === undefined || times[i] === undefined ? "–" : (times[i] / times[0]).toFixed(2));
  console.log(`| ${title} | ${times.map(format).join(" | ")} | ${ratio(1)} | ${ratio(2)} |`);
}
