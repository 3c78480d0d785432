/**
 * Objects whose writes are counted. Programs depend on plain fields of modules and optimizers (`training`, the `p` of a dropout, a weight decay); to compare all of
 * them at every call of a small program would take longer than the program. As long as nothing has been written to any of them, nothing need be compared.
 */

let count = 0;

/** How often something that decides which graph a function builds has been written. */
export function writes(): number {
  return count;
}

/** Counts a write of something that is no field. */
export function noteWrite(): void {
  count++;
}

const counting: ProxyHandler<object> = {
  set(target, key, value, receiver) {
    if (!Object.is(Reflect.get(target, key, receiver), value)) count++;
    return Reflect.set(target, key, value, receiver);
  },
  defineProperty(target, key, descriptor) {
    count++;
    return Reflect.defineProperty(target, key, descriptor);
  },
  deleteProperty(target, key) {
    count++;
    return Reflect.deleteProperty(target, key);
  },
};

const proxies = new WeakSet<object>();

/** `object` with its writes counted; lists in it that never change should be frozen. */
export function watched<T extends object>(object: T): T {
  const proxy = new Proxy<T>(object, counting);
  proxies.add(proxy);
  return proxy;
}

/** Whether writes to the object's fields are counted. */
export function isWatched(object: object): boolean {
  return proxies.has(object);
}

/** What modules and optimizers extend: fields of derived classes, private ones too, belong to the object that counts. */
export abstract class Watched {
  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: derived constructors go on with the proxy, so that no field is written behind its back
    return watched(this);
  }
}
