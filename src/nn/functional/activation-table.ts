/** What is known of each activation: for teaching, for pictures, and for tests that hold the functions to it. */

export interface ActivationFacts {
  readonly formula: string;
  readonly derivative: string;
  /** Where the values lie; round brackets exclude the bound. */
  readonly range: string;
  /** Whether it has derivatives of every order everywhere. */
  readonly smooth: boolean;
  /** Whether it never falls (or, as softmin, never rises) in the entry itself. */
  readonly monotone: boolean;
  /** Whether it is odd: centred about zero. */
  readonly zeroCentred: boolean;
  readonly source: string;
}

function facts(formula: string, derivative: string, range: string, traits: string, source: string): ActivationFacts {
  const has = (trait: string): boolean => traits.split(" ").includes(trait);
  return {
    formula,
    derivative,
    range,
    smooth: has("smooth"),
    monotone: has("monotone"),
    zeroCentred: has("odd"),
    source,
  };
}

/**
 * Facts of every activation, under the function's name, for the default parameters where these decide.
 *
 * @example
 * activations.softsign.derivative; // => 1 / (1 + |x|)²
 */
export const activations = /* @__PURE__ */ table();

function table() {
  return {
    identity: facts("x", "1", "(−∞, ∞)", "smooth monotone odd", "—"),
    step: facts("0 for x < 0, 1 else", "0", "{0, 1}", "monotone", "McCulloch & Pitts 1943"),
    sigmoid: facts("1 / (1 + e^(−αx))", "α σ (1 − σ)", "(0, 1)", "smooth monotone", "Verhulst 1845"),
    tanh: facts("(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)", "1 − tanh²x", "(−1, 1)", "smooth monotone odd", "LeCun 1989"),
    arctan: facts("arctan x", "1 / (1 + x²)", "(−π/2, π/2)", "smooth monotone odd", "—"),
    softsign: facts("x / (1 + |x|)", "1 / (1 + |x|)²", "(−1, 1)", "monotone odd", "Bergstra et al. 2009"),
    isru: facts("x / √(1 + α x²)", "(1 + α x²)^(−3/2)", "(−1/√α, 1/√α)", "smooth monotone odd", "Carlile et al. 2017"),
    relu: facts("max(x, 0)", "0 for x ≤ 0, 1 else", "[0, ∞)", "monotone", "Nair & Hinton 2010"),
    leakyRelu: facts("a x for x ≤ 0, x else", "a for x ≤ 0, 1 else", "(−∞, ∞)", "monotone", "Maas et al. 2013"),
    prelu: facts(
      "a x for x ≤ 0, x else; a learned",
      "a for x ≤ 0, 1 else; by a: min(x, 0)",
      "(−∞, ∞)",
      "monotone",
      "He et al. 2015",
    ),
    rrelu: facts(
      "a x for x ≤ 0, x else; a from U(lower, upper)",
      "a for x ≤ 0, 1 else",
      "(−∞, ∞)",
      "monotone",
      "Xu et al. 2015",
    ),
    elu: facts("α (eˣ − 1) for x ≤ 0, x else", "α eˣ for x ≤ 0, 1 else", "(−α, ∞)", "monotone", "Clevert et al. 2015"),
    selu: facts(
      "λ α (eˣ − 1) for x ≤ 0, λ x else",
      "λ α eˣ for x ≤ 0, λ else",
      "(−λα, ∞)",
      "monotone",
      "Klambauer et al. 2017",
    ),
    celu: facts("α (e^(x/α) − 1) for x ≤ 0, x else", "e^(x/α) for x ≤ 0, 1 else", "(−α, ∞)", "monotone", "Barron 2017"),
    softplus: facts("ln(1 + e^(βx)) / β", "σ(βx)", "(0, ∞)", "smooth monotone", "Dugas et al. 2000"),
    gelu: facts("x Φ(x)", "Φ(x) + x φ(x)", "[−0.17, ∞)", "smooth", "Hendrycks & Gimpel 2016"),
    silu: facts("x σ(x)", "σ (1 + x (1 − σ))", "[−0.279, ∞)", "smooth", "Elfwing et al. 2017"),
    mish: facts("x tanh(s), s = ln(1 + eˣ)", "tanh(s) + x σ(x) (1 − tanh²s)", "[−0.309, ∞)", "smooth", "Misra 2019"),
    hardsigmoid: facts(
      "min(max(x/6 + ½, 0), 1)",
      "1/6 for |x| < 3, 0 else",
      "[0, 1]",
      "monotone",
      "Courbariaux et al. 2015",
    ),
    hardswish: facts(
      "0 for x < −3, x for x > 3, x (x + 3) / 6 else",
      "0 for x < −3, 1 for x > 3, x/3 + ½ else",
      "[−3/8, ∞)",
      "",
      "Howard et al. 2019",
    ),
    hardtanh: facts("min(max(x, −1), 1)", "1 for |x| < 1, 0 else", "[−1, 1]", "monotone odd", "Collobert 2004"),
    relu6: facts("min(max(x, 0), 6)", "1 for 0 < x < 6, 0 else", "[0, 6]", "monotone", "Krizhevsky 2010"),
    logSigmoid: facts("−ln(1 + e^(−x))", "σ(−x)", "(−∞, 0)", "smooth monotone", "—"),
    threshold: facts("x for x > θ, v else", "1 for x > θ, 0 else", "{v} ∪ (θ, ∞)", "", "—"),
    tanhshrink: facts("x − tanh x", "tanh²x", "(−∞, ∞)", "smooth monotone odd", "—"),
    softshrink: facts("sign(x) · max(|x| − λ, 0)", "1 for |x| > λ, 0 else", "(−∞, ∞)", "monotone odd", "Donoho 1995"),
    hardshrink: facts(
      "x for |x| > λ, 0 else",
      "1 for |x| > λ, 0 else",
      "(−∞, −λ) ∪ {0} ∪ (λ, ∞)",
      "monotone odd",
      "Donoho & Johnstone 1994",
    ),
    softmax: facts("e^(xᵢ) / Σⱼ e^(xⱼ)", "∂yᵢ/∂xⱼ = yᵢ (δᵢⱼ − yⱼ)", "(0, 1)", "smooth monotone", "Bridle 1990"),
    logSoftmax: facts("xᵢ − ln Σⱼ e^(xⱼ)", "∂yᵢ/∂xⱼ = δᵢⱼ − softmax(x)ⱼ", "(−∞, 0)", "smooth monotone", "Bridle 1990"),
    softmin: facts("e^(−xᵢ) / Σⱼ e^(−xⱼ)", "∂yᵢ/∂xⱼ = −yᵢ (δᵢⱼ − yⱼ)", "(0, 1)", "smooth monotone", "Bridle 1990"),
    maxout: facts(
      "max of k neighbours",
      "1 for the greatest, 0 else; ties share",
      "(−∞, ∞)",
      "monotone",
      "Goodfellow et al. 2013",
    ),
    glu: facts(
      "a σ(b), a and b the halves of x",
      "σ(b) by a; a σ(b) (1 − σ(b)) by b",
      "(−∞, ∞)",
      "smooth",
      "Dauphin et al. 2016",
    ),
  } as const;
}
