/** From a configuration of supervisord to one of chaperone. */
import { compileGlob } from "../config/environment/glob.ts";
import { wordsIn } from "../config/environment/shell_words.ts";
import { literal } from "../config/environment/expansion.ts";
import { parseWhole } from "../config/values.ts";
import { type Draft, type DraftSection, sectionName } from "./draft.ts";
import { IniReader, type IniSection, parseIni, type TellLine } from "./ini.ts";
import { AT_ONCE, signalText, umaskText, wholeNumber } from "./shared_values.ts";

/** A file of supervisord. */
export interface SupervisordFile {
  /** As in the image. */
  readonly path: string;
  readonly text: string;
}

/** Returns the patterns of the files that a file includes, as absolute paths. */
export function includedBy({ path, text }: SupervisordFile): readonly string[] {
  return sectionsOf({ path, text }, () => {}).filter(({ name }) => name === "include").flatMap(
    (section) => {
      const files = new IniReader(section).take("files") ?? "";
      const patterns = files.replaceAll("%(here)s", folderOf(path)).split(/\s+/).filter(Boolean);
      return patterns.map((name) => name.startsWith("/") ? name : `${folderOf(path)}/${name}`);
    },
  );
}

function sectionsOf({ path, text }: SupervisordFile, tell: TellLine): PlacedSection[] {
  return parseIni(text, { inlineComment: ";", continuation: "indent" }, tell)
    .map((section) => ({ ...section, path, folder: folderOf(path) }));
}

function notUnderstood(path: string, line: number, text: string): string {
  return `Not understood: ${text} (${path}:${line})`;
}

/** A section, and where the file lies that it stands in. */
interface PlacedSection extends IniSection {
  readonly path: string;
  readonly folder: string;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0)) || (path.startsWith("/") ? "/" : ".");
}

/** Converts a supervisord.conf and what it includes into services of `draft`. */
export function importSupervisord(files: readonly SupervisordFile[], draft: Draft): void {
  const sections = files.flatMap((file) =>
    sectionsOf(file, (line, text) => draft.remark(notUnderstood(file.path, line, text)))
  );
  const common = readCommon(sections);
  draft.setting(
    "detect_exit",
    false,
    "supervisord stays up when all programs have ended; without this line, the container ends then.",
  );
  for (const section of sections) importSection(section, common, draft);
  for (const { name, entries } of sections.filter(({ name }) => name.startsWith("group:"))) {
    importGroup(name.slice("group:".length).trim(), { name, entries }, draft);
  }
  for (const pattern of files.flatMap(includedBy)) {
    const isNamed = compileGlob(pattern);
    if (files.some(({ path }) => isNamed(path))) continue;
    draft.remark(`Not found: [include] files = ${pattern}. Name these files, too.`);
  }
}

/** What supervisord itself hands down to its programs. */
interface Common {
  readonly environment?: string | undefined;
  readonly user?: string | undefined;
  /** The group of each program that has one. */
  readonly groups: ReadonlyMap<string, string>;
}

function readCommon(sections: readonly IniSection[]): Common {
  const groups = new Map<string, string>();
  for (const section of sections.filter(({ name }) => name.startsWith("group:"))) {
    const group = section.name.slice("group:".length).trim();
    for (const program of programsOf(section)) groups.set(program, group);
  }
  const section = sections.find(({ name }) => name === "supervisord");
  if (section === undefined) return { groups };
  const reader = new IniReader(section);
  const user = reader.take("user");
  const environment = reader.take("environment");
  return { environment, user: user === "root" ? undefined : user, groups };
}

function programsOf(section: IniSection): string[] {
  return (new IniReader(section).take("programs") ?? "").split(",").map((name) => name.trim());
}

const DROPPED_SECTIONS: Readonly<Record<string, string>> = {
  supervisord: "concerns supervisord itself, but for environment and user",
  supervisorctl: "telchap takes its place",
  rpcinterface: "telchap takes its place",
  "unix_http_server": "telchap takes its place",
  "inet_http_server": "telchap takes its place",
};

function importSection(section: PlacedSection, common: Common, draft: Draft): void {
  const [kind = "", name] = section.name.split(":").map((part) => part.trim());
  if (name !== undefined && (kind === "program" || kind === "fcgi-program")) {
    importProgram(name, section, common, draft);
    if (kind === "fcgi-program") {
      draft.services.at(-1)?.set("enabled", false).remark(
        "No counterpart: the socket of an fcgi-program, which is its standard input. Let the " +
          "program listen itself, and enable the service.",
      );
    }
  } else if (kind === "eventlistener") {
    draft.remark(`No counterpart: [${section.name}], since events are not sent to programs.`);
  } else if (kind !== "group" && kind !== "include") {
    const reason = DROPPED_SECTIONS[kind] ?? "no counterpart";
    draft.remark(`Left out: [${section.name}], ${reason}.`);
  }
}

