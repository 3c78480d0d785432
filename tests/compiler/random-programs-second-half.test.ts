/** Random programs agree with the reference device, forward and gradient: the second half, which another core can run. */
import { testPrograms } from "./program-tests.ts";

testPrograms(2501, 5000);
