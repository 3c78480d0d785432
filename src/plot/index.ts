/** Pictures from plain numbers: SVG text that a page shows and a file keeps. Knows no tensor. */
export { type ConfusionMatrixOptions, confusionMatrix } from "./confusion.ts";
export { type Curves, type EpochNumbers, type LearningCurvesOptions, learningCurves } from "./curves.ts";
export { type Prediction, type PredictionsOptions, predictionsSheet } from "./predictions.ts";
