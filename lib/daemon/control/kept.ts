/**
 * `launch --keep`: what is kept of launched services in the state directory, and launched again when
 * the container starts. What is read is judged as if it were asked for anew: the settings, the
 * accounts and the programs may be others by now. What cannot be launched stays in the file until it
 * is forgotten: whatever is missing may be back the next time.
 *
 * Imported when a service is kept, or was.
 */
import { SystemError } from "../../base/errors.ts";
import { shortName } from "../../base/service_name.ts";
import { isLaunchedSection, type LaunchedService, type Launcher } from "../../config/launched.ts";
import type { Config } from "../../config/model.ts";
import { KEPT_FILE, KEPT_MOST_BYTES, type RecorderView } from "../recorder/recorder_view.ts";
import { applierOf } from "./apply.ts";
import {
  CommandError,
  type ControlContext,
  isLaunched,
  listNames,
  PermissionError,
} from "./context.ts";
import { judgePeer } from "./control_access.ts";
import { mayExecute } from "./exec.ts";
import { putLaunched } from "./launched.ts";

/** Counts up whenever an older chaperone could misread the file. */
const FORMAT = 1;

interface KeptFile {
  readonly format: typeof FORMAT;
  readonly launched: readonly LaunchedService[];
}

/** The directory that services can be kept in. @throws {CommandError} where there is none. */
function placeOf({ recorder }: ControlContext): RecorderView {
  if (recorder?.place !== undefined) return recorder;
  const why = recorder?.problem ??
    "there is no state_dir in the settings and no /var/lib/chaperone";
  throw new CommandError(
    `--keep has no place to remember it in: ${why}; name a directory of chaperone's own, on a volume ` +
      "that outlives the container, by state_dir",
  );
}

/**
 * Keeps a service. Resolves with what takes that back.
 * @throws {CommandError} where it cannot be kept.
 */
export async function keep(
  context: ControlContext,
  service: LaunchedService,
): Promise<() => Promise<void>> {
  const recorder = placeOf(context);
  const former = await readKept(recorder);
  await writeKept(recorder, [...former.filter(({ name }) => name !== service.name), service]);
  return () => writeKept(recorder, former);
}

/** Removes services from what is kept. @throws {CommandError} */
export async function letGo(context: ControlContext, names: readonly string[]): Promise<void> {
  const { recorder } = context;
  if (recorder?.place === undefined) return;
  const kept = await readKept(recorder);
  const left = kept.filter(({ name }) => !names.includes(name));
  if (left.length < kept.length) await writeKept(recorder, left);
}

/** Returns the services that are kept and could not be launched. */
export async function idleKept(context: ControlContext): Promise<string[]> {
  const { recorder, supervisor } = context;
  if (recorder?.place === undefined) return [];
  const present = new Set(supervisor.names());
  const kept = await readKept(recorder);
  return kept.map(({ name }) => name).filter((name) => !present.has(name));
}

/** Launches what is kept, one after another: none suffers from what is wrong with another. */
export async function launchKept(context: ControlContext): Promise<void> {
  const { recorder, journal, config } = context;
  if (recorder?.place === undefined) return;
  const warn = (text: string) => journal.write({ level: "warn", text });
  try {
    const kept = await readKept(recorder, warn);
    if (kept.length > 0 && !config.settings.launch) {
      const names = listNames(kept.map(({ name }) => name));
      return warn(`launched with --keep, but the settings say launch: false now: ${names}`);
    }
    for (const service of kept) {
      await (await applierOf(context)).inTurn(() => launchAgain(context, service));
    }
  } catch (error) {
    if (!(error instanceof SystemError || error instanceof CommandError)) throw error;
    warn(`what was launched with --keep is not launched again: ${error.message}`);
  }
}