function importProgram(
  name: string,
  section: PlacedSection,
  common: Common,
  draft: Draft,
): void {
  const service = draft.service(name);
  const reader = new IniReader(
    section,
    (line, text) => service.remark(notUnderstood(section.path, line, text)),
  );
  const numbers = readNumbers(reader);
  const names = { program: name, group: common.groups.get(name) ?? name, here: section.folder };
  const expand = (text: string) => {
    const number = numbers.count > 1 ? "$(_CHAP_INSTANCE)" : String(numbers.first);
    const expanded = expandPercent(text, { ...names, number, count: numbers.count });
    for (const [unknown] of expanded.matchAll(/%\(\w+\)\w+/g)) {
      service.remark(`Not understood: ${unknown}`);
    }
    return expanded;
  };
  const own = (key: string) => {
    const value = reader.take(key);
    return value === undefined ? undefined : expand(value);
  };
  const command = own("command");
  if (command === undefined) service.remark("It has no command; write one, and enable it.");
  service.set("command", command ?? "/bin/false");
  if (command === undefined) service.set("enabled", false);
  service.set("directory", own("directory"));
  service.set("uid", own("user") ?? common.user);
  importInstances(numbers, service);
  for (const environment of [common.environment, reader.take("environment")]) {
    if (environment === undefined) continue;
    service.addVariables(parseEnvironment(expand(environment), service));
  }
  importAutostart(own("autostart"), reader, service);
  importRestart(reader, service);
  importStop(reader, service);
  service.set("umask", reader.read("umask", umaskText));
  importOutput({ reader, service, draft, numbers, names });
  for (const key of ["process_name", "stopasgroup", "killasgroup"]) reader.take(key);
  for (const [key, value] of reader.rest) {
    const hint = key === "priority" ? "; say what it waits for with after" : "";
    service.remark(`No counterpart: ${key} = ${value}${hint}`);
  }
}

/** How many copies there are, and which number the first of them has. */
interface Numbers {
  readonly count: number;
  readonly first: number;
}

function readNumbers(reader: IniReader): Numbers {
  const count = reader.read("numprocs", wholeNumber) ?? 1;
  return { count, first: reader.read("numprocs_start", wholeNumber) ?? 0 };
}

function importInstances({ count, first }: Numbers, service: DraftSection): void {
  if (count <= 1) return;
  service.set("instances", count);
  if (first === 1) return;
  service.remark(`Copies count from 1, as $(_CHAP_INSTANCE); supervisord counts from ${first}.`);
}

/** One that a variable decides keeps the variable. */
function importAutostart(
  autostart: string | undefined,
  reader: IniReader,
  service: DraftSection,
): void {
  if (autostart === undefined) return;
  const variable = /^\$\((\w+)\)$/.exec(autostart)?.[1];
  if (variable !== undefined) service.set("enabled", `$(${variable}:-false)`);
  else if (boolean(autostart) === undefined) reader.refuse("autostart", autostart);
  else if (!boolean(autostart)) service.set("enabled", false);
}

/** Reads a boolean as supervisord does. */
function boolean(text: string): boolean | undefined {
  if (/^(?:true|yes|on|1)$/i.test(text)) return true;
  return /^(?:false|no|off|0)$/i.test(text) ? false : undefined;
}

/**
 * supervisord starts for ever what has been up for `startsecs`, at its next look, which is within a
 * second; only what ends earlier uses up its retries. Whatever becomes of a program, it goes on.
 */
function importRestart(reader: IniReader, service: DraftSection): void {
  const restart = reader.read(
    "autorestart",
    (text) => text.toLowerCase() === "unexpected" ? "unexpected" : boolean(text),
  );
  const isEver = restart === true;
  const isNever = restart === false;
  const pause = reader.read("startsecs", wholeNumber) ?? 1;
  const retries = reader.read("startretries", wholeNumber) ?? 3;
  // What ends within startsecs has then been up for less than restart_window.
  service.set("startup_pause", 0).set("ignore_failures", true);
  const codes = reader.read("exitcodes", exitCodes);
  const hasNoSuccess = codes?.length === 0;
  if (codes !== undefined && !hasNoSuccess && codes.join() !== "0") {
    service.set("success_codes", codes);
  }
  if (isNever) {
    if (pause > 0 && retries > 0) {
      service.remark(
        `No counterpart: supervisord starts it again, up to ${retries} times, where it ends within ` +
          `${pause} s (startsecs), autorestart or not.`,
      );
    }
    return;
  }
  // Without codes that are expected, every end is unexpected.
  service.set("restart", isEver || hasNoSuccess ? "always" : true).set("restart_delay", 1);
  // Without startsecs, every start counts as one that has succeeded.
  service.set("restart_limit", pause === 0 ? 0 : Math.max(retries, 1));
  if (pause === 0) return;
  service.set("restart_window", pause).set("on_give_up", "ignore");
  if (retries > 0) return;
  service.remark(
    "No counterpart: startretries = 0; it is started once more, since restart_limit: 0 is no limit.",
  );
}

function exitCodes(text: string): string[] | undefined {
  const codes = text.split(",").map((code) => code.trim()).filter(Boolean);
  return codes.every((code) => parseWhole(code, 0, 255) !== undefined) ? codes : undefined;
}

