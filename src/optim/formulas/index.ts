export {
  type AdamHyper,
  adam,
  adamax,
  amsgrad,
  type NadamHyper,
  nadam,
  nadamDozat,
  type RadamHyper,
  radam,
  shrink,
} from "./adam.ts";
export {
  type AdadeltaHyper,
  type AdagradHyper,
  adadelta,
  adagrad,
  type RmspropHyper,
  type RmspropMomentumHyper,
  rmsprop,
  rmspropCentered,
  rmspropCenteredMomentum,
  rmspropMomentum,
} from "./adaptive.ts";
export { emaAverage, swaAverage } from "./averages.ts";
export {
  type AsgdHyper,
  asgd,
  type LionHyper,
  lion,
  lookAhead,
  type MomentumHyper,
  momentum,
  polyak,
  type RpropHyper,
  rprop,
  type SgdHyper,
  sgd,
} from "./descent.ts";
export { type Coordinates, type PairProducts, twoLoop } from "./lbfgs.ts";
export { averagedCurvature, type DiagonalLevenbergHyper, dampedStep, diagonalLevenberg } from "./levenberg.ts";
export { cubicMinimum, strongWolfe, type Trial, type WolfeOptions } from "./line-search.ts";
export { biasCorrection, type Coefficient, type Update } from "./update.ts";
