/**
 * `launch` and `forget`: services that no file declares. Such a one is configured by a section that
 * is kept beside the files: so it is checked as theirs are, a new configuration leaves it as it is,
 * and another incarnation takes it over.
 */
import type { AnswerOf } from "../../commands/answers.ts";
import { quoteWord } from "../../config/environment/shell_words.ts";
import { isLaunchName, type LaunchedService, launchedService } from "../../config/launched.ts";
import type { Config } from "../../config/model.ts";
import { DEFAULTS_SECTION } from "../../config/source/merge.ts";
import { shortName } from "../../base/service_name.ts";
import { applierOf } from "./apply.ts";
import {
  CommandError,
  type ControlCall,
  type ControlContext,
  isLaunched,
  listNames,
  namedServices,
  refuseIfAny,
  type Reply,
} from "./context.ts";
import { demandExecution } from "./exec.ts";
import { putLaunched } from "./launched.ts";
import { isGone } from "../../service/life/phase.ts";
import { foretellEnd } from "./container_end.ts";
import { noteOrder, replyOf, sayBeforehand } from "./orders.ts";

const VARIABLE = /^([A-Za-z_]\w*)=([^`]*)$/;
const PROBE = /^(log|tcp|http|file)=(.+)$/;

/** Launches a service; the answer comes when it has started. */
export async function launch(
  command: ControlCall<"launch">,
): Promise<Reply<AnswerOf<"launch">>> {
  const { context, call, session } = command;
  if (!context.config.settings.launch) {
    throw new CommandError("the settings say launch: false");
  }
  const name = readName(call.options.name);
  const { uid = -1, groups = [] } = session.caller;
  const service = {
    ...launchedService(name, directivesOf(command)),
    ...(call.options.keep ? { kept: { uid, groups } } : {}),
  };
  const applier = await applierOf(context);
  await applier.inTurn(async () => {
    if ([...context.supervisor.names()].includes(name)) {
      throw new CommandError(`there is a service ${shortName(name)} already`);
    }
    const judge = ({ services }: Config) =>
      demandExecution(command, services.find((each) => each.name === name) ?? {});
    await putKept(context, service, judge);
  });
  noteOrder(command, name, "launch");
  const text = `user ${session.caller.uid} has launched ${shortName(name)}: ${call.operands[0]}`;
  context.journal.write({ level: "info", text, service: name });
  return replyOf(`${shortName(name)} launched.`, [name]);
}

/** Stops launched services, and takes them out, also those that are kept and could not be launched. */
export async function forget(
  command: ControlCall<"forget">,
): Promise<Reply<AnswerOf<"forget">>> {
  const { context } = command;
  const { idleKept, letGo } = await import("./kept.ts");
  const idle = command.session.caller.mayControl ? await idleKept(context) : [];
  const isIdle = (word: string) => idle.includes(`${shortName(word)}.service`);
  const words = command.call.operands;
  const others = words.filter((word) => !isIdle(word));
  const running = others.length > 0 ? namedServices(command, others) : [];
  const configured = running.filter((name) => !isLaunched(context, name));
  refuseIfAny(configured, "can only forget what was launched", "others are in the configuration");
  const names = [...running, ...words.filter(isIdle).map((word) => `${shortName(word)}.service`)];
  const notes = foretellEnd(context, running.filter((name) => !isAtRest(context, name)));
  sayBeforehand(command, notes);
  const applier = await applierOf(context);
  await applier.inTurn(async () => {
    const left = context.config.launched.filter(({ name }) => !names.includes(name));
    if (left.length < context.config.launched.length) await putLaunched(context, left, () => {});
    await letGo(context, names);
  });
  return replyOf(`${listNames(names)} forgotten.`, names, { notes });
}

function isAtRest({ supervisor }: ControlContext, name: string): boolean {
  return isGone(supervisor.state(name).phase);
}

/** Kept first: what runs and is not kept would be missed only after the next start. */
async function putKept(
  context: ControlContext,
  service: LaunchedService,
  judge: (config: Config) => void,
): Promise<void> {
  const put = () => putLaunched(context, [...context.config.launched, service], judge);
  if (service.kept === undefined) return await put();
  const { keep } = await import("./kept.ts");
  const takeBack = await keep(context, service);
  try {
    await put();
  } catch (error) {
    await takeBack();
    throw error;
  }
}

function readName(text: string | undefined): string {
  if (text === undefined) throw new CommandError("launch needs a --name");
  const short = shortName(text);
  const name = `${short}.service`;
  if (name === DEFAULTS_SECTION) throw new CommandError(`${name} is what all services take over`);
  if (isLaunchName(short)) return name;
  throw new CommandError(`a name has letters, digits and _ . @ - only, not '${text}'`);
}

/** Its section, as a file would have it. */
function directivesOf({ context, call, session }: ControlCall<"launch">) {
  const { restart, uid, gid, directory, env = [], ready } = call.options;
  const { caller } = session;
  const isPlain = caller.uid === 0 || caller.uid === context.os.uid;
  // Whoever is not root runs what is his own as himself.
  const self = isPlain ? {} : {
    uid: String(caller.uid),
    gid: String(caller.groups?.[0] ?? caller.uid),
    groups: (caller.groups ?? []).map(String),
  };
  return {
    command: call.operands.map(quoteWord).join(" "),
    stdout: "log",
    stderr: "log",
    ...(restart === undefined ? {} : { restart }),
    ...self,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(directory === undefined ? {} : { directory }),
    ...(env.length === 0 ? {} : { "env_set": Object.fromEntries(env.map(readVariable)) }),
    ...(ready === undefined ? {} : { ready: readProbe(ready) }),
  };
}

function readVariable(text: string): [string, string] {
  const [, name, value] = VARIABLE.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new CommandError(`--env is NAME=VALUE without a backtick, not '${text}'`);
  }
  return [name, value];
}

function readProbe(text: string): Readonly<Record<string, string>> {
  const [, kind = "", value = ""] = PROBE.exec(text) ?? [];
  if (kind !== "") return { [kind]: value.replace(/^\/(.*)\/$/, kind === "log" ? "$1" : "$&") };
  throw new CommandError(
    `--ready is log=/PATTERN/, tcp=PORT, http=URL or file=PATH, not '${text}'`,
  );
}
