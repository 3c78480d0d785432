/** Gradus, from the built package. */
import { generator, measure, wanted } from "./measure.mjs";

const started = performance.now();
const { compile, nn, optim, tensor, matmul } = await import("../dist/bundled/node.js");
const imported = performance.now() - started;
const g = generator();
const peer = "gradus";

function mlp(sizes) {
  const layers = [];
  for (let i = 0; i + 1 < sizes.length; i++) {
    if (i > 0) layers.push(new nn.ReLU());
    layers.push(new nn.Linear(sizes[i], sizes[i + 1]));
  }
  return new nn.Sequential(...layers);
}

if (wanted("mlp") || wanted("first")) {
  const [images, labels] = [g.normal(128 * 784), g.integers(128, 10)];
  const begin = performance.now();
  const model = mlp([784, 256, 128, 10]);
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  const x = tensor(images).reshape([128, 784]);
  const y = tensor(labels);
  const step = compile((a, b) => {
    optimizer.zeroGrad();
    const loss = nn.crossEntropy(model.forward(a), b);
    loss.backward();
    optimizer.step();
    return loss;
  });
  step(x, y).itemSync();
  const first = performance.now() - begin;
  console.log(
    JSON.stringify({
      peer,
      workload: "first",
      median: first,
      best: first,
      first,
      note: `import ${imported.toFixed(0)} ms`,
    }),
  );
  if (wanted("mlp")) await measure(peer, "mlp", () => step(x, y).itemSync());
}
if (wanted("xor")) {
  const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Tanh(), new nn.Linear(3, 1));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const x = tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  const y = tensor([[0], [1], [1], [0]]);
  const step = compile((a, b) => {
    optimizer.zeroGrad();
    const loss = nn.bceWithLogits(model.forward(a), b);
    loss.backward();
    optimizer.step();
    return loss;
  });
  await measure(peer, "xor", () => step(x, y));
}
if (wanted("lstm")) {
  const model = new nn.LSTM(128, 256);
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  const x = tensor(g.normal(64 * 32 * 128)).reshape([64, 32, 128]);
  const step = compile((a) => {
    optimizer.zeroGrad();
    const loss = model.forward(a)[0].square().mean();
    loss.backward();
    optimizer.step();
    return loss;
  });
  await measure(peer, "lstm", () => step(x).itemSync());
}
for (const n of [512, 1024]) {
  if (!wanted(`matmul${n}`)) continue;
  const a = tensor(g.normal(n * n)).reshape([n, n]);
  const b = tensor(g.normal(n * n)).reshape([n, n]);
  const product = compile((p, q) => matmul(p, q));
  await measure(peer, `matmul${n}`, () => product(a, b).dataSync());
}
