/**
 * `launch` and `forget`: services that no file declares. Such a one is configured by a section that
 * is kept beside the files: so it is checked as theirs are, a new configuration leaves it as it is,
 * and another incarnation takes it over.
 */
import type { AnswerOf } from "../../commands/answers.ts";
import { quoteWord } from "../../config/environment/shell_words.ts";
import { type LaunchedService, launchedService } from "../../config/launched.ts";
import { DEFAULTS_SECTION } from "../../config/source/merge.ts";
import { shortName } from "../../base/service_name.ts";
import { applierOf, refusing } from "./apply.ts";
import {
  CommandError,
  type ControlCall,
  isLaunched,
  listNames,
  namedServices,
  refuseIfAny,
  type Reply,
} from "./context.ts";
import { demandExecution } from "./exec.ts";
import { noteOrder, replyOf } from "./orders.ts";

const NAME = /^\w[\w.@-]*$/;
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
  const service = launchedService(name, directivesOf(command));
  await applierOf(context).inTurn(async () => {
    if ([...context.supervisor.names()].includes(name)) {
      throw new CommandError(`there is a service ${shortName(name)} already`);
    }
    await put(command, [...context.config.launched, service], (config) => {
      demandExecution(command, config.services.find((each) => each.name === name) ?? {});
    });
  });
  noteOrder(command, name, "launch");
  const text = `user ${session.caller.uid} has launched ${shortName(name)}: ${call.operands[0]}`;
  context.journal.write({ level: "info", text, service: name });
  return replyOf(`${shortName(name)} launched.`, [name]);
}

/** Stops launched services, and takes them out. */
export async function forget(
  command: ControlCall<"forget">,
): Promise<Reply<AnswerOf<"forget">>> {
  const { context } = command;
  const names = namedServices(command);
  const configured = names.filter((name) => !isLaunched(context, name));
  refuseIfAny(configured, "can only forget what was launched", "others are in the configuration");
  await applierOf(context).inTurn(() =>
    put(command, context.config.launched.filter(({ name }) => !names.includes(name)), () => {})
  );
  return replyOf(`${listNames(names)} forgotten.`, names);
}

type Loaded = ControlCall["context"]["config"];

/** Puts the configuration in force with these services launched. @throws {CommandError} */
async function put(
  { context }: ControlCall,
  launched: readonly LaunchedService[],
  judge: (config: Loaded) => void,
): Promise<void> {
  const applier = applierOf(context);
  const preview = await refusing(applier.preview(launched));
  judge(preview.loaded.config);
  const outcome = await refusing(applier.apply(preview));
  if (outcome.kind === "ending") throw new CommandError("the container ends");
  if (outcome.kind === "rolled-back") {
    throw new CommandError(`it was not started: ${outcome.failures.join("; ")}`);
  }
}

function readName(text: string | undefined): string {
  if (text === undefined) throw new CommandError("launch needs a --name");
  const short = shortName(text);
  const name = `${short}.service`;
  if (name === DEFAULTS_SECTION) throw new CommandError(`${name} is what all services take over`);
  if (NAME.test(short) && short !== "CONSOLE") return name;
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
