/**
 * Carries out the commands of telchap: checks who asks, finds what is asked, and turns every
 * outcome
 * into an answer. The table of lib/config says how a line is understood.
 */
import { UsageError } from "../../base/errors.ts";
import {
  formatCommandHelp,
  formatMisuse,
  formatTelchapUsage,
  isAboutServices,
  isWriting,
  parseTelchap,
  type TelchapCall,
} from "../../commands/telchap_commands.ts";
import { apply, diff } from "./apply.ts";
import { CommandError, type ControlCall, type ControlContext, PermissionError } from "./context.ts";
import { disable, enable, reset, start, stop } from "./lifecycle.ts";
import { blame, dependencies, graph, names, status } from "./overview.ts";
import { events, logs } from "./records.ts";
import { reload, restart } from "./renewal.ts";
import { runs } from "./runs.ts";
import { loglevel, PlainRefusal, reexec, shutdown } from "./system_commands.ts";
import { tree } from "./tree.ts";
import { why } from "./why.ts";
import type { CommandEnd, ControlSession } from "./control_server.ts";

/** Returns the text of the answer, or has written it. */
type Handler = (command: ControlCall) => string | void | Promise<string | void>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  status,
  loglevel,
  stop,
  start,
  reset,
  enable,
  disable,
  dependencies,
  shutdown,
  restart,
  reload,
  logs,
  events,
  runs,
  why,
  tree,
  graph,
  blame,
  diff,
  apply,
  reexec,
  names,
};

const DONE: CommandEnd = { exitCode: 0, verdict: "RESULT" };
const REFUSED: CommandEnd = { exitCode: 1, verdict: "EXCEPTION" };
const PLAINLY_REFUSED: CommandEnd = { exitCode: 1, verdict: "RESULT" };
const FORBIDDEN: CommandEnd = { exitCode: 4, verdict: "EXCEPTION" };
const MISUSED: CommandEnd = { exitCode: 2, verdict: "COMMAND-ERROR" };

interface Attempt {
  readonly context: ControlContext;
  readonly words: readonly string[];
  readonly session: ControlSession;
}

/** Carries out one line. Never rejects: what goes wrong becomes the answer. */
export async function runControlCommand(
  context: ControlContext,
  words: readonly string[],
  session: ControlSession,
): Promise<CommandEnd> {
  let call: TelchapCall;
  try {
    call = parseTelchap(words);
  } catch (error) {
    if (!(error instanceof UsageError)) return failed({ context, words, session }, error);
    session.write(`${formatMisuse(words, error).join("\n")}\n`);
    return MISUSED;
  }
  if (call.options["help"]) {
    session.write(`${formatCommandHelp(call.command).join("\n")}\n`);
    return DONE;
  }
  const handler = HANDLERS[call.command.name];
  if (handler === undefined) {
    session.write(`${formatTelchapUsage().join("\n")}\n`);
    return MISUSED;
  }
  try {
    refuseStrangers(call, session);
    refuseWhileApplying(context, call);
    const text = await handler({ context, call, session });
    if (text !== undefined) session.write(`${text}\n`);
    return DONE;
  } catch (error) {
    return failed({ context, words, session }, error);
  }
}

function refuseStrangers(call: TelchapCall, session: ControlSession): void {
  const { mayControl, mayLook } = session.caller;
  if (mayControl || isAboutServices(call.command) || (mayLook && !isWriting(call))) return;
  throw new PermissionError("only root and the owner of the control socket may do this");
}

/** What acts on services would act on those that are being exchanged. */
function refuseWhileApplying({ applier }: ControlContext, call: TelchapCall): void {
  const { name, access } = call.command;
  if (!applier?.isUnderWay || access !== "write" || name === "shutdown") return;
  throw new CommandError("another configuration is being applied");
}

function failed(command: Attempt, error: unknown): CommandEnd {
  const { context, words, session } = command;
  if (error instanceof PlainRefusal) {
    session.write(`${error.message}\n`);
    return PLAINLY_REFUSED;
  }
  const text = error instanceof Error ? error.message : String(error);
  session.write(`Command error: ${text}\n`);
  if (error instanceof PermissionError) {
    context.refused(session.caller, words);
    return FORBIDDEN;
  }
  if (!(error instanceof CommandError)) {
    const trace = error instanceof Error ? error.stack ?? text : text;
    context.journal.write({ level: "err", text: `internal error in a command: ${trace}` });
  }
  return REFUSED;
}
