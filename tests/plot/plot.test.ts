import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { confusionMatrix, type EpochNumbers, learningCurves, predictionsSheet } from "../../src/plot/index.ts";
import { descendants, parseXml, textsOf } from "./xml.ts";

const epochs: EpochNumbers[] = [1, 2, 3, 4, 5].map((epoch) => ({
  epoch,
  train: { loss: 3 / 4 ** epoch, accuracy: 1 - 0.5 ** epoch },
  validation: { loss: 3.5 / 3 ** epoch, accuracy: 1 - 0.6 ** epoch },
}));

/** Every number of a path or of a position must be one: NaN in a coordinate makes a browser drop the element. */
function expectFiniteCoordinates(svg: string): void {
  for (const element of descendants(parseXml(svg))) {
    for (const [name, value] of Object.entries(element.attributes)) {
      expect(value, `${name} of <${element.name}>`).not.toMatch(/NaN|Infinity|undefined/);
    }
  }
}

describe("learningCurves", () => {
  test("is well-formed, names itself for a screen reader, and has a panel for each measure", () => {
    const svg = learningCurves({ epochs, bestEpoch: 4 }, { title: "A < B & C", subtitle: 'seed "0"' });
    const root = parseXml(svg);
    expect(root.name).toBe("svg");
    expect(root.attributes.role).toBe("img");
    expect(root.children.map((c) => c.name).slice(0, 2)).toEqual(["title", "desc"]);
    expect(root.children[0]!.text).toBe("A < B & C");
    expect(textsOf(root)).toEqual(
      expect.arrayContaining(["Loss (logarithmic)", "Accuracy", "epoch", "training", "validation"]),
    );
    expectFiniteCoordinates(svg);
  });

  test("draws four curves of five points: two measures, training and validation", () => {
    const paths = [...descendants(parseXml(learningCurves({ epochs })))].filter((e) => e.name === "path");
    expect(paths.map((p) => p.attributes.d!.split("L").length)).toEqual([5, 5, 5, 5]);
  });

  test("marks the best epoch with the validation value of that epoch", () => {
    const words = textsOf(parseXml(learningCurves({ epochs, bestEpoch: 4 }))).filter((t) => t.startsWith("best"));
    expect(words).toEqual(["best, epoch 4: 0.0432", "best, epoch 4: 0.8704"]); // 3.5 / 81, 1 − 0.6⁴
  });

  test("a loss within one power of ten keeps a linear axis, and so does one that touches zero", () => {
    const flat = epochs
      .map((e) => ({ ...e, train: { loss: 1 / e.epoch } }))
      .map(({ epoch, train }) => ({ epoch, train }));
    const zero = [...flat, { epoch: 6, train: { loss: 0 } }];
    for (const history of [flat, zero])
      expect(textsOf(parseXml(learningCurves({ epochs: history })))).toContain("Loss");
  });

  test("a value that is not finite leaves a gap and no NaN in the picture", () => {
    const broken = epochs.map((e) => (e.epoch === 3 ? { ...e, train: { loss: Number.NaN, accuracy: 0.5 } } : e));
    expectFiniteCoordinates(learningCurves({ epochs: broken, bestEpoch: 3 }));
  });

  test("one epoch is drawn as points, a constant gets an axis", () => {
    expectFiniteCoordinates(learningCurves({ epochs: epochs.slice(0, 1), bestEpoch: 1 }));
    expectFiniteCoordinates(learningCurves({ epochs: epochs.map((e) => ({ epoch: e.epoch, train: { loss: 0 } })) }));
  });

  test("says what is missing when there is nothing to draw", () => {
    const nothing = () => learningCurves({ epochs: [] });
    expect(nothing).toThrow(new ValueError("learningCurves: the history has no epoch; train for at least one"));
  });
});

describe("confusionMatrix", () => {
  // of 10 cats 8 are found, of 12 called cat 8 are (0.667); of 20 dogs 16 are found, of 18 called dog 16 are (0.889)
  const counts = [
    [8, 2],
    [4, 16],
  ];

  test("shows counts, recall and precision, and total accuracy", () => {
    const svg = confusionMatrix(counts, { classes: ["cat", "dog"] });
    const texts = textsOf(parseXml(svg));
    expect(texts).toEqual(expect.arrayContaining(["8", "2", "4", "16", "0.800", "0.667", "0.889"]));
    expect(texts).toContain("30 samples, 6 wrong, accuracy 0.800");
    expect(parseXml(svg).children[1]!.text).toBe(
      "Most frequent mistakes: dog taken for cat 4 times, cat taken for dog 2 times.",
    );
    expectFiniteCoordinates(svg);
  });

  test("a class without samples divides by nothing", () => {
    const texts = textsOf(
      parseXml(
        confusionMatrix([
          [3, 0],
          [0, 0],
        ]),
      ),
    );
    expect(texts).toContain("–");
    expect(texts.join()).not.toContain("NaN");
  });

  test("a ragged matrix and missing names are errors that say which", () => {
    expect(() => confusionMatrix([[1, 2], [3]])).toThrow(
      new ShapeError("confusionMatrix: row 1 has 1 entries where 2 rows ask for 2; the matrix is square"),
    );
    expect(() => confusionMatrix(counts, { classes: ["cat"] })).toThrow(
      new ShapeError("confusionMatrix: 1 class names for a matrix of [2, 2]; give one name a row"),
    );
  });
});

describe("predictionsSheet", () => {
  const pixels = Float32Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0)); // the diagonal of an 8 × 8 image

  test("a right image says what it is, a wrong one what it was taken for and what it is", () => {
    const svg = predictionsSheet([
      { pixels, predicted: 7, actual: 7, probability: 0.981 },
      { pixels, predicted: 9, actual: 4, probability: 0.5 },
      { pixels, predicted: 3 },
    ]);
    expect(textsOf(parseXml(svg))).toEqual(expect.arrayContaining(["7", "98.1 %", "9 (true: 4)", "50.0 %", "3"]));
    expectFiniteCoordinates(svg);
  });

  test("pixels stand where they are: the eight of the diagonal, in one path", () => {
    const paths = [...descendants(parseXml(predictionsSheet([{ pixels, predicted: 0 }])))].filter(
      (e) => e.name === "path",
    );
    expect(paths).toHaveLength(1);
    expect(paths[0]!.attributes.d!.match(/M\d+ \d+/g)).toEqual([
      "M0 0",
      "M1 1",
      "M2 2",
      "M3 3",
      "M4 4",
      "M5 5",
      "M6 6",
      "M7 7",
    ]);
  });

  test("an image that is all paper is drawn, too", () => {
    expectFiniteCoordinates(predictionsSheet([{ pixels: new Float32Array(64), predicted: 1 }]));
  });

  test("images of different sizes, rows that do not fit and no image at all are errors", () => {
    const odd = { pixels: new Float32Array(63), predicted: 1 };
    expect(() => predictionsSheet([{ pixels, predicted: 1 }, odd])).toThrow(
      new ShapeError("predictionsSheet: image 1 has 63 pixels, image 0 has 64"),
    );
    expect(() => predictionsSheet([odd])).toThrow(
      new ShapeError("predictionsSheet: rows of 8 pixels do not fill 63; give imageWidth"),
    );
    expect(() => predictionsSheet([])).toThrow(
      new ValueError("predictionsSheet: there is no image to draw; give at least one"),
    );
  });
});
