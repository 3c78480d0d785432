/** jax-js on its WebAssembly device, the whole step under jit; one thread, as Node has no Worker of the browser's kind. */
import { generator, measure, wanted } from "./measure.mjs";

globalThis.navigator ??= {};
// iterator helpers, which jax-js uses and Node has from 22 on
const prototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
prototype.map ??= function* (f) {
  let i = 0;
  for (const v of this) yield f(v, i++);
};
for (const name of ["filter", "some", "every", "forEach", "reduce", "flatMap"]) {
  prototype[name] ??= function (...args) {
    return [...this][name](...args);
  };
}
prototype.toArray ??= function () {
  return [...this];
};
const { init, defaultDevice, numpy: np, jit, valueAndGrad, blockUntilReady, tree, nn } = await import("@jax-js/jax");
await init();
defaultDevice("wasm");
const g = generator();
const peer = "jax-js";
const array = (values, shape) => np.array(values).reshape(shape);

function parameters(sizes) {
  const p = [];
  for (let i = 0; i + 1 < sizes.length; i++)
    p.push(
      array(g.normal(sizes[i] * sizes[i + 1], 1 / Math.sqrt(sizes[i])), [sizes[i], sizes[i + 1]]),
      np.zeros([sizes[i + 1]]),
    );
  return p;
}
function forward(p, x, activation) {
  let h = x;
  for (let i = 0; i < p.length; i += 2) {
    h = np.matmul(h, p[i]).add(p[i + 1]);
    if (i < p.length - 2) h = activation(h);
  }
  return h;
}
const adam = {
  init: (p) => [p.map((w) => np.zeros(w.shape)), p.map((w) => np.zeros(w.shape)), np.array(0)],
  step(p, grads, [m, v, t]) {
    const t1 = t.add(1);
    const k1 = np.subtract(1, np.power(0.9, t1.ref));
    const k2 = np.subtract(1, np.power(0.999, t1.ref));
    const m2 = m.map((a, i) => a.mul(0.9).add(grads[i].ref.mul(0.1)));
    const v2 = v.map((a, i) => a.mul(0.999).add(grads[i].ref.mul(grads[i]).mul(0.001)));
    const p2 = p.map((w, i) =>
      w.sub(
        m2[i].ref
          .div(k1.ref)
          .mul(1e-3)
          .div(np.sqrt(v2[i].ref.div(k2.ref)).add(1e-8)),
      ),
    );
    k1.dispose();
    k2.dispose();
    return [p2, [m2, v2, t1]];
  },
};
const sgd = { init: () => [], step: (p, grads) => [p.map((w, i) => w.sub(grads[i].mul(0.1))), []] };

async function train(workload, initial, optimizer, loss, data) {
  let p = initial;
  let state = optimizer.init(p);
  const run = jit((p, state, ...d) => {
    const [l, grads] = valueAndGrad(loss)(tree.ref(p), ...d);
    const [p2, state2] = optimizer.step(p, grads, state);
    return [l, p2, state2];
  });
  await measure(peer, workload, async () => {
    let l;
    [l, p, state] = run(p, state, ...tree.ref(data));
    await blockUntilReady(p);
    await l.data();
  });
}

if (wanted("mlp")) {
  const x = array(g.normal(128 * 784), [128, 784]);
  const y = nn.oneHot(np.array(g.integers(128, 10)), 10);
  const loss = (p, a, b) => np.sum(nn.logSoftmax(forward(p, a, nn.relu)).mul(b)).mul(-1 / 128);
  await train("mlp", parameters([784, 256, 128, 10]), adam, loss, [x, y]);
}
if (wanted("xor")) {
  const x = np.array([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  const y = np.array([[0], [1], [1], [0]]);
  const loss = (p, a, b) => {
    const z = forward(p, a, np.tanh);
    return np.mean(
      np
        .maximum(z.ref, 0)
        .sub(z.ref.mul(b))
        .add(np.log1p(np.exp(np.abs(z).neg()))),
    );
  };
  await train("xor", parameters([2, 3, 1]), sgd, loss, [x, y]);
}
if (wanted("lstm")) {
  const [steps, batch, features, hidden] = [64, 32, 128, 256];
  const weights = (rows, columns) => array(g.normal(rows * columns, 1 / 16), [rows, columns]);
  // the library has no loop: the steps are written out
  const loss = ([wx, wh, b], x) => {
    const gates = np.split(np.matmul(x, wx).add(b), steps, 0);
    let [h, c] = [np.zeros([batch, hidden]), np.zeros([batch, hidden])];
    let total = np.array(0);
    for (const products of gates) {
      const [i, f, z, o] = np.split(products.add(np.matmul(h, wh.ref)), 4, 1);
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(z)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
      total = total.add(np.mean(h.ref.mul(h.ref)));
    }
    return total.mul(1 / steps);
  };
  const p = [weights(features, 4 * hidden), weights(hidden, 4 * hidden), np.zeros([4 * hidden])];
  await train("lstm", p, adam, loss, [array(g.normal(steps * batch * features), [steps * batch, features])]);
}
for (const n of [512, 1024]) {
  if (!wanted(`matmul${n}`)) continue;
  const a = array(g.normal(n * n), [n, n]);
  const b = array(g.normal(n * n), [n, n]);
  const product = jit((p, q) => np.matmul(p, q));
  await measure(peer, `matmul${n}`, async () => void (await product(a.ref, b.ref).data()));
}
