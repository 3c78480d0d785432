/** Derivatives of functions: the golden values of PyTorch in float64, orders 0 to 4, nested, in both directions. */
import { grad, hessian, hvp, jacobian, jvp, valueAndGrad, vjp } from "../../src/autodiff/index.ts";
import { avgPool2d, batchNorm, conv2d, gelu, softmax } from "../../src/nn/functional/index.ts";
import { erf, linear, logsumexp, matmul, maximum, softplus, stack, type Tensor } from "../../src/tensor/index.ts";
import { type Call, describeArea } from "../fixtures-harness.ts";

type Named = Readonly<Record<string, Tensor>>;
type Formula = (x: Tensor, others: Named) => Tensor;

const size = (x: Tensor): Tensor => x.square().sum().sqrt();
const part = (x: Tensor, from: number, to: number): Tensor => x.at(`${from}:${to}`);

/** Functions of one argument; the names of their constants are the file's. */
const formulas: Readonly<Record<string, Formula>> = {
  sinProduct: (x) =>
    x
      .at(0)
      .sin()
      .add(x.at(0).mul(x.at(1))),
  logProductSin: (x) =>
    x
      .at(0)
      .log()
      .add(x.at(0).mul(x.at(1)))
      .sub(x.at(1).sin()),
  polar: (x) => stack([x.at(0).mul(x.at(1).cos()), x.at(0).mul(x.at(1).sin())]),
  softmax: (x) => softmax(x),
  logSumExp: (x) => logsumexp(x),
  normalized: (x) => x.div(size(x)),
  neighbours: (x) => x.pow(3).mul(x.neg().exp()).add(x.roll(-1).tanh()),
  rosenbrock(x) {
    const [here, next] = [x.at(":-1"), x.at("1:")];
    return next.sub(here.square()).square().mul(100).add(here.sub(1).square()).sum();
  },
  quadraticForm: (x, { A }) => x.matmul(A!).matmul(x),
  tanhLayer: (x, { W, b }) => W!.matmul(x).add(b!).tanh(),
  logisticLoss: (x, { a, y }) => softplus(y!.mul(a!.matmul(x)).neg()).sum(),
  crossEntropy: (x, { target }) => logsumexp(x).sub(x.at(target!)),
  productOfAll: (x) => x.prod(),
  matrixPower: (x) => x.matmul(x).matmul(x).trace(),
  logDeterminant: (x) => determinant(x).log(),
  inverse(x) {
    const [a, b, c, d] = [x.at(0, 0), x.at(0, 1), x.at(1, 0), x.at(1, 1)];
    return stack([d, b.neg(), c.neg(), a]).reshape([2, 2]).div(determinant(x));
  },
  mlp231(x, { inputs, target }) {
    const hidden = linear(inputs!, part(x, 0, 6).reshape([3, 2]), part(x, 6, 9)).tanh();
    const output = linear(hidden, part(x, 9, 12).reshape([1, 3]), part(x, 12, 13)).sigmoid();
    return output.reshape([-1]).sub(target!).square().mean();
  },
};

function determinant(x: Tensor): Tensor {
  return x
    .at(0, 0)
    .mul(x.at(1, 1))
    .sub(x.at(0, 1).mul(x.at(1, 0)));
}

/** Functions applied to each element. */
const elementwise: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sin: (x) => x.sin(),
  exp: (x) => x.exp(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  gauss: (x) => x.square().neg().exp(),
  tanhOfExp: (x) => x.exp().tanh(),
  expOfTanh: (x) => x.tanh().exp(),
  sinOfSquare: (x) => x.square().sin(),
  lorentz: (x) => x.square().add(1).reciprocal(),
  softplus: (x) => x.softplus(),
  power: (x) => x.pow(3.5),
  powerOfPower: (x) => x.square().add(1).pow(1.5),
  selfPower: (x) => x.pow(x),
  cubeTimesTanh: (x) => x.pow(3).mul(x.tanh()),
  logOfCosh: (x) => x.cosh().log(),
  sqrtOfLog: (x) => x.add(2).log().sqrt(),
  erf: (x) => erf(x),
  gelu: (x) => x.mul(erf(x.mul(Math.SQRT1_2)).add(1)).mul(0.5),
  atan: (x) => x.atan(),
};

