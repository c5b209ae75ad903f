/**
 * Carries out the commands of telchap: checks who asks, finds what is asked, and turns every
 * outcome into an answer. The table of lib/commands says how a line is understood.
 */
import { UsageError } from "../../base/errors.ts";
import { isAboutServices, isWriting, parseTelchap } from "../../commands/telchap_call.ts";
import type {
  CommandName,
  ControlCommandName,
  TelchapCall,
} from "../../commands/telchap_commands.ts";
import {
  formatCommandHelp,
  formatMisuse,
  formatTelchapUsage,
} from "../../commands/telchap_help.ts";
import type { AnswerOf, ANSWERS } from "../../commands/answers.ts";
import { alert } from "./alert.ts";
import { apply, diff } from "./apply.ts";
import { audit } from "./audit.ts";
import {
  CommandError,
  type ControlCall,
  type ControlContext,
  PermissionError,
  type Reply,
} from "./context.ts";
import { disable, enable, reset, start, stop } from "./lifecycle.ts";
import { blame, dependencies, graph, names } from "./overview.ts";
import { exec } from "./exec.ts";
import { forget, launch } from "./launch.ts";
import { events, logs } from "./records.ts";
import { postMortem } from "./post_mortem.ts";
import { reload, restart } from "./renewal.ts";
import { run } from "./run.ts";
import { runs } from "./runs.ts";
import { show } from "./show.ts";
import { signal } from "./signal.ts";
import { status } from "./status.ts";
import { loglevel, PlainRefusal, reexec, shutdown } from "./system_commands.ts";
import { tree } from "./tree.ts";
import { wait } from "./wait.ts";
import { why } from "./why.ts";
import type { CommandEnd, ControlSession } from "./control_server.ts";

/** Returns the answer, or has written it. */
type Handler<Name extends ControlCommandName> = (
  command: ControlCall<Name>,
) => HandlerReply<Name> | Promise<HandlerReply<Name>>;

type HandlerReply<Name> =
  | (Name extends keyof typeof ANSWERS ? Reply<AnswerOf<Name>> : Reply)
  | void;

const HANDLERS: { readonly [Name in ControlCommandName]: Handler<Name> } = {
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
  run,
  show,
  signal,
  wait,
  logs,
  events,
  runs,
  "post-mortem": postMortem,
  alert,
  why,
  tree,
  graph,
  blame,
  audit,
  diff,
  apply,
  reexec,
  exec,
  launch,
  forget,
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
  /** How the answer is wanted. */
  readonly isJson: boolean;
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
    if (!(error instanceof UsageError)) {
      return failed({ context, words, session, isJson: false }, error);
    }
    session.write(`${formatMisuse(words, error).join("\n")}\n`);
    return MISUSED;
  }
  if (call.asksForHelp) {
    session.write(`${formatCommandHelp(call.command).join("\n")}\n`);
    return DONE;
  }
  if (!isForDaemon(call)) {
    session.write(`${formatTelchapUsage().join("\n")}\n`);
    return MISUSED;
  }
  try {
    refuseStrangers(call, session);
    refuseWhileApplying(context, call);
    const command = { context, call, session };
    return answer(command, await handle(call.command.name, command));
  } catch (error) {
    return failed({ context, words, session, isJson: call.options.json ?? false }, error);
  }
}

function isForDaemon(
  call: TelchapCall<CommandName>,
): call is TelchapCall<ControlCommandName> {
  return call.command.name in HANDLERS;
}

function handle<Name extends ControlCommandName>(name: Name, command: ControlCall<Name>) {
  return HANDLERS[name](command);
}

function answer({ call, session }: ControlCall, reply: Reply | void): CommandEnd {
  if (reply === undefined) return DONE;
  if (typeof reply === "string") {
    session.write(`${reply}\n`);
    return DONE;
  }
  if ("code" in reply) return { ...PLAINLY_REFUSED, exitCode: reply.code };
  session.write(`${call.options.json ? JSON.stringify(reply.value) : reply.text}\n`);
  return reply.exitCode === undefined ? DONE : { ...PLAINLY_REFUSED, exitCode: reply.exitCode };
}

function refuseStrangers(call: TelchapCall, session: ControlSession): void {
  const { mayControl, mayLook } = session.caller;
  if (mayControl || isAboutServices(call.command) || (mayLook && !isWriting(call))) return;
  throw new PermissionError("only root and the owner of the control socket may do this");
}

/** What is done whatever else is under way, or after it. */
const WAITS_ITS_TURN: ReadonlySet<string> = new Set(["shutdown", "launch", "forget"]);

/** What acts on services would act on those that are being exchanged. */
function refuseWhileApplying({ isApplying }: ControlContext, call: TelchapCall): void {
  const { name, access } = call.command;
  if (!isApplying() || access !== "write" || WAITS_ITS_TURN.has(name)) return;
  throw new CommandError("another configuration is being applied");
}

function failed({ context, words, session, isJson }: Attempt, error: unknown): CommandEnd {
  const text = error instanceof Error ? error.message : String(error);
  const label = error instanceof PlainRefusal ? "" : "Command error: ";
  session.write(`${isJson ? JSON.stringify({ error: text }) : label + text}\n`);
  if (error instanceof PlainRefusal) return PLAINLY_REFUSED;
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
