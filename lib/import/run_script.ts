/**
 * Looks into the run scripts of s6 and runit: most of them only switch the user and start a
 * program, and a configuration says that better.
 */
import { wordsIn } from "../config/environment/shell_words.ts";
import { literal } from "../config/environment/expansion.ts";
import { parseWhole } from "../config/values.ts";
import {
  type Draft,
  DraftSection,
  needsShell,
  quoteForShell,
  sectionName,
  shellCommand,
} from "./draft.ts";

/** Files of a directory by their paths within it. */
export type FileTree = ReadonlyMap<string, string>;

/** Returns the names of the directories directly within a tree. */
export function folders(tree: FileTree): string[] {
  const names = [...tree.keys()].filter((path) => path.includes("/"));
  return [...new Set(names.map((path) => path.slice(0, path.indexOf("/"))))].sort();
}

/** A directory of a service, with the text of its `run`. */
export interface ServiceDirectory {
  readonly name: string;
  readonly path: string;
  readonly run: string;
}

/** Returns the directories of services below `directory`; the draft says which have no `run`. */
export function serviceDirectories(
  directory: string,
  tree: FileTree,
  draft: Draft,
): ServiceDirectory[] {
  return folders(tree).flatMap((name) => {
    const [path, run] = [`${directory}/${name}`, tree.get(`${name}/run`)];
    if (run !== undefined) return [{ name, path, run }];
    draft.remark(`Left out: ${path}, which has no run`);
    return [];
  });
}

/** Returns the program that the kernel would run a script with, and its argument. */
export function interpreterOf(script: string): string {
  return /^#!\s*(.*\S)/.exec(script)?.[1] ?? "/bin/sh";
}

/**
 * Returns the command that runs the script `finish` at `path`, told how the service has ended: by its
 * exit code and 0, or by `killed` and the number of the signal; `more` words follow.
 */
export function finishCommand(
  path: string,
  script: string,
  { killed, more = "" }: { readonly killed: string; readonly more?: string },
): string {
  return shellCommand(
    `if [ -n "$_CHAP_HOOK_SIGNAL" ]; then set -- ${killed} $((_CHAP_HOOK_CODE - 128)); ` +
      `else set -- "$_CHAP_HOOK_CODE" 0; fi; exec ${interpreterOf(script)} ` +
      `${quoteForShell(path)} "$@"${more}`,
  );
}