const ofTwo: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  tanhExp: (x, y) => x.mul(y.exp()).tanh().sum(),
  power: (x, y) => x.square().add(1).pow(y).sum(),
  expProduct: (x, y) => x.mul(y).neg().exp().mul(x.sin()).sum(),
  division: (x, y) => x.div(y.square().add(1)).sum(),
  softmaxDot: (x, y) => softmax(x).mul(y).sum(),
  matmul: (x, y) => matmul(x, y).tanh().sum(),
  maximum: (x, y) => maximum(x, y).pow(3).sum(),
  logsumexpScaled: (x, y) => logsumexp(x.mul(y)),
};

/** Networks under a gradient penalty; further inputs in the file's order. */
const networks: Readonly<Record<string, (x: Tensor, ...parameters: Tensor[]) => Tensor>> = {
  mlp: (x, W1, b1, w2) => linear(x, W1!, b1!).tanh().matmul(w2!),
  conv2d: (x, weight, bias) => softplus(conv2d(x, weight!, bias!, { stride: 2, padding: 1 })),
  layerNorm(x, weight, bias) {
    const centred = x.sub(x.mean({ axis: -1, keepdims: true }));
    const normal = centred.div(x.var({ axis: -1, keepdims: true }).add(1e-5).sqrt());
    return normal.mul(weight!).add(bias!).pow(3);
  },
  lstmCell(x, weight, bias) {
    const [i, , g, o] = linear(x, weight!, bias!).split(4, { axis: 1 }) as [Tensor, Tensor, Tensor, Tensor];
    const c = i.sigmoid().mul(g.tanh()); // nothing is carried over from zero state
    return o.sigmoid().mul(c.tanh()).mul(c);
  },
  attention(x, W) {
    const q = x.matmul(W!);
    const scores = q.matmul(q.mT as Tensor).div(Math.sqrt(q.shape.at(-1)!));
    return softmax(scores).matmul(q);
  },
  avgPoolGelu: (x, w) => avgPool2d(gelu(x.mul(w!)), 2),
  batchNorm: (x, a) => batchNorm(x, { training: true }).tanh().mul(a!),
};

function formulaOf(options: Readonly<Record<string, unknown>>, named: Named): (x: Tensor) => Tensor {
  const formula = formulas[options.function as string]!;
  return (x) => formula(x, named);
}

/** Mean over the first axis of (|d| − 1)². */
function penaltyOf(d: Tensor): Tensor {
  const norms = d.square().reshape([d.shape[0]!, -1]).sum({ axis: 1 }).add(1e-12).sqrt();
  return norms.sub(1).square().mean();
}

/** The parts of a function as a trace shows them: values, adjoints ∂y/∂part, tangents ∂part/∂x. */
function traceOf(
  x: Tensor,
  parts: Readonly<Record<string, (x: Tensor) => Tensor>>,
  y: (parts: Named) => Tensor,
): Named {
  const names = Object.keys(parts);
  const values = names.map((name) => parts[name]!(x));
  const whole = (...v: Tensor[]): Tensor => y(Object.fromEntries(names.map((name, i) => [name, v[i]!])));
  const adjoints = grad(whole, { argnums: names.map((_, i) => i) })(...values);
  const all = (v: Tensor): Tensor => whole(...names.map((name) => parts[name]!(v)));
  const [value, gradient] = valueAndGrad(all)(x);
  return {
    ...Object.fromEntries(
      names.flatMap((name, i) => [
        [`${name}.value`, values[i]!],
        [`${name}.adjoint`, adjoints[i] as Tensor],
      ]),
    ),
    ...Object.fromEntries(names.map((name) => [`${name}.tangent`, jacobian(parts[name]!)(x)])),
    y: value,
    "y.tangent": gradient,
    "x1.adjoint": gradient.at(0),
    "x2.adjoint": gradient.at(1),
  };
}

