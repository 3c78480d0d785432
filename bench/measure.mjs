/** Timing, the same for every library: medians after warming up, all data made from one seed. */

const now = () => performance.now();

/** Runs `step` (which may return a promise) until `budget` seconds have passed; prints one JSON line. */
export async function measure(peer, workload, step, { budget = 2, note = "" } = {}) {
  const start = now();
  await step();
  const first = now() - start;
  const warm = now();
  let n = 0;
  while (n < 3 || now() - warm < 500) {
    const pending = step();
    if (pending?.then) await pending;
    n++;
    if (now() - warm > 10_000) break;
  }
  const each = (now() - warm) / n;
  const inner = Math.max(1, Math.ceil(0.5 / each));
  const times = [];
  const begin = now();
  while (times.length < 400 && (times.length < 5 || now() - begin < budget * 1000)) {
    const t = now();
    for (let i = 0; i < inner; i++) {
      const pending = step();
      if (pending?.then) await pending;
    }
    times.push((now() - t) / inner);
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ peer, workload, median: times[times.length >> 1], best: times[0], first, note }));
}

/** A small seeded generator, so that all libraries see the same numbers. */
export function generator(seed = 7) {
  let s = seed >>> 0;
  const uniform = () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
  return {
    normal: (n, scale = 1) => Float32Array.from({ length: n }, () => normal() * scale),
    integers: (n, high) => Int32Array.from({ length: n }, () => Math.floor(uniform() * high)),
  };
}

export const wanted = (workload) => {
  const only = process.argv[2];
  return only === undefined || only.split(",").includes(workload);
};
