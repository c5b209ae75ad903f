/**
 * What scenarios are made of: configurations as data (JSON is YAML, too, so that no test has to
 * think about quotes), scripts for services, and a whole life of a container from start to end.
 */
import { assertEquals } from "@std/assert";
import { inNamespace, type NamespaceOptions, shellQuote } from "./harness/namespace.ts";

/** The directives of one section. */
export type Section = Readonly<Record<string, unknown>>;

/** A section that shows everything on stdout, chaperone's own words included. */
export const EVERYTHING: Section = { selector: "*.debug", stdout: true };

/** Nothing waits longer than a test needs it to. */
const QUICK: Section = { "idle_delay": 0, "startup_pause": 0.1 };

/** Returns the text of a configuration that shows everything on the console. Sections given win. */
export function configuration(sections: Readonly<Record<string, Section>>): string {
  const { settings, ...others } = sections;
  return JSON.stringify({
    settings: { ...QUICK, ...settings },
    "console.logging": EVERYTHING,
    ...others,
  });
}

/** Returns a `command` that runs a script of the POSIX shell. */
export function sh(script: string): string {
  return `/bin/sh -c ${shellQuote(script)}`;
}

/** Returns a `command` that runs a script of Python 3. */
export function python(script: string): string {
  return `/usr/bin/python3 -u -c ${shellQuote(script)}`;
}

/** A script that says `up`, stays until SIGTERM and then says that it came. */
export const STAYS = "trap 'echo got TERM; exit 0' TERM; echo up; while :; do sleep 0.05; done";

/** Shell commands that take /proc away: below the namespace's own lies the machine's. */
export const LOSE_PROC =
  "while umount -l /proc 2> /dev/null; do :; done; ! [ -e /proc/self ] || exit 1";

/** System calls that a test has refused: their numbers on x86-64 and on arm64. */
const REFUSABLE = {
  "memfd_create": [319, 279],
  statx: [332, 291],
  "landlock_create_ruleset": [444, 444],
} as const;

/**
 * Returns the words that run the rest of the line where a seccomp filter answers `call` with EPERM,
 * as old engines do with calls that they do not know. `no CALL: -1 1` is printed to show that it
 * does.
 */
export function withoutCall(call: keyof typeof REFUSABLE): readonly string[] {
  const [x86, arm] = REFUSABLE[call];
  const program = `import ctypes, errno, os, platform, struct, sys
number = {"x86_64": ${x86}, "aarch64": ${arm}}[platform.machine()]
code = struct.pack("HBBI" * 4, 0x20, 0, 0, 0, 0x15, 0, 1, number, 0x06, 0, 0, 0x50000 | errno.EPERM, 0x06, 0, 0, 0x7fff0000)
buffer = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxQ", 4, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(22, 2, program, 0, 0) == 0, ctypes.get_errno()
print("no ${call}:", libc.syscall(number, 0, 0, 0, 0, 0), ctypes.get_errno(), flush=True)
os.execvp(sys.argv[1], sys.argv[1:])`;
  return ["python3", "-c", program];
}

/** What a container printed in its life, and its exit status. */
export interface Life {
  readonly code: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Both streams, for failure messages. */
  readonly all: string;
}

/** Runs chaperone in a namespace until it ends by itself, and checks that no socket is left. */
export async function runToEnd(options: NamespaceOptions): Promise<Life> {
  await using run = await inNamespace(options);
  const code = await run.waitForExit();
  assertEquals(await run.leftoverSockets(), [], "sockets left behind");
  const { output } = run;
  return {
    code,
    stdout: output.texts("stdout"),
    stderr: output.texts("stderr"),
    all: output.format(),
  };
}

/**
 * Returns the lines that a service wrote, without date, host and tag: `service` is its short name.
 */
export function linesOf(service: string, lines: readonly string[]): string[] {
  const tag = ` ${service}[`;
  return lines.filter((line) => line.includes(tag))
    .map((line) => line.slice(line.indexOf("]: ", line.indexOf(tag)) + 3));
}
