/** The choice of a device on the command line. */
import { defaultDevice, deviceNames, getDevice, setDefaultDevice } from "../runtime/index.ts";
import { UsageError } from "./terminal.ts";

/** Makes the named device the default and gives its name; "auto" leaves the choice to the environment and Gradus. */
export function chooseDevice(name: string): string {
  if (name !== "auto") {
    if (!deviceNames().includes(name)) {
      throw new UsageError(`--device ${name}: there is no such device; there are auto, ${deviceNames().join(", ")}`);
    }
    setDefaultDevice(name);
  }
  return defaultDevice();
}

/** One line about a device: its name and what it runs with. */
export function describeDevice(name: string): string {
  return `${name}: ${getDevice(name).describe()}`;
}
