/** From a configuration of supervisord to one of chaperone. */
import { splitWords, WordsError } from "../config/environment/shell_words.ts";
import { type Draft, type DraftSection, literal, sectionName } from "./draft.ts";
import { IniReader, type IniSection, parseIni } from "./ini.ts";

/** Converts the texts of a supervisord.conf and what it includes into services of `draft`. */
export function importSupervisord(texts: readonly string[], draft: Draft): void {
  const sections = texts.flatMap((text) =>
    parseIni(text, { inlineComment: ";", continuation: "indent" })
  );
  const common = readCommon(sections);
  for (const section of sections) importSection(section, common, draft);
  for (const section of sections) {
    const group = /^group:(.+)$/.exec(section.name)?.[1];
    if (group !== undefined) importGroup(group.trim(), section, draft);
  }
}

/** What supervisord itself hands down to its programs. */
interface Common {
  readonly environment?: string | undefined;
  readonly user?: string | undefined;
}

function readCommon(sections: readonly IniSection[]): Common {
  const section = sections.find(({ name }) => name === "supervisord");
  if (section === undefined) return {};
  const reader = new IniReader(section);
  const user = reader.take("user");
  return { environment: reader.take("environment"), user: user === "root" ? undefined : user };
}

const DROPPED_SECTIONS: Readonly<Record<string, string>> = {
  supervisord: "concerns supervisord itself, but for environment and user",
  supervisorctl: "telchap takes its place",
  "unix_http_server": "telchap takes its place",
  "inet_http_server": "telchap takes its place",
};

function importSection(section: IniSection, common: Common, draft: Draft): void {
  const [kind = "", name] = section.name.split(":").map((part) => part.trim());
  if (name !== undefined && (kind === "program" || kind === "fcgi-program")) {
    importProgram(name, section, common, draft);
    if (kind === "fcgi-program") {
      draft.services.at(-1)?.remark(
        "No counterpart: the FastCGI socket of an fcgi-program; see listen.",
      );
    }
  } else if (kind === "eventlistener") {
    draft.remark(`No counterpart: [${section.name}], since events are not sent to programs.`);
  } else if (kind === "include") {
    const files = new IniReader(section).take("files") ?? "";
    draft.remark(`Not followed: [include] files = ${files}. Name these files, too.`);
  } else if (kind !== "group") {
    const reason = DROPPED_SECTIONS[kind] ?? "no counterpart";
    draft.remark(`Left out: [${section.name}], ${reason}.`);
  }
}

function importProgram(
  name: string,
  section: IniSection,
  common: Common,
  draft: Draft,
): void {
  const reader = new IniReader(section);
  const service = draft.service(name);
  const numbers = readNumbers(reader);
  const expand = (text: string) => {
    const number = numbers.count > 1 ? "$(_CHAP_INSTANCE)" : String(numbers.first);
    const expanded = expandPercent(text, name, number);
    for (const [unknown] of expanded.matchAll(/%\(\w+\)\w+/g)) {
      service.remark(`Not understood: ${unknown}`);
    }
    return expanded;
  };
  const own = (key: string) => {
    const value = reader.take(key);
    return value === undefined ? undefined : expand(value);
  };
  service.set("command", own("command") ?? "/bin/false");
  service.set("directory", own("directory"));
  service.set("uid", own("user") ?? common.user);
  importInstances(numbers, service);
  for (const environment of [common.environment, reader.take("environment")]) {
    if (environment === undefined) continue;
    service.addVariables(parseEnvironment(expand(environment), service));
  }
  importAutostart(own("autostart"), service);
  importRestart(reader, service);
  importStop(reader, service);
  const umask = reader.take("umask");
  if (umask !== undefined) service.set("umask", umask.replace(/^0*/, "0"));
  importOutput({ reader, service, draft, numbers });
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
  const count = Number(reader.take("numprocs") ?? 1);
  return { count, first: Number(reader.take("numprocs_start") ?? 0) };
}

function importInstances({ count, first }: Numbers, service: DraftSection): void {
  if (count <= 1) return;
  service.set("instances", count);
  if (first === 1) return;
  service.remark(`Copies count from 1, as $(_CHAP_INSTANCE); supervisord counts from ${first}.`);
}

/** One that a variable decides keeps the variable. */
function importAutostart(autostart: string | undefined, service: DraftSection): void {
  if (autostart === undefined) return;
  if (/^(?:false|no|off|0)$/i.test(autostart)) service.set("enabled", false);
  const variable = /^\$\((\w+)\)$/.exec(autostart)?.[1];
  if (variable !== undefined) service.set("enabled", `$(${variable}:-false)`);
}

