/** The devices by name, made when first needed, and which of them is the default. */
import { DeviceError } from "../base/index.ts";
import { type Device, devices } from "../devices/index.ts";

export type DeviceName = keyof typeof devices;

const made = new Map<string, Device>();
let chosen: string | null = null;

/**
 * Names of the devices that this build of Gradus has.
 *
 * @example
 * deviceNames().includes("wasm"); // => true
 */
export function deviceNames(): readonly string[] {
  return Object.keys(devices);
}

function isDeviceName(name: string): name is DeviceName {
  return Object.hasOwn(devices, name);
}

function checkName(name: string): DeviceName {
  if (isDeviceName(name)) return name;
  throw new DeviceError(`device "${name}" does not exist; there are ${deviceNames().join(", ")}`);
}

/**
 * The device of that name.
 *
 * @example
 * getDevice("reference").name; // => reference
 */
export function getDevice(name: string): Device {
  const known = made.get(name);
  if (known !== undefined) {
    if (known.deleted)
      throw new DeviceError(
        `the device "${name}" was deleted; its values are gone, start it anew with restartDevice("${name}")`,
      );
    return known;
  }
  const device = devices[checkName(name)]();
  made.set(name, device);
  return device;
}

/**
 * The device on which a program runs whose tensors name none: `setDefaultDevice`, else the environment's GRADUS_DEVICE, else wasm.
 *
 * @example
 * setDefaultDevice("reference");
 * defaultDevice(); // => reference
 * setDefaultDevice("auto");
 */
export function defaultDevice(): string {
  if (chosen === null) {
    // a page has no process; Node's types are not part of what a page imports
    const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
    const named = host.process?.env?.GRADUS_DEVICE;
    chosen = named === undefined || named === "" || named === "auto" ? "wasm" : checkName(named);
  }
  return chosen;
}

/**
 * Chooses the device for everything that names none.
 *
 * @example
 * setDefaultDevice("reference");
 * zeros([2]).device; // => reference
 * setDefaultDevice("auto"); // the fastest that there is
 */
export function setDefaultDevice(name: string): void {
  chosen = name === "auto" ? "wasm" : checkName(name);
}

const listeners: ((name: string) => void)[] = [];

/** Tells `listener` whenever a device is deleted. */
export function onDeviceDeleted(listener: (name: string) => void): void {
  listeners.push(listener);
}

/**
 * Gives all memory of a device back, as soon as nobody holds a compiled function of it any more. Programs and state on it end; reading a
 * value that was there is an error.
 *
 * @example
 * deleteDevice("reference"); // its memory is free
 * restartDevice("reference");
 * ones([2], { device: "reference" }).sum().item(); // => 2
 */
export function deleteDevice(name: string): void {
  getDevice(name).dispose();
  for (const listener of listeners) listener(name);
}

/**
 * Starts a deleted device anew, empty.
 *
 * @example
 * deleteDevice("reference");
 * restartDevice("reference");
 * ones([3], { device: "reference" }).sum().item(); // => 3
 */
export function restartDevice(name: string): void {
  const known = made.get(checkName(name));
  if (known?.deleted === true) made.delete(name);
}
