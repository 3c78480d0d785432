/** `gradus doctor`: which device runs and why, what it runs with, and what is missing. */
import { availableParallelism, cpus, totalmem } from "node:os";
import { defaultDevice, deviceNames, engineFeatures, getDevice } from "../runtime/index.ts";
import { matmul, tensor } from "../tensor/index.ts";
import { chooseDevice } from "./device.ts";
import { type ExitCode, exitCodes, type Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** How a finding bears on the whole: in order; would be better otherwise; does not work. */
type Verdict = "good" | "note" | "bad";

interface Finding {
  readonly verdict: Verdict;
  readonly subject: string;
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

const marks: Readonly<Record<Verdict, string>> = { good: "✓", note: "·", bad: "✗" };

export async function doctor(options: { readonly device: string }, terminal: Terminal): Promise<ExitCode> {
  const device = chooseDevice(options.device);
  const findings = [
    node(),
    chosen(options.device, device),
    simd(),
    relaxedSimd(),
    threads(),
    memory(),
    computes(device),
  ];
  const width = Math.max(...findings.map((f) => f.subject.length));
  terminal.out(`gradus ${version}\n\n`);
  for (const { verdict, subject, found, advice } of findings) {
    terminal.out(`${marks[verdict]} ${subject.padEnd(width)}  ${found}\n`);
    if (advice !== undefined) terminal.out(`${" ".repeat(width + 4)}${advice}\n`);
  }
  const bad = findings.filter((f) => f.verdict === "bad");
  terminal.out(
    bad.length === 0 ? "\neverything needed is there\n" : `\nmissing: ${bad.map((f) => f.subject).join(", ")}\n`,
  );
  return bad.length === 0 ? exitCodes.ok : exitCodes.failure;
}

const leastNode = 20;

function node(): Finding {
  const { node: found, v8 } = process.versions;
  const enough = Number.parseInt(found, 10) >= leastNode;
  const finding: Finding = {
    verdict: enough ? "good" : "bad",
    subject: "node",
    found: `${found} (V8 ${v8}), ${process.platform} ${process.arch}`,
  };
  return enough ? finding : { ...finding, advice: `Node ${leastNode} or later is needed: https://nodejs.org` };
}

function chosen(asked: string, device: string): Finding {
  const fromEnvironment = process.env.GRADUS_DEVICE;
  const because =
    asked !== "auto"
      ? "named by --device"
      : fromEnvironment !== undefined && fromEnvironment !== "" && fromEnvironment !== "auto"
        ? "named by the environment (GRADUS_DEVICE)"
        : "the fastest of this version";
  const others = deviceNames().filter((name) => name !== defaultDevice());
  const advice = `there is also ${others.join(", ")}: --device or GRADUS_DEVICE choose`;
  return {
    verdict: "good",
    subject: "device",
    found: `${device}, ${because}`,
    ...(others.length === 0 ? {} : { advice }),
  };
}

function simd(): Finding {
  if (engineFeatures().simd) return { verdict: "good", subject: "simd", found: "128-bit vectors" };
  const advice =
    "programs of the wasm device need it: take a processor with SSE 4.1 or NEON, or GRADUS_DEVICE=reference";
  return { verdict: "bad", subject: "simd", found: "this engine has none", advice };
}

function relaxedSimd(): Finding {
  const subject = "relaxed simd";
  if (engineFeatures().relaxed)
    return { verdict: "good", subject, found: "fused multiply-add (GRADUS_RELAXED_SIMD=0 turns it off)" };
  if (process.env.GRADUS_RELAXED_SIMD === "0") {
    return {
      verdict: "note",
      subject,
      found: "turned off by the environment (GRADUS_RELAXED_SIMD=0): same bits on every machine, about half the speed",
    };
  }
  const advice = "matrix products run at about half speed: Node 20 or later on a processor with FMA has it";
  return { verdict: "note", subject, found: "this engine or processor has no fused multiply-add", advice };
}

function threads(): Finding {
  const [usable, all] = [availableParallelism(), cpus().length];
  const cores = usable === all ? `${all} cores` : `${usable} of ${all} cores may be used`;
  return { verdict: "note", subject: "threads", found: `1 runs programs; ${cores}` };
}

function memory(): Finding {
  const gibibytes = (totalmem() / 2 ** 30).toFixed(1);
  return { verdict: "good", subject: "memory", found: `${gibibytes} GiB; programs may use 4 GiB of it` };
}

/** The device multiplies two matrices of small whole numbers, whose product every arithmetic gets exactly. */
function computes(name: string): Finding {
  const n = 33; // no multiple of a vector's lanes
  const a = Float32Array.from({ length: n * n }, (_, i) => (i % 7) - 3);
  const b = Float32Array.from({ length: n * n }, (_, i) => (i % 5) - 2);
  const subject = "computes";
  try {
    const found = matmul(tensor(a).reshape([n, n]), tensor(b).reshape([n, n])).dataSync();
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let wanted = 0;
        for (let k = 0; k < n; k++) wanted += a[i * n + k]! * b[k * n + j]!;
        if (found[i * n + j] === wanted) continue;
        return {
          verdict: "bad",
          subject,
          found: `entry ${i}, ${j} of a product is ${found[i * n + j]}, should be ${wanted}`,
          advice: "please report this, with the lines above",
        };
      }
    }
    return { verdict: "good", subject, found: `${n} × ${n} matrices multiply exactly; ${getDevice(name).describe()}` };
  } catch (error) {
    return {
      verdict: "bad",
      subject,
      found: error instanceof Error ? error.message : String(error),
      advice: "please report this, with the lines above",
    };
  }
}