/** A program that supervisord starts three times and more is started once by an ordered boot. */
function importRestart(reader: IniReader, service: DraftSection): void {
  const restart = reader.take("autorestart")?.toLowerCase() ?? "unexpected";
  if (restart === "true") service.set("restart", "always");
  else if (restart !== "false") service.set("restart", true);
  service.set("startup_pause", seconds(reader.take("startsecs") ?? "1"));
  const retries = reader.take("startretries") ?? "3";
  if (restart !== "false") service.set("restart_limit", seconds(retries));
  const codes = reader.take("exitcodes")?.split(",").map((code) => code.trim());
  if (codes !== undefined && codes.join() !== "0") service.set("success_codes", codes);
}

function importStop(reader: IniReader, service: DraftSection): void {
  const signal = reader.take("stopsignal");
  if (signal !== undefined) service.set("kill_signal", `SIG${signal.replace(/^SIG/i, "")}`);
  const wait = reader.take("stopwaitsecs");
  if (wait !== undefined) service.set("stop_timeout", seconds(wait));
}

function seconds(text: string): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 ? value : undefined;
}

const CONTAINER_STREAM =
  /^(?:\/dev\/(?:stdout|stderr|fd\/[12])|\/proc\/(?:1|self)\/fd\/[12]|AUTO|syslog)$/;

/** At which size supervisord rotates a file that nothing is said of. */
const SIZE_DEFAULT = "50MB";

interface OutputParts {
  readonly reader: IniReader;
  readonly service: DraftSection;
  readonly draft: Draft;
  readonly numbers: Numbers;
}

function importOutput({ reader, service, draft, numbers }: OutputParts): void {
  const joins = reader.take("redirect_stderr")?.toLowerCase() === "true";
  for (const stream of ["stdout", "stderr"] as const) {
    const file = reader.take(`${stream}_logfile`);
    const size = reader.take(`${stream}_logfile_maxbytes`) ?? SIZE_DEFAULT;
    const keep = reader.take(`${stream}_logfile_backups`) ?? "10";
    if (file === undefined || CONTAINER_STREAM.test(file)) continue;
    if (joins && stream === "stderr") continue;
    if (file === "NONE" || file === "/dev/null") {
      service.set(stream, "null");
      if (joins) service.set("stderr", "null");
      continue;
    }
    const ranges = joins ? [".=info", ".=warn"] : [stream === "stdout" ? ".=info" : ".=warn"];
    for (const [path, programs] of filesOf(file, service.name, numbers)) {
      const isOwn = numbers.count > 1 && programs.length === 1;
      const logging = draft.logging(`${isOwn ? programs[0] : service.name}-${stream}`);
      const specs = programs.flatMap((name) => ranges.map((range) => `[${name}]${range}`));
      logging.set("selector", specs.join(";")).set("file", path);
      if (/^0/.test(size)) continue;
      logging.set("rotate_size", size.replace(/B$/i, "")).set("rotate_keep", seconds(keep));
    }
  }
}

/** The log files of a service's copies, each with the names under which those log that write to it. */
function filesOf(file: string, name: string, { count, first }: Numbers): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (let index = 0; index < Math.max(1, count); index++) {
    const path = expandPercent(file, name, String(first + index));
    const copy = count > 1 ? `${name}.${index + 1}` : name;
    files.set(path, [...files.get(path) ?? [], copy]);
  }
  return files;
}

/** Reads `A="1",B='2'` with the quotes of supervisord. */
function parseEnvironment(text: string, service: DraftSection): Record<string, string> {
  const variables: Record<string, string> = {};
  try {
    // A comma separates, within quotes it does not: blanks instead make words of the assignments.
    const separated = text.replace(/("(?:[^"\\]|\\.)*"|'[^']*')|,/g, (_, quote) => quote ?? " ");
    for (const word of splitWords(separated)) {
      const at = word.indexOf("=");
      if (at > 0) variables[word.slice(0, at)] = word.slice(at + 1);
    }
  } catch (error) {
    if (!(error instanceof WordsError)) throw error;
    service.remark(`Not understood: environment = ${text}`);
  }
  return variables;
}

/** Replaces `%(…)s`; the rest is literal. `number` is that of the copy, or what stands for it. */
function expandPercent(text: string, program: string, number: string): string {
  return literal(text).replace(/%\((\w+)\)(\d*)[sd]/g, (whole, name: string, width: string) => {
    if (name.startsWith("ENV_")) return `$(${name.slice("ENV_".length)})`;
    if (name === "program_name" || name === "group_name") return program;
    if (name === "process_num") {
      return number.padStart(Number(width), width.startsWith("0") ? "0" : " ");
    }
    if (name === "host_node_name") return "$(HOSTNAME)";
    return whole;
  }).replaceAll("%%", "%");
}

function importGroup(group: string, section: IniSection, draft: Draft): void {
  const reader = new IniReader(section);
  const programs = (reader.take("programs") ?? "").split(",").map((name) => sectionName(name));
  const name = sectionName(group);
  for (const service of draft.services) {
    if (programs.includes(service.name)) service.addName("service_groups", name);
  }
}
