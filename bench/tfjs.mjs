/** TensorFlow.js on its WebAssembly backend, one thread. */
import { createRequire } from "node:module";
import path from "node:path";
import { generator, measure, wanted } from "./measure.mjs";

const require = createRequire(import.meta.url);
console.warn = () => {};
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(
  `${path.join(path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "wasm-out")}/`,
);
wasm.setThreadsCount?.(1);
await tf.setBackend("wasm");
await tf.ready();
const g = generator();
const peer = "tfjs-wasm";
let names = 0;
const variable = (values, shape) => tf.variable(tf.tensor(values, shape), true, `v${names++}`);
const weights = (a, b) => variable(g.normal(a * b, 1 / Math.sqrt(a)), [a, b]);
const zeros = (n) => variable(new Float32Array(n), [n]);

async function train(workload, sizes, activation, optimizer, x, loss) {
  const layers = [];
  for (let i = 0; i + 1 < sizes.length; i++) layers.push([weights(sizes[i], sizes[i + 1]), zeros(sizes[i + 1])]);
  const forward = () => {
    let h = x;
    layers.forEach(([w, b], i) => {
      h = tf.add(tf.matMul(h, w), b);
      if (i < layers.length - 1) h = activation(h);
    });
    return h;
  };
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => loss(forward()), layers.flat());
      optimizer.applyGradients(grads);
      return value.dataSync()[0];
    });
  await measure(peer, workload, step);
}

if (wanted("mlp")) {
  const x = tf.tensor(g.normal(128 * 784), [128, 784]);
  const y = tf.tidy(() => tf.oneHot(tf.tensor(g.integers(128, 10), [128], "int32"), 10).toFloat());
  await train("mlp", [784, 256, 128, 10], tf.relu, tf.train.adam(1e-3), x, (logits) =>
    tf.losses.softmaxCrossEntropy(y, logits),
  );
}
if (wanted("xor")) {
  const x = tf.tensor([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
  const y = tf.tensor([0, 1, 1, 0], [4, 1]);
  await train("xor", [2, 3, 1], tf.tanh, tf.train.sgd(0.1), x, (logits) => tf.losses.sigmoidCrossEntropy(y, logits));
}
for (const n of [512, 1024]) {
  if (!wanted(`matmul${n}`)) continue;
  const a = tf.tensor(g.normal(n * n), [n, n]);
  const b = tf.tensor(g.normal(n * n), [n, n]);
  await measure(peer, `matmul${n}`, () => tf.tidy(() => void tf.matMul(a, b).dataSync()));
}
