/**
 * Reads what `sandbox` and `syscalls` say, once it is expanded. What is wrong is told as the rest
 * of a sentence about the directive.
 */
import { whyNoPath } from "../base/path_text.ts";
import { didYouMean } from "../base/suggest.ts";
import type {
  SandboxConfig,
  SandboxPreset,
  SandboxScope,
  SyscallPolicy,
  SyscallPreset,
} from "./sandbox_model.ts";
import { present } from "./present.ts";
import { parseBoolean, parseWhole } from "./values.ts";

/** What was read, or what is wrong with it. */
export type SandboxRead<T> = { readonly value: T } | { readonly problem: string };

const PRESETS: readonly SandboxPreset[] = ["strict", "no_network"];
const SCOPES: readonly SandboxScope[] = ["signals", "abstract_sockets"];
const SYSCALL_PRESETS: readonly SyscallPreset[] = ["default", "strict"];
const PATH_FIELDS = ["read", "write", "execute"] as const;
const PORT_FIELDS = ["connect", "bind"] as const;
const FIELDS = ["preset", ...PATH_FIELDS, ...PORT_FIELDS, "scope", "require"] as const;

type Field = (typeof FIELDS)[number];

/** Words, or fields with a text or texts each. */
export type SandboxSource =
  | readonly string[]
  | ReadonlyMap<string, string | readonly string[]>;

/** What is wrong with a sandbox, on its way out. */
class SandboxProblem extends Error {}

/** Reads `sandbox`. */
export function parseSandbox(source: SandboxSource): SandboxRead<SandboxConfig> {
  try {
    return { value: source instanceof Map ? readFields(source) : readWords(source as string[]) };
  } catch (error) {
    if (!(error instanceof SandboxProblem)) throw error;
    return { problem: error.message };
  }
}

function readWords(words: readonly string[]): SandboxConfig {
  return readFields(new Map([["preset", words]]));
}

function readFields(source: ReadonlyMap<string, string | readonly string[]>): SandboxConfig {
  for (const name of source.keys()) oneOf(name, FIELDS, "not a key of a sandbox");
  const texts = (name: Field): readonly string[] | undefined => {
    const value = source.get(name);
    return typeof value === "string" ? [value] : value;
  };
  const presets = (texts("preset") ?? []).map((word) => oneOf(word, PRESETS, "not a preset"));
  const restricts = [...source.keys()].some((name) => name !== "require");
  if (!restricts || (source.has("preset") && presets.length === 0)) {
    throw new SandboxProblem("it names nothing");
  }
  const ports = PORT_FIELDS.map((name) => texts(name)?.map(parsePort));
  if (presets.includes("no_network") && ports.some((list) => list !== undefined)) {
    throw new SandboxProblem("no_network leaves no port: leave connect and bind out");
  }
  const [connect, bind] = ports.map((list) => list?.filter((port) => port !== "udp"));
  const [read, write, execute] = PATH_FIELDS.map((name) => texts(name)?.map(checkPath));
  return present<SandboxConfig>({
    presets,
    read,
    write,
    execute,
    connect: connect as number[] | undefined,
    bind: bind as number[] | undefined,
    datagrams: ports.some((list) => list?.includes("udp")),
    scope: texts("scope")?.map((word) => oneOf(word, SCOPES, "not a scope")),
    require: readRequire(texts("require")),
  });
}

function oneOf<T extends string>(word: string, words: readonly T[], what: string): T {
  const found = words.find((each) => each === word);
  if (found !== undefined) return found;
  const hint = didYouMean(word, words) || `; expected one of ${words.join(", ")}`;
  throw new SandboxProblem(`'${word}' is ${what}${hint}`);
}

const PORT_MAX = 65535;

function parsePort(text: string): number | "udp" {
  if (text === "udp") return "udp";
  const port = parseWhole(text, 0, PORT_MAX);
  if (port === undefined) throw new SandboxProblem(`'${text}' is neither a port nor udp`);
  return port;
}

function checkPath(path: string): string {
  const wrong = whyNoPath(path);
  if (wrong !== undefined) throw new SandboxProblem(wrong);
  const parts = path.split("/");
  if (parts.filter((part) => part.includes("*")).length > 1) {
    throw new SandboxProblem(`'${path}' holds '*' in more than one of its names`);
  }
  return parts.length > 2 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function readRequire(texts: readonly string[] | undefined): boolean {
  if (texts === undefined) return false;
  const [text = "", ...others] = texts;
  const value = others.length > 0 ? undefined : parseBoolean(text);
  if (value === undefined) throw new SandboxProblem(`require is true or false, not '${text}'`);
  return value;
}

/** What is known of system calls. */
export interface KnownCalls {
  readonly isSyscall: (name: string) => boolean;
  /** Those that no filter may refuse. */
  readonly needed: readonly string[];
}

/** Reads `syscalls`: presets, calls to refuse, `+call` to let pass, `log`. */
export function parseSyscalls(
  words: readonly string[],
  { isSyscall, needed }: KnownCalls,
): SandboxRead<SyscallPolicy> {
  const presets = SYSCALL_PRESETS.filter((preset) => words.includes(preset));
  const others = words.filter((word) => ![...SYSCALL_PRESETS, "log"].includes(word));
  const allow = others.filter((word) => word.startsWith("+")).map((word) => word.slice(1));
  const refuse = others.filter((word) => !word.startsWith("+"));
  const unknown = [...refuse, ...allow].find((name) => !isSyscall(name));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, [...SYSCALL_PRESETS, "log"]) ||
      "; expected default, strict, log, or names as in syscalls(2)";
    return { problem: `'${unknown}' is not a system call${hint}` };
  }
  const kept = refuse.find((name) => needed.includes(name));
  if (kept !== undefined) {
    return { problem: `${kept} cannot be refused: the program itself is started by it` };
  }
  if (presets.length > 1) return { problem: "it names two presets" };
  if (presets.length + refuse.length === 0) return { problem: "it refuses nothing" };
  const value = present<SyscallPolicy>({
    preset: presets[0],
    refuse,
    allow,
    log: words.includes("log"),
  });
  return { value };
}
