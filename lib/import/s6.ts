/** From the services of s6-overlay: the source directories of s6-rc, and the older services.d. */
import { literal } from "../config/environment/expansion.ts";
import { parseReadyFd } from "../config/probes.ts";
import type { Draft, DraftSection } from "./draft.ts";
import type { TellLine } from "./ini.ts";
import { quoteForShell, sectionName } from "./draft.ts";
import {
  type FileTree,
  finishCommand,
  folders,
  interpreterOf,
  serviceDirectories,
  setCommandOfScript,
} from "./run_script.ts";
import { importLogger, isLogger } from "./log_script.ts";
import { signalText } from "./shared_values.ts";

/** Converts the services below `directory`, whose files are in `tree`, into services of `draft`. */
export function importS6(directory: string, tree: FileTree, draft: Draft): void {
  const names = folders(tree);
  const isSource = names.some((name) => tree.has(`${name}/type`));
  if (isSource) new SourceImport(directory, tree, draft).run(names);
  else importScanDirectory(directory, tree, draft);
}

/** Names of s6-overlay itself. */
const OVERLAY_NAMES: ReadonlySet<string> = new Set([
  "base",
  "user",
  "user2",
  "top",
  "legacy-cont-init",
  "legacy-services",
  "init-services",
]);

/** s6-rc knows names with types, see s6-rc-compile's source format. */
class SourceImport {
  readonly #directory: string;
  readonly #tree: FileTree;
  readonly #draft: Draft;
  /** The last service of each pipeline, of which s6-rc-compile makes a bundle. */
  readonly #pipelines: ReadonlyMap<string, string>;

  constructor(directory: string, tree: FileTree, draft: Draft) {
    this.#directory = directory;
    this.#tree = tree;
    this.#draft = draft;
    const named = folders(tree).filter((name) => tree.has(`${name}/pipeline-name`));
    this.#pipelines = new Map(named.map((name) => [this.#text(name, "pipeline-name"), name]));
  }

  run(names: readonly string[]): void {
    const wanted = this.#wanted(names);
    for (const name of names) {
      const type = this.#text(name, "type");
      if (type !== "longrun" && type !== "oneshot") {
        if (type !== "bundle") {
          const what = type === "" ? "has no type" : `has the type ${type}`;
          this.#draft.remark(`Not understood: ${name} ${what} (${this.#directory}/${name}/type)`);
        }
        continue;
      }
      const run = this.#text(name, "run");
      if (this.#tree.has(`${name}/consumer-for`) && isLogger(run)) {
        const producers = this.#producersOf(name).map(sectionName);
        importLogger(name, run, producers, this.#draft);
        continue;
      }
      const service = this.#draft.service(name);
      if (type === "longrun") this.#longrun(name, service);
      else this.#oneshot(name, service);
      this.#common(name, service);
      if (wanted.size > 0 && !wanted.has(name)) {
        service.set("enabled", false);
        service.remark("No bundle that is started contains it.");
      }
    }
  }

  #longrun(name: string, service: DraftSection): void {
    const path = `${this.#directory}/${name}/run`;
    const script = this.#tree.get(`${name}/run`) ?? "";
    setCommandOfScript(service, path, script);
    // s6-rc-compile makes the copy that it runs executable, whatever the source is.
    if (service.get("command") === path) {
      service.set("command", `${interpreterOf(script)} ${path}`);
    }
    setEnd(service, `${this.#directory}/${name}`, this.#tree);
    const fd = this.#text(name, "notification-fd");
    setNotification(service, fd, `${this.#directory}/${name}/notification-fd`);
    // Without timeout-up, s6-rc waits for ever.
    if (service.get("ready") !== undefined) service.set("process_timeout", 0);
    const signal = this.#text(name, "down-signal");
    service.set("kill_signal", signalText(signal));
    if (signal !== "" && signalText(signal) === undefined) {
      service.remark(`Not understood: ${signal} (${this.#directory}/${name}/down-signal)`);
    }
    const probe = (service.get("ready") as Record<string, string> | undefined)?.["exec"];
    const isUsed = probe?.endsWith("/data/check") === true;
    const others = ["max-death-tally"];
    this.#remarkFiles(name, service, isUsed ? others : ["data", ...others]);
  }

  #oneshot(name: string, service: DraftSection): void {
    const up = this.#text(name, "up");
    service.set("type", "oneshot").set("process_timeout", 0);
    const script = this.#ownScript(up);
    if (script !== undefined) setCommandOfScript(service, up, script);
    else if (/[{}$]/.test(up)) {
      service.set("command", `execlineb -Pc ${quoteForShell(literal(up))}`);
      service.remark(
        `${name}/up is written for execlineb, which must be in the image, or be rewritten.`,
      );
    } else service.set("command", literal(up.replace(/\s*\n\s*/g, " ")) || "/bin/true");
    const down = this.#text(name, "down");
    if (down !== "") service.remark(`No counterpart: ${name}/down (${down}), run when stopping.`);
  }

