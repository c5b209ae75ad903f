/**
 * Looks into the run scripts of s6 and runit: most of them only switch the user and start a
 * program, and a configuration says that better.
 */
import { splitWords, WordsError } from "../config/shell_words.ts";
import { type DraftSection, literal, needsShell, quoteForShell } from "./draft.ts";

/** Files of a directory by their paths within it. */
export type FileTree = ReadonlyMap<string, string>;

/** Returns the names of the directories directly within a tree. */
export function folders(tree: FileTree): string[] {
  const names = [...tree.keys()].filter((path) => path.includes("/"));
  return [...new Set(names.map((path) => path.slice(0, path.indexOf("/"))))].sort();
}

/** Sets what runs: the program that a simple script starts, or else the script at `path`. */
export function setCommandOfScript(service: DraftSection, path: string, text: string): void {
  const [first = "", ...lines] = text.split("\n");
  const isExecline = /^#!.*execlineb/.test(first);
  const body = (first.startsWith("#!") ? lines : [first, ...lines]).join("\n");
  const words = isExecline ? execlineWords(body) : shellWords(body);
  const rest = words && stripPrefixes(words, service);
  if (rest !== undefined && rest.length > 0) {
    service.set("command", rest.map((word) => quoteForShell(literal(word))).join(" "));
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
  if (shell === undefined) {
    service.set("command", quoteForShell(path));
    return;
  }
  const program = shell.includes("/") ? shell : `/bin/${shell}`;
  service.set("command", `${program} ${quoteForShell(path)}`);
}

/** Returns the words after `exec` in a shell script that does nothing else. */
function shellWords(body: string): string[] | undefined {
  const lines = body.replace(/\\\n/g, " ").split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .filter((line) => !/^(?:exec\s+2>&1|set\s+[-+].*)$/.test(line));
  const line = lines.length === 1 ? lines[0] ?? "" : "";
  const command = /^exec\s+(.+)$/.exec(line.replace(/\s+2>&1$/, ""))?.[1];
  return command === undefined || needsShell(command) ? undefined : wordsOf(command);
}

/** Returns the words of an execline script without blocks and substitutions. */
function execlineWords(body: string): string[] | undefined {
  const text = body.split("\n").filter((line) => !/^\s*#/.test(line)).join("\n");
  if (/[{}$]|\b(?:importas|backtick|foreground|pipeline|s6-notifyoncheck|emptyenv)\b/.test(text)) {
    return undefined;
  }
  return wordsOf(text);
}

function wordsOf(text: string): string[] | undefined {
  try {
    return splitWords(text);
  } catch (error) {
    if (error instanceof WordsError) return undefined;
    throw error;
  }
}

/**
 * Takes programs away that prepare and start another, and sets the directives that stand for them.
 * `undefined` where one does what no directive says.
 */
function stripPrefixes(words: readonly string[], service: DraftSection): string[] | undefined {
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
    } else if (program === "chpst") {
      const after = stripChpst(rest.slice(1), service);
      if (after === undefined) return undefined;
      rest = after;
    } else return rest;
  }
  return rest;
}

function setAccount(service: DraftSection, text: string): void {
  const [user, group] = text.replace(/^:/, "").split(":");
  service.set("uid", user ?? "");
  if (group) service.set("gid", group);
}

/** See chpst(8): what has no directive makes the script stay as it is. */
function stripChpst(words: readonly string[], service: DraftSection): string[] | undefined {
  let at = 0;
  for (; words[at]?.startsWith("-"); at += 2) {
    const value = words[at + 1] ?? "";
    if (words[at] === "-u") setAccount(service, value);
    else if (words[at] === "-n") service.set("nice", Number(value));
    else if (words[at] === "-o") service.set("limits", { nofile: value });
    else if (words[at] === "-c") service.set("limits", { core: value });
    else return undefined;
  }
  return words.slice(at);
}
