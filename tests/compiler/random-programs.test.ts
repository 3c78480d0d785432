/** Random programs agree with the reference device, forward and gradient: the first half. */
import { testPrograms } from "./program-tests.ts";

testPrograms(1, 2500);
