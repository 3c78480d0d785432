/**
 * The commands and their options. A command's own module is loaded when it is called, so that `gradus --help` needs no compiler.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { GradusError } from "../base/index.ts";
import { type ExitCode, exitCodes, type Terminal, UsageError } from "./terminal.ts";
import { version } from "./version.ts";

/** Runs a command line without the program's name. Never throws: what went wrong is said on standard error. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = commands(terminal, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return report(error, terminal);
  }
}

function report(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage; // it has been said already
  if (error instanceof UsageError) {
    terminal.err(`gradus: ${error.message}\n`);
    return exitCodes.usage;
  }
  if (error instanceof GradusError || isSystemError(error)) terminal.err(`gradus: ${error.message}\n`);
  else terminal.err(`gradus: unexpected: ${error instanceof Error ? error.stack : String(error)}\n`); // ours to mend: with its stack
  return exitCodes.failure;
}

/** An error of the operating system, as `ENOENT: no such file or directory, open 'x.csv'`. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}

function commands(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const program = new Command("gradus")
    .description("A neural-network framework for TypeScript, compiled while it runs.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showHelpAfterError("(gradus --help lists commands and options)")
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .exitOverride()
    .addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C.");

  const inherited = (command: Command) => command.copyInheritedSettings(program); // exitOverride, output and help options

  const device = new Option("--device <name>", "where to compute: wasm, reference, or auto").default("auto");

  const train = inherited(new Command("train"))
    .description("train a network on a bundled data set")
    .argument(
      "<dataset>",
      'what to learn; there is "digits": 1797 handwritten digits of 8 × 8 pixels',
      oneOf("data set", ["digits"]),
    )
    .addOption(new Option("--model <kind>", "which network").choices(["mlp", "cnn"]).default("mlp"))
    .option("--epochs <n>", "passes over the training images (default: the model's own)", wholeNumber(1))
    .option("--batch-size <n>", "images in a step (default: the model's own)", wholeNumber(1))
    .option("--lr <rate>", "learning rate at its highest (default: the model's own)", positiveNumber)
    .option("--seed <n>", "of weights, order, dropout and shifts", wholeNumber(0), 0)
    .addOption(device)
    .option("--out <folder>", "where to put model, history and pictures (default: runs/digits-<model>-<time>)")
    .addHelpText(
      "after",
      "\nCtrl-C ends the training after the step at hand and keeps the best model.\nThe last line is the accuracy on held-out images.",
    )
    .action(async (_dataset: string, options: TrainArguments) => {
      const { trainDigits } = await import("./train.ts");
      end(await trainDigits(options, terminal));
    });

  const predict = inherited(new Command("predict"))
    .description("say what a trained network makes of images")
    .argument("<model>", "a model.safetensors that `gradus train` wrote")
    .argument("<file>", "images: CSV (64 numbers a row; a 65th is the true class), IDX, or PGM; gzipped or not")
    .option(
      "--scale <value>",
      "the value of full ink (default: 16 for CSV, 255 for IDX, the file's own for PGM)",
      positiveNumber,
    )
    .addOption(device)
    .action(async (model: string, file: string, options: PredictArguments) => {
      const { predict: run } = await import("./predict.ts");
      end(await run(model, file, options, terminal));
    });

  const doctor = inherited(new Command("doctor"))
    .description("say which device runs, why, and what is missing")
    .addOption(device)
    .addHelpText("after", "\nExits with 0 when everything needed is there, with 1 when something is not.")
    .action(async (options: { device: string }) => {
      const { doctor: run } = await import("./doctor.ts");
      end(await run(options, terminal));
    });

  for (const command of [train, predict, doctor]) program.addCommand(command);
  return program;
}

/** The options of `gradus train`. */
export interface TrainArguments {
  readonly model: "mlp" | "cnn";
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly lr?: number;
  readonly seed: number;
  readonly device: string;
  readonly out?: string;
}

/** The options of `gradus predict`. */
export interface PredictArguments {
  readonly scale?: number;
  readonly device: string;
}

function oneOf(what: string, names: readonly string[]): (text: string) => string {
  return (text) => {
    if (names.includes(text)) return text;
    throw new InvalidArgumentError(`There is no such ${what}; there is ${names.join(", ")}.`);
  };
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`A whole number from ${least} is wanted.`);
    }
    return value;
  };
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("A number above zero is wanted.");
  return value;
}