const traces: Readonly<Record<string, (x: Tensor) => Named>> = {
  sinProduct: (x) =>
    traceOf(x, { sin: (v) => v.at(0).sin(), product: (v) => v.at(0).mul(v.at(1)) }, (p) => p.sin!.add(p.product!)),
  logProductSin(x) {
    const parts = {
      log: (v: Tensor) => v.at(0).log(),
      product: (v: Tensor) => v.at(0).mul(v.at(1)),
      sin: (v: Tensor) => v.at(1).sin(),
    };
    const inner = traceOf(x, parts, (p) => p.log!.add(p.product!).sub(p.sin!));
    const outerPart = traceOf(x, { sum: (v) => parts.log(v).add(parts.product(v)), sin: parts.sin }, (p) =>
      p.sum!.sub(p.sin!),
    );
    return { ...outerPart, ...inner };
  },
};

const calls: Readonly<Record<string, Call>> = {
  trace: ([x], options) => traces[options.function as string]!(x!),
  hessian([x], options, named) {
    const f = formulaOf(options, named);
    const [y, gradient] = valueAndGrad(f)(x!);
    const H = hessian(f)(x!);
    if (x!.ndim !== 1) return { y, grad: gradient, hessian: H };
    const diagonal = H.diagonal();
    return { y, grad: gradient, hessian: H, hessianDiagonal: diagonal, saliency: x!.square().mul(diagonal).mul(0.5) };
  },
  hvp([x], options, named) {
    const f = formulaOf(options, named);
    return { y: f(x!), hvp: hvp(f)(x!, named.v!) };
  },
  jvp([x], options, named) {
    const [y, tangent] = jvp(formulaOf(options, named), [x!], [named.v!]);
    return { y, jvp: tangent };
  },
  vjp([x], options, named) {
    const [y, pull] = vjp(formulaOf(options, named), x!);
    return { y, vjp: pull(named.u!)[0] };
  },
  jacobian([x], options, named) {
    const f = formulaOf(options, named);
    return { y: f(x!), jacobian: jacobian(f)(x!) };
  },
  nthDerivative([x], options) {
    let f = elementwise[options.function as string]!;
    const orders = [f(x!)];
    for (let order = 1; order <= 4; order++) {
      const lower = f;
      f = grad((v: Tensor) => lower(v).sum());
      orders.push(f(x!));
    }
    return Object.fromEntries(orders.map((y, order) => [`order${order}`, y]));
  },
  gradOfGrad([x, y], options) {
    const f = ofTwo[options.function as string]!;
    const [value, dx] = valueAndGrad(f)(x!, y!);
    const z = (a: Tensor, b: Tensor): Tensor => grad(f)(a, b).square().sum();
    const [zValue, [dzdx, dzdy]] = valueAndGrad(z, { argnums: [0, 1] })(x!, y!);
    return { f: value, dx, z: zValue, "dz/dx": dzdx, "dz/dy": dzdy };
  },
  gradientPenalty(inputs, options, named) {
    const f = networks[options.function as string]!;
    const slope = grad((...all: Tensor[]) => f(all[0]!, ...all.slice(1)).sum());
    const penalty = (...all: Tensor[]): Tensor => penaltyOf(slope(...all));
    const [value, gradients] = valueAndGrad(penalty, { argnums: inputs.map((_, i) => i) })(...inputs);
    const names = Object.keys(named);
    return {
      dx: slope(...inputs),
      penalty: value,
      ...Object.fromEntries(names.map((name, i) => [`dpenalty/d${name}`, gradients[i] as Tensor])),
    };
  },
};

describeArea("derivatives", calls);