async function launchAgain(context: ControlContext, service: LaunchedService): Promise<void> {
  const { journal, supervisor, container, history } = context;
  if (container.phase !== "running") return;
  const { name, kept } = service;
  if ([...supervisor.names()].includes(name)) {
    // Somebody was quicker, or a file has it now, which counts.
    if (isLaunched(context, name)) return;
    const text = `${name} is configured now: what telchap launch --keep kept of it is forgotten`;
    journal.write({ level: "warn", text, service: name });
    return await letGo(context, [name]);
  }
  try {
    await putLaunched(context, [...context.config.launched, service], (config) => {
      demandRight(context, config, service);
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const remedy = `telchap forget ${shortName(name)} gives it up`;
    const text = `${name}, kept by telchap launch, is not launched: ${error.message} (${remedy})`;
    journal.write({ level: "warn", text, service: name });
    return;
  }
  history.order(name, "launch", `telchap launch --keep (uid ${kept?.uid})`);
  const text = `${shortName(name)} launched again, which user ${kept?.uid} has had kept`;
  journal.write({ level: "info", text, service: name });
}

/** Whoever had it launched may still have that run. @throws {PermissionError} */
function demandRight(
  { os, config: { settings } }: ControlContext,
  { services }: Config,
  { name, kept = { uid: -1, groups: [] } }: LaunchedService,
): void {
  const { uid, groups } = kept;
  const caller = judgePeer({ pid: 0, uid, gid: groups[0] ?? uid, groups }, {
    ownUid: os.uid,
    controlUid: settings.controlUid,
    controlGid: settings.controlGid,
    controlMode: settings.controlMode,
  });
  if (mayExecute(caller, services.find((each) => each.name === name) ?? {}, os.uid)) return;
  throw new PermissionError(`user ${uid}, who had it launched, may not have this run any more`);
}

/** Rejects with `SystemError`. What is not understood counts as nothing, and is reported. */
async function readKept(
  recorder: RecorderView,
  tell: (text: string) => void = () => {},
): Promise<readonly LaunchedService[]> {
  const text = await recorder.readKept();
  if (text === undefined) return [];
  const kept = text.length > KEPT_MOST_BYTES ? undefined : parseKept(text);
  if (kept === undefined) {
    const path = `${recorder.place}/${KEPT_FILE}`;
    tell(`${path} is not what telchap launch --keep writes: nothing of it is launched`);
  }
  return kept ?? [];
}

/** @throws {CommandError} */
async function writeKept(
  recorder: RecorderView,
  launched: readonly LaunchedService[],
): Promise<void> {
  const file: KeptFile = { format: FORMAT, launched };
  const text = JSON.stringify(file);
  // ASCII but for what somebody has said in another language.
  if (new TextEncoder().encode(text).length > KEPT_MOST_BYTES) {
    const most = `${KEPT_MOST_BYTES / 1024} KiB`;
    throw new CommandError(`all that is kept may take ${most}: telchap forget what is not needed`);
  }
  try {
    await recorder.writeKept(launched.length === 0 ? undefined : text);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CommandError(`it cannot be kept: ${error.message}`);
  }
}

/** Returns what a file keeps; undefined where it is of another kind, or spoilt. */
export function parseKept(text: string): LaunchedService[] | undefined {
  let file: Partial<Record<keyof KeptFile, unknown>> | null;
  try {
    file = JSON.parse(text);
  } catch {
    return undefined; // A SyntaxError.
  }
  if (file?.format !== FORMAT || !Array.isArray(file.launched)) return undefined;
  const services = file.launched.flatMap((each) => readService(each) ?? []);
  return services.length === file.launched.length ? services : undefined;
}

function readService(value: unknown): LaunchedService | undefined {
  const { name, text, kept } = (value ?? {}) as Partial<Record<keyof LaunchedService, unknown>>;
  if (typeof name !== "string" || typeof text !== "string") return undefined;
  const launcher = readLauncher(kept);
  if (launcher === undefined || !isLaunchedSection(name, text)) return undefined;
  return { name, text, kept: launcher };
}

function readLauncher(value: unknown): Launcher | undefined {
  const { uid, groups } = (value ?? {}) as Partial<Record<keyof Launcher, unknown>>;
  if (!isId(uid) || !Array.isArray(groups) || !groups.every(isId)) return undefined;
  return { uid, groups };
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}