/** By default SIGTERM, and SIGKILL after ten seconds. */
function importStop(reader: IniReader, service: DraftSection): void {
  service.set("kill_signal", reader.read("stopsignal", signalText));
  service.set("stop_timeout", (reader.read("stopwaitsecs", wholeNumber) ?? 10) || AT_ONCE);
}

const CONTAINER_STREAM =
  /^(?:\/dev\/(?:stdout|stderr|fd\/[12])|\/proc\/(?:1|self)\/fd\/[12]|AUTO|syslog)$/;

/** Sizes as supervisord reads them: a number, perhaps with KB, MB or GB. */
function sizeText(text: string): string | undefined {
  return /^\d+(?:[KMG]B)?$/i.test(text) ? text : undefined;
}

/** At which size supervisord rotates a file that nothing is said of. */
const SIZE_DEFAULT = "50MB";

interface OutputParts {
  readonly reader: IniReader;
  readonly service: DraftSection;
  readonly draft: Draft;
  readonly numbers: Numbers;
  readonly names: Names;
}

function importOutput({ reader, service, draft, numbers, names }: OutputParts): void {
  const joins = reader.read("redirect_stderr", boolean) ?? false;
  for (const stream of ["stdout", "stderr"] as const) {
    const file = reader.take(`${stream}_logfile`);
    const size = reader.read(`${stream}_logfile_maxbytes`, sizeText) ?? SIZE_DEFAULT;
    const keep = reader.read(`${stream}_logfile_backups`, wholeNumber) ?? 10;
    if (file === undefined || CONTAINER_STREAM.test(file)) continue;
    if (joins && stream === "stderr") continue;
    if (file === "NONE" || file === "/dev/null") {
      service.set(stream, "null");
      if (joins) service.set("stderr", "null");
      continue;
    }
    const ranges = joins ? [".=info", ".=warn"] : [stream === "stdout" ? ".=info" : ".=warn"];
    for (const [path, programs] of filesOf(file, service.name, numbers, names)) {
      const isOwn = numbers.count > 1 && programs.length === 1;
      const logging = draft.logging(`${isOwn ? programs[0] : service.name}-${stream}`);
      const specs = programs.flatMap((name) => ranges.map((range) => `[${name}]${range}`));
      logging.set("selector", specs.join(";")).set("file", path);
      if (/^0/.test(size)) continue;
      logging.set("rotate_size", size.replace(/B$/i, "")).set("rotate_keep", keep);
    }
  }
}

/**
 * The log files of a service's copies, each with the names under which those log that write to it.
 */
function filesOf(
  file: string,
  name: string,
  { count, first }: Numbers,
  names: Names,
): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (let index = 0; index < Math.max(1, count); index++) {
    const path = expandPercent(file, { ...names, number: String(first + index), count });
    const copy = count > 1 ? `${name}.${index + 1}` : name;
    files.set(path, [...files.get(path) ?? [], copy]);
  }
  return files;
}

/** Reads `A="1",B='2'` with the quotes of supervisord. */
function parseEnvironment(text: string, service: DraftSection): Record<string, string> {
  const variables: Record<string, string> = {};
  // A comma separates, within quotes it does not: blanks instead make words of the assignments.
  const separated = text.replace(/("(?:[^"\\]|\\.)*"|'[^']*')|,/g, (_, quote) => quote ?? " ");
  const words = wordsIn(separated);
  if (words === undefined) service.remark(`Not understood: environment = ${text}`);
  for (const word of words ?? []) {
    const at = word.indexOf("=");
    if (at > 0) variables[word.slice(0, at)] = word.slice(at + 1);
    else service.remark(`Not understood: '${word}' in environment`);
  }
  return variables;
}

/** What `%(…)s` stands for. */
interface Names {
  readonly program: string;
  readonly group: string;
  /** The folder of the file. */
  readonly here: string;
}

/** Replaces `%(…)s`; the rest is literal. `number` is that of the copy, or what stands for it. */
function expandPercent(
  text: string,
  of: Names & { readonly number: string; readonly count: number },
): string {
  return literal(text).replace(/%\((\w+)\)(\d*)[sd]/g, (whole, name: string, width: string) => {
    if (name.startsWith("ENV_")) return `$(${name.slice("ENV_".length)})`;
    switch (name) {
      case "program_name":
        return of.program;
      case "group_name":
        return of.group;
      case "here":
        return of.here;
      case "process_num":
        return of.number.padStart(Number(width), width.startsWith("0") ? "0" : " ");
      case "numprocs":
        return String(of.count);
      case "host_node_name":
        return "$(HOSTNAME)";
      default:
        return whole;
    }
  }).replaceAll("%%", "%");
}

function importGroup(group: string, section: IniSection, draft: Draft): void {
  const programs = programsOf(section).map(sectionName);
  const name = sectionName(group);
  for (const program of programs) {
    if (program === "" || draft.services.some((service) => service.name === program)) continue;
    draft.remark(`Not found: program ${program} of [${section.name}]`);
  }
  for (const service of draft.services) {
    if (programs.includes(service.name)) service.addName("service_groups", name);
  }
}