  /**
   * What `up` names is mostly a script beside it, which asks for with-contenv in its first line.
   */
  #ownScript(path: string): string | undefined {
    if (!/^\/\S+$/.test(path)) return undefined;
    const [folder = "", file = ""] = path.split("/").slice(-2);
    return this.#tree.get(`${folder}/${file}`);
  }

  #common(name: string, service: DraftSection): void {
    for (const dependency of this.#dependencies(name)) {
      service.addName("requires", this.#reference(dependency));
    }
    const upMs = this.#milliseconds(name, "timeout-up", service);
    if (upMs > 0) service.set("process_timeout", upMs / 1000);
    const killMs = this.#milliseconds(name, "timeout-kill", service);
    if (killMs > 0) service.set("stop_timeout", `${killMs}ms`);
    const consumer = this.#text(name, "producer-for");
    if (consumer !== "" && !isLogger(this.#text(consumer, "run"))) {
      service.remark(`No counterpart: its output is the input of ${consumer}.`);
    }
    for (const bundle of this.#bundlesOf(name)) service.addName("service_groups", bundle);
  }

  #dependencies(name: string): string[] {
    const listed = this.#text(name, "dependencies").split(/\s+/);
    const files = this.#below(`${name}/dependencies.d/`);
    return [...listed, ...files].filter((item) => item !== "" && !OVERLAY_NAMES.has(item)).sort();
  }

  /** A bundle is a group, anything else a service. */
  #reference(name: string): string {
    const plain = sectionName(name);
    const isBundle = this.#text(name, "type") === "bundle" || this.#pipelines.has(name);
    return isBundle ? plain : `${plain}.service`;
  }

  #bundlesOf(name: string): string[] {
    const bundles = [...folders(this.#tree), ...this.#pipelines.keys()];
    return bundles.filter((bundle) =>
      !OVERLAY_NAMES.has(bundle) && this.#contents(bundle).includes(name)
    ).map(sectionName);
  }

  #contents(bundle: string): string[] {
    const last = this.#pipelines.get(bundle);
    const pipeline = last === undefined ? [] : [last, ...this.#producersOf(last)];
    const listed = this.#text(bundle, "contents").split(/\s+/).filter(Boolean);
    return [...pipeline, ...listed, ...this.#below(`${bundle}/contents.d/`)];
  }

  /** Returns whose output reaches a service, directly or through others. */
  #producersOf(name: string): string[] {
    const found: string[] = [];
    const open = this.#text(name, "consumer-for").split(/\s+/);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === "" || found.includes(next)) continue;
      found.push(next);
      open.push(...this.#text(next, "consumer-for").split(/\s+/));
    }
    return found;
  }

  /** What s6-overlay starts: the contents of `user` and `user2`, and all that they need. */
  #wanted(names: readonly string[]): ReadonlySet<string> {
    const wanted = new Set<string>();
    const open = ["user", "user2"].filter((name) => names.includes(name));
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (wanted.has(name)) continue;
      wanted.add(name);
      const consumer = this.#text(name, "producer-for");
      open.push(...this.#contents(name), ...this.#dependencies(name), consumer);
    }
    return wanted;
  }

  #remarkFiles(name: string, service: DraftSection, files: readonly string[]): void {
    for (const file of files) {
      const exists = this.#tree.has(`${name}/${file}`) ||
        this.#below(`${name}/${file}/`).length > 0;
      if (exists) service.remark(`No counterpart: ${name}/${file}`);
    }
  }

  /** Returns what a file says, 0 where that is not a number, which is reported. */
  #milliseconds(name: string, file: string, service: DraftSection): number {
    const text = this.#text(name, file);
    if (/^\d*$/.test(text)) return Number(text);
    service.remark(`Not understood: ${text} (${this.#directory}/${name}/${file})`);
    return 0;
  }

  #text(name: string, file: string): string {
    const lines = (this.#tree.get(`${name}/${file}`) ?? "").split("\n");
    return lines.filter((line) => !line.startsWith("#")).join("\n").trim();
  }

  #below(prefix: string): string[] {
    return [...this.#tree.keys()].filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).split("/")[0] ?? "");
  }
}

