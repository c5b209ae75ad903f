/**
 * `exec`: a command beside a service, as that service would run it.
 *
 * chaperone starts it, by its launcher, and not telchap: so its marks, its sandbox and its place
 * below PID 1 are those of the service, `telchap tree` shows it, and it ends with the service. The
 * caller gets the other ends of its streams, and whatever passes through them does not pass through
 * PID 1.
 */
import { type ExitStatus, shellExitCode } from "../../base/exit_status.ts";
import { shortName } from "../../base/service_name.ts";
import { SIGNAL } from "../../base/signals.ts";
import { describeLaunchProblem } from "../services/launch_request.ts";
import { CommandMissing } from "../services/launcher.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { CallerStreams } from "../../door/os.ts";
import type { Caller } from "../../base/caller.ts";
import {
  CommandError,
  type ControlCall,
  namedService,
  PermissionError,
  type Reply,
} from "./context.ts";

/** What shells exit with for a command that does not exist, and for one that cannot be executed. */
const EXIT_CODE = { missing: 127, "not-executable": 126 } as const;

/** What became of the command. */
type Outcome =
  | { readonly kind: "ended"; readonly status: ExitStatus }
  | { readonly kind: "failed"; readonly text: string };

/** Runs it; the answer comes when it has ended, and is its exit status. */
export async function exec(command: ControlCall<"exec">): Promise<Reply | void> {
  const { context, call, session } = command;
  const [service = "", ...argv] = call.operands;
  const name = namedService(command, [service]);
  demandExecution(command, context.supervisor.config(name));
  const ended = Promise.withResolvers<Outcome>();
  const pid = start(command, { name, argv, ended: ended.resolve });
  if (typeof pid !== "number") return pid;
  const outcome = await Promise.race([ended.promise, session.gone]);
  if (outcome === undefined) {
    // As a terminal does that goes away.
    context.supervisor.processes.signalProcess(name, pid, SIGNAL.SIGHUP);
    return;
  }
  if (outcome.kind === "failed") throw new CommandError(outcome.text);
  return { code: shellExitCode(outcome.status) };
}

/**
 * Who may choose what runs as a user is as good as that user. Root and chaperone's own user are that
 * already; the owner of the control socket is it only for services of its own user, which have
 * nothing beyond what the owner has.
 * @throws {PermissionError}
 */
export function demandExecution(
  { context: { os }, session: { caller }, call }: ControlCall,
  config: Pick<ServiceConfig, "identity" | "capabilities">,
): void {
  if (mayExecute(caller, config, os.uid)) return;
  throw new PermissionError(
    `${call.command.name} gives the user, groups and capabilities of a service to whoever asks, so ` +
      "only root may do it, or the owner of the control socket where the service runs as that " +
      "same user, in no group that is not the owner's, and with no capability",
  );
}

/** Whether a caller may choose what runs as this service. */
export function mayExecute(
  caller: Caller,
  config: Pick<ServiceConfig, "identity" | "capabilities">,
  ownUid: number,
): boolean {
  const { uid, mayControl } = caller;
  return mayControl && (uid === 0 || uid === ownUid || isNoMoreThan(caller, config));
}

function isNoMoreThan(
  { uid, groups: own = [] }: Caller,
  { identity, capabilities = [] }: Pick<ServiceConfig, "identity" | "capabilities">,
): boolean {
  if (identity === undefined || identity.uid !== uid || capabilities.length > 0) return false;
  return [identity.gid, ...identity.groups].every((group) => own.includes(group));
}

interface Guest {
  readonly name: string;
  readonly argv: readonly string[];
  readonly ended: (outcome: Outcome) => void;
}

/** Words after the first one may hold a secret. */
function tell({ context, session }: ControlCall, name: string, program: string): void {
  const { uid } = session.caller;
  const text = `user ${uid} runs ${program} as ${shortName(name)} by telchap exec`;
  context.journal.write({ level: "info", text, service: name });
}

/** Returns the process, or the answer where there can be none. @throws {CommandError} */
function start(command: ControlCall<"exec">, { name, argv, ended }: Guest): number | Reply {
  const { context: { os, supervisor }, session } = command;
  const { identity } = supervisor.config(name);
  const { terminal } = session;
  let streams: CallerStreams | undefined;
  try {
    streams = os.openCallerStreams({ identity, terminal });
    if (session.passStreams?.(streams.ends) !== true) {
      throw new CommandError("exec needs a telchap that can be handed the streams of a process");
    }
    tell(command, name, argv[0] ?? "");
    const variables = terminal === undefined ? {} : { TERM: terminal.type };
    return supervisor.processes.runGuest(name, { argv, streams: streams.own, variables }, {
      failed: (text) => ended({ kind: "failed", text }),
      exited: (status) => ended({ kind: "ended", status }),
    });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof CommandMissing) {
      return { text: `telchap exec: ${error.message}`, value: {}, exitCode: EXIT_CODE[error.kind] };
    }
    throw new CommandError(describeLaunchProblem(error).text);
  } finally {
    streams?.close();
  }
}