/** Sets what runs: the program that a simple script starts, or else the script at `path`. */
export function setCommandOfScript(service: DraftSection, path: string, text: string): void {
  const [first = "", ...lines] = text.split("\n");
  const isExecline = /^#!.*execlineb/.test(first);
  const body = (first.startsWith("#!") ? lines : [first, ...lines]).join("\n");
  // What a script says counts only if all of it can be said.
  const said = new DraftSection("service", service.name);
  const words = isExecline ? execlineWords(body) : shellWords(body, said);
  const rest = words && stripPrefixes(words, said, path.slice(0, path.lastIndexOf("/")));
  const isBuiltin = isExecline && EXECLINE.test(rest?.[0] ?? "");
  if (rest !== undefined && rest.length > 0 && !isBuiltin) {
    service.adopt(said);
    service.set("command", rest.map((word) => quoteForShell(literal(word))).join(" "));
    const program = (rest[0] ?? "").replace(/^.*\//, "");
    if (/^s6-/.test(program)) service.remark(`${program} must be in the image.`);
    return;
  }
  if (isExecline) {
    service.set("command", quoteForShell(path));
    service.remark(
      `${path} is written for execlineb, which must be in the image, or be rewritten.`,
    );
    return;
  }
  // with-contenv is not needed: services receive the environment of the container.
  const shell = /^#!.*with-contenv\s+(\S+)/.exec(first)?.[1];
  const program = shell === undefined ? "" : shell.includes("/") ? `${shell} ` : `/bin/${shell} `;
  service.set("command", `${program}${quoteForShell(path)}`);
  remarkForeign(service, body);
}

/** Programs of execline that prepare and start another one, and for which no directive stands. */
const EXECLINE = new RegExp(
  "^(?:.*/)?(?:background|case|define|dollarat|el\\w+|envfile|exec\\w*|export-array|fd\\w+|for\\w+|" +
    "getcwd|getpid|heredoc|homeof|if\\w*|loopwhilex|multi\\w+|pipeline|piperw|posix-\\w+|" +
    "redirfd|runblock|shift|trap|tryexec|unexport|wait|with\\w+)$",
);

/** Programs of s6 and runit, where a script calls them. */
const FOREIGN =
  /(?<=^\s*|[;&|(]\s*|\bexec\s+)(?:chpst|sv|with-contenv)(?=\s)|(?<=^|[\s;&|(])s6-[a-z-]+(?=\s)/gm;

function remarkForeign(service: DraftSection, body: string): void {
  const script = body.replace(/(?:^|\s)#.*$/gm, "");
  const names = new Set([...script.matchAll(FOREIGN)].map(([name]) => name));
  if (names.size === 0) return;
  service.remark(
    `The script calls ${[...names].join(", ")}: sv and s6-notifyoncheck fail without their ` +
      "supervisor, others must be in the image. Directives (after, ready, uid) can say the same.",
  );
}

/** Ends a line that ends the script when it fails. */
const OR_EXIT = String.raw`(?:\s*\|\|\s*exit(?:\s+\d+)?)?`;
const CHANGE_DIRECTORY = new RegExp(String.raw`^cd\s+(?<path>/[\w./-]*)${OR_EXIT}$`);
/** How services of runit wait for others. */
const WAIT = new RegExp(
  String
    .raw`^sv\s+(?:-w\s*\d+\s+)?(?:start|check)\s+(?<name>[\w@-]+)(?:\s*>\s*/dev/null)?${OR_EXIT}$`,
);

/**
 * Returns the words after `exec` in a shell script that does nothing else but what directives say,
 * and sets those.
 */
function shellWords(body: string, service: DraftSection): string[] | undefined {
  const lines = body.replace(/\\\n/g, " ").split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .filter((line) => !/^(?:exec\s+2>&1|set\s+[-+].*)$/.test(line));
  const last = lines.pop() ?? "";
  const command = /^exec\s+(.+)$/.exec(last.replace(/\s+2>&1$/, ""))?.[1];
  if (command === undefined || needsShell(command)) return undefined;
  if (!lines.every((line) => CHANGE_DIRECTORY.test(line) || WAIT.test(line))) return undefined;
  for (const line of lines) {
    const path = CHANGE_DIRECTORY.exec(line)?.groups?.["path"];
    const name = WAIT.exec(line)?.groups?.["name"];
    service.set("directory", path);
    if (name !== undefined) service.addName("after", `${sectionName(name)}.service`);
  }
  return wordsIn(command);
}

/** Returns the words of an execline script without blocks and substitutions. */
function execlineWords(body: string): string[] | undefined {
  const text = body.split("\n").filter((line) => !/^\s*#/.test(line)).join("\n");
  if (/[{}$]|\b(?:importas|backtick|foreground|pipeline|emptyenv)\b/.test(text)) {
    return undefined;
  }
  return wordsIn(text);
}

/**
 * Takes programs away that prepare and start another, and sets the directives that stand for them.
 * `undefined` where one does what no directive says.
 */
function stripPrefixes(
  words: readonly string[],
  service: DraftSection,
  folder: string,
): string[] | undefined {
  let rest = [...words];
  while (rest.length > 0) {
    const program = (rest[0] ?? "").replace(/^.*\//, "");
    if (program === "exec" || program === "with-contenv") rest = rest.slice(1);
    else if (program === "fdmove" && rest[1]?.startsWith("-")) rest = rest.slice(4);
    else if (/^(?:s6-setuidgid|setuidgid|gosu|su-exec)$/.test(program)) {
      setAccount(service, rest[1] ?? "");
      rest = rest.slice(2);
    } else if (program === "cd") {
      service.set("directory", rest[1] ?? "/");
      rest = rest.slice(2);
    } else if (program === "export" && rest.length > 3) {
      service.addVariables({ [rest[1] ?? ""]: literal(rest[2] ?? "") });
      rest = rest.slice(3);
    } else if (program === "umask" && /^[0-7]{1,4}$/.test(rest[1] ?? "")) {
      service.set("umask", (rest[1] ?? "").padStart(4, "0"));
      rest = rest.slice(2);
    } else if (program === "s6-notifyoncheck") {
      const after = stripNotifyOnCheck(rest.slice(1), service, folder);
      if (after === undefined) return undefined;
      rest = after;
    } else if (program === "chpst") {
      const after = stripChpst(rest.slice(1), service);
      if (after === undefined) return undefined;
      rest = after;
    } else return rest;
  }
  return rest;
}

function setAccount(service: DraftSection, text: string): void {
  const [user, group, ...others] = text.replace(/^:/, "").split(":");
  service.set("uid", user ?? "");
  if (group) service.set("gid", group);
  if (others.length > 0) service.set("groups", others);
}

/**
 * Takes `s6-notifyoncheck [-d] [-n tries] [-w ms] … [-c "command"]` away: a probe says the same.
 * Without a command, the program is `data/check` in the folder of the service.
 */
function stripNotifyOnCheck(
  words: readonly string[],
  service: DraftSection,
  folder: string,
): string[] | undefined {
  let check = `${folder}/data/check`;
  let intervalMs = "1000";
  let at = 0;
  for (; words[at]?.startsWith("-"); at++) {
    const option = words[at] ?? "";
    if (option === "-d") continue;
    const value = words[++at] ?? "";
    if (option === "-c") check = value;
    else if (option === "-w") intervalMs = value;
    else if (!/^-[3nstT]$/.test(option)) return undefined;
  }
  if (!/^\d+$/.test(intervalMs)) return undefined;
  service.set("ready", { exec: literal(check), interval: `${intervalMs}ms` });
  return words.slice(at);
}

/** The soft limits that options of chpst(8) set; `-m` that of each kind of memory. */
const CHPST_LIMITS: Readonly<Record<string, readonly string[]>> = {
  "-m": ["data", "stack", "memlock", "as"],
  "-d": ["data"],
  "-o": ["nofile"],
  "-p": ["nproc"],
  "-f": ["fsize"],
  "-c": ["core"],
  "-t": ["cpu"],
};

function nice(text: string): number | undefined {
  return parseWhole(text, -20, 19);
}

/** See chpst(8): what has no directive makes the script stay as it is. */
function stripChpst(words: readonly string[], service: DraftSection): string[] | undefined {
  let at = 0;
  const limits: Record<string, string> = {};
  for (; words[at]?.startsWith("-"); at++) {
    const option = words[at] ?? "";
    // More words about what it does; a process group, which every service has.
    if (option === "-v" || option === "-P") continue;
    const value = words[++at] ?? "";
    const names = CHPST_LIMITS[option];
    if (option === "-u") setAccount(service, value);
    else if (option === "-n" && nice(value) !== undefined) service.set("nice", nice(value));
    else if (names === undefined) return undefined;
    else for (const name of names) limits[name] = `${value}:`;
  }
  if (Object.keys(limits).length > 0) service.set("limits", limits);
  return words.slice(at);
}