/** s6-svscan's directory, and s6-overlay's services.d: everything runs for ever. */
function importScanDirectory(directory: string, tree: FileTree, draft: Draft): void {
  for (const { name, path, run } of serviceDirectories(directory, tree, draft)) {
    const service = draft.service(name);
    setCommandOfScript(service, `${path}/run`, run);
    setEnd(service, path, tree);
    const fd = tree.get(`${name}/notification-fd`)?.trim() ?? "";
    setNotification(service, fd, `${path}/notification-fd`);
    if (tree.has(`${name}/down`)) service.set("enabled", false);
    const logger = tree.get(`${name}/log/run`);
    if (logger !== undefined) importLogger(`${name}/log`, logger, [service.name], draft);
  }
  const scripts = [...tree.keys()].filter((path) => !path.includes("/")).sort();
  const isAttributes = /(?:^|\/)fix-attrs\.d$/.test(directory);
  for (const script of scripts) {
    // A directory of scripts, as cont-init.d: one after another before everything else.
    const previous = draft.services.at(-1);
    const service = draft.service(script).set("type", "oneshot");
    const text = tree.get(script) ?? "";
    if (isAttributes) {
      const tell = (line: number, what: string) =>
        service.remark(`Not understood: ${what} (${directory}/${script}:${line})`);
      service.set("command", fixAttributes(text, tell));
    } else setCommandOfScript(service, `${directory}/${script}`, text);
    service.set("service_groups", "INIT");
    if (previous?.get("service_groups") === "INIT") {
      service.set("after", `${previous.name}.service`);
    }
  }
}

/** On which descriptor a service says that it is ready, where no probe says it. */
function setNotification(service: DraftSection, fd: string, file: string): void {
  if (fd === "" || service.get("ready") !== undefined) return;
  if (parseReadyFd(fd) !== undefined) service.set("ready", { fd });
  else service.remark(`Not understood: ${fd} (${file})`);
}

/** How long s6-supervise gives `finish`, in milliseconds. */
const FINISH_MS = 5000;

/**
 * What follows when a service has ended: `finish` runs, told by its arguments how; the container
 * ends, if it says so.
 */
function setEnd(service: DraftSection, path: string, tree: FileTree): void {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const finish = tree.get(`${name}/finish`);
  const halts = /\bhalt\b|s6-svscanctl|container-exit/.test(finish ?? "");
  if (halts) service.set("exit_kills", true);
  else service.set("restart", "always").set("restart_limit", 0).set("restart_delay", 1);
  if (finish === undefined) return;
  if (halts) {
    service.remark(`No counterpart: ${name}/finish (became exit_kills)`);
    return;
  }
  const more = ` ${quoteForShell(name)} "$_CHAP_HOOK_PID"`;
  service.set("on_stop", finishCommand(`${path}/finish`, finish, { killed: "256", more }));
  const limitMs = Number(tree.get(`${name}/timeout-finish`)?.trim() || FINISH_MS);
  service.set("hook_timeout", limitMs > 0 ? `${limitMs}ms` : "1h");
  service.remark("finish keeps a service down by 125 there; here no_retry_codes does, by its own.");
}

/**
 * Does what the lines `path recurse account file-mode directory-mode` of a file in fix-attrs.d ask
 * for.
 */
function fixAttributes(text: string, tell: TellLine): string {
  const commands = text.split("\n").flatMap((line, index) => {
    const [path = "", recurse = "", account = "", fileMode = "", folderMode = ""] = line.trim()
      .split(/\s+/);
    if (path === "" || path.startsWith("#")) return [];
    if (folderMode === "") {
      tell(index + 1, line.trim());
      return [];
    }
    const find = `find ${path}${recurse === "true" ? "" : " -maxdepth 0"}`;
    return [
      `${find} -exec chown ${account.replace(/,.*/, "")} {} +`,
      `${find} -type f -exec chmod ${fileMode} {} +`,
      `${find} -type d -exec chmod ${folderMode} {} +`,
    ];
  });
  return commands.length === 0 ? "/bin/true" : literal(`/bin/sh -c '${commands.join("; ")}'`);
}
