/** The program envcp: copies files and expands variables in them. */
import { decodeBytes, encodeBytes } from "../base/byte_text.ts";
import { SystemError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { type EnvcpCopy, type EnvcpPlan, parseEnvcp } from "../commands/envcp_command.ts";
import {
  expandText,
  ExpansionError,
  type ExpansionScope,
} from "../config/environment/expansion.ts";
import { shellRunner } from "../sys/launch/backtick.ts";
import { copyAttributes, envcpFiles, readBytes, writeBytes } from "../sys/files/copy_files.ts";
import { readStdin, writeStdout } from "../sys/self/own_streams.ts";
import { print } from "../sys/self/print.ts";
import { environmentVariables } from "../sys/self/program.ts";
import { printAnswer } from "./print_answer.ts";

/** Runs envcp with the arguments after its name, and returns its exit status. */
export async function runEnvcp(args: readonly string[]): Promise<number> {
  const command = parseEnvcp(args, VERSION, envcpFiles);
  if (command.kind !== "run") return printAnswer(command);
  const { plan } = command;
  print("stdout", plan.complaints);
  const variables = environmentVariables();
  try {
    if (plan.copies.length > 0) return copyAll(plan, variables);
    writeStdout(expandBytes(await readStdin(), plan, variables));
    return 0;
  } catch (error) {
    if (!(error instanceof ExpansionError) && !(error instanceof SystemError)) throw error;
    print("stderr", [`error: ${error.message}`]);
    return 1;
  }
}

type Variables = Readonly<Record<string, string>>;

function copyAll(plan: EnvcpPlan, variables: Variables): number {
  for (const copy of plan.copies) {
    const { source, target } = copy;
    if (plan.verbose) print("stdout", [`envcp ${source} ${target}`]);
    const problem = copyOne(copy, plan, variables);
    if (problem !== undefined) {
      print("stdout", [problem]);
      return 1;
    }
  }
  return 0;
}

/** Returns what is printed where a file cannot be opened. */
function copyOne(copy: EnvcpCopy, plan: EnvcpPlan, variables: Variables): string | undefined {
  const { source, target } = copy;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readBytes(source);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `error: cannot open input file ${source}: ${error.message}`;
  }
  // Expanded before the target is touched: a failing :? leaves it as it was.
  const expanded = expandBytes(bytes, plan, variables);
  try {
    writeBytes(target, expanded);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `error: cannot open output file ${target}: ${error.message}`;
  }
  if (plan.archive) copyAttributes(source, target);
  return undefined;
}

/** Bytes that are not UTF-8 pass through, those of values likewise. */
function expandBytes(
  bytes: Uint8Array<ArrayBuffer>,
  plan: EnvcpPlan,
  variables: Variables,
): Uint8Array<ArrayBuffer> {
  return encodeBytes(expandText(decodeBytes(bytes), scopeOf(plan, variables), "bracketed"));
}

/** Values are inserted verbatim. A command runs each time it is met. */
function scopeOf(plan: EnvcpPlan, variables: Variables): ExpansionScope {
  const runShell = shellRunner(environmentVariables());
  const run = (command: string): string => {
    const { ok, output } = runShell(command, undefined);
    const line = output.trim().replace(/\r?\n/g, " ");
    if (ok) return line;
    print("stderr", [`error: Backtick expansion returned error: ${line}`]);
    return "";
  };
  return {
    lookup: (name) => Object.hasOwn(variables, name) ? variables[name] : undefined,
    run: plan.shell ? run : undefined,
    introducer: plan.introducer,
  };
}
