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

async function train(workload, variables, optimizer, loss) {
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, variables);
      optimizer.applyGradients(grads);
      return value.dataSync()[0];
    });
  await measure(peer, workload, step);
}

async function trainLayers(workload, sizes, activation, optimizer, x, loss) {
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
  await train(workload, layers.flat(), optimizer, () => loss(forward()));
}

if (wanted("mlp")) {
  const x = tf.tensor(g.normal(128 * 784), [128, 784]);
  const y = tf.tidy(() => tf.oneHot(tf.tensor(g.integers(128, 10), [128], "int32"), 10).toFloat());
  await trainLayers("mlp", [784, 256, 128, 10], tf.relu, tf.train.adam(1e-3), x, (logits) =>
    tf.losses.softmaxCrossEntropy(y, logits),
  );
}
if (wanted("xor")) {
  const x = tf.tensor([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
  const y = tf.tensor([0, 1, 1, 0], [4, 1]);
  await trainLayers("xor", [2, 3, 1], tf.tanh, tf.train.sgd(0.1), x, (logits) =>
    tf.losses.sigmoidCrossEntropy(y, logits),
  );
}
if (wanted("lstm")) {
  const [steps, batch, features, hidden] = [64, 32, 128, 256];
  const x = tf.tensor(g.normal(steps * batch * features), [steps * batch, features]);
  const [wx, wh, b] = [weights(features, 4 * hidden), weights(hidden, 4 * hidden), zeros(4 * hidden)];
  const loss = () => {
    const products = tf.split(tf.add(tf.matMul(x, wx), b), steps, 0);
    let [h, c] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])];
    const outputs = products.map((product) => {
      const [i, f, z, o] = tf.split(tf.add(product, tf.matMul(h, wh)), 4, 1);
      c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(z)));
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
      return h;
    });
    return tf.mean(tf.square(tf.concat(outputs, 0)));
  };
  await train("lstm", [wx, wh, b], tf.train.adam(1e-3), loss);
}
for (const n of [512, 1024]) {
  if (!wanted(`matmul${n}`)) continue;
  const a = tf.tensor(g.normal(n * n), [n, n]);
  const b = tf.tensor(g.normal(n * n), [n, n]);
  await measure(peer, `matmul${n}`, () => tf.tidy(() => void tf.matMul(a, b).dataSync()));
}
