/** Where the repository is, its files, and its commands run as a user runs them. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Paths of all files below `folder`, relative to the repository, with forward slashes, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without a shell. */
export function execute(
  program: string,
  args: readonly string[],
  cwd = root,
  env: NodeJS.ProcessEnv = process.env,
): Finished {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: "utf8", timeout: 300_000 });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** The same, where anything but success is an error that shows what the program wrote; its standard output is returned. */
export function succeed(
  program: string,
  args: readonly string[],
  cwd = root,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { status, stdout, stderr } = execute(program, args, cwd, env);
  if (status === 0) return stdout;
  throw new Error(`${[program, ...args].join(" ")} ended with ${status}\n${stdout}${stderr}`);
}

/** The program a package of `node_modules` offers under that path, run by this Node. */
export function tool(path: string, args: readonly string[], cwd = root): string {
  return succeed(process.execPath, [join(root, "node_modules", path), ...args], cwd);
}

/** Makes `dist` when it is missing or older than a source, so that a single test file can be run on its own. */
export function ensureBuilt(): void {
  const stamp = join(root, "dist/build.tsbuildinfo");
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (filesBelow("src").some((file) => statSync(join(root, file)).mtimeMs > built)) {
    tool("typescript/bin/tsc", ["-p", "tsconfig.build.json"]);
    succeed(process.execPath, ["bundle.mjs"]);
  }
}
