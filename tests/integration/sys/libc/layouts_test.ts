/**
 * The sizes, offsets and numbers that lib/sys has of the C library and the kernel, on both
 * machines, against the headers of both: a C program prints what a compiler makes of them.
 */
import { assert, assertEquals } from "@std/assert";
import { syscallNumbers } from "../../../../lib/service/sandbox/syscall_numbers.ts";
import { listingOf } from "../../../../lib/sys/launch/stub.ts";
import { test } from "../../../test.ts";
import { programTest } from "../../../e2e/harness/requirements.ts";
import { listedNames, nameInC, tableNames, YOUNG } from "./c_names.ts";
import { type Machine, readConstants, type Value } from "./constants.ts";

const SYS = new URL("../../../../lib/sys/", import.meta.url).pathname;
/** What lib/sys takes from elsewhere. */
const OTHER_FILES = [
  "../base/errors.ts",
  "../base/signals.ts",
  "../service/sandbox/filter.ts",
];

const HEADERS = `
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
`;

interface Compiler {
  readonly machine: Machine;
  readonly compiler: string;
  /** What runs programs of the machine on another one. */
  readonly emulator: string;
}

const COMPILERS: readonly Compiler[] = [
  { machine: "x86_64", compiler: "x86_64-linux-gnu-gcc", emulator: "qemu-x86_64-static" },
  { machine: "aarch64", compiler: "aarch64-linux-gnu-gcc", emulator: "qemu-aarch64-static" },
];

/** A number of lib/sys, and the expression of C that it must equal. */
interface Fact {
  readonly where: string;
  readonly expression: string;
  readonly value: bigint;
}

async function sourceFiles(folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(SYS + folder)) {
    if (isDirectory) found.push(...await sourceFiles(`${folder}${name}/`));
    else if (name.endsWith(".ts")) found.push(folder + name);
  }
  return found.sort();
}

function factsOf(file: string, name: string, value: Value): Fact[] {
  const where = `${file} ${name}`;
  const fact = (expression: string, each: Value, key = ""): Fact => {
    if (typeof each !== "number" && typeof each !== "bigint") {
      throw new TypeError(`${where}${key} is not a number`);
    }
    return { where: where + key, expression, value: BigInt.asIntN(64, BigInt(each)) };
  };
  const nameOfKey = tableNames(file, name);
  if (nameOfKey !== undefined) {
    const entries = Object.entries(value as Record<string, Value>);
    return entries.map(([key, each]) => fact(nameOfKey(key), each, `.${key}`));
  }
  const expression = nameInC(file, name);
  if (expression === undefined) return [];
  if (typeof expression === "string") return [fact(expression, value)];
  return expression.map((each, i) => fact(each, (value as readonly Value[])[i], `[${i}]`));
}

/** What other files of lib/sys join. */
const SHARED_FILES = ["libc/fcntl.ts", "libc/socket.ts"];

async function readFacts(machine: Machine): Promise<Fact[]> {
  const facts: Fact[] = [];
  const shared = new Map<string, Value>();
  for (const file of SHARED_FILES) {
    const constants = readConstants(await Deno.readTextFile(SYS + file), machine);
    for (const [name, value] of constants) shared.set(name, value);
  }
  for (const file of [...await sourceFiles(), ...OTHER_FILES]) {
    const constants = readConstants(await Deno.readTextFile(SYS + file), machine, shared);
    for (const [name, value] of constants) facts.push(...factsOf(file, name, value));
  }
  return facts;
}

/** Headers may be older than what is compared. */
function isOptional(expression: string): boolean {
  return YOUNG.has(expression) || expression.startsWith("__NR_");
}

function programText(expressions: readonly string[]): string {
  const lines = expressions.map((each, i) => {
    const line = `printf("${i} %lld\\n", (long long)(${each}));`;
    return isOptional(each) ? `#ifdef ${each}\n${line}\n#endif` : line;
  });
  return `${HEADERS}\nint main(void) {\n${lines.join("\n")}\nreturn 0;\n}\n`;
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  assert(success, `${program}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Returns what the expressions are on a machine; undefined for what its headers do not know. */
async function askCompiler(
  { machine, compiler, emulator }: Compiler,
  expressions: readonly string[],
): Promise<(bigint | undefined)[]> {
  const folder = await Deno.makeTempDir();
  try {
    const [source, program] = [`${folder}/numbers.c`, `${folder}/numbers`];
    await Deno.writeTextFile(source, programText(expressions));
    await output(compiler, ["-static", "-w", "-o", program, source]);
    const isNative = machine === Deno.build.arch;
    const said = await output(isNative ? program : emulator, isNative ? [] : [program]);
    const found: (bigint | undefined)[] = expressions.map(() => undefined);
    for (const line of said.trim().split("\n")) {
      const [index, value] = line.split(" ") as [string, string];
      found[Number(index)] = BigInt(value);
    }
    return found;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const compiler of COMPILERS) {
  const { machine, compiler: program, emulator } = compiler;
  const needs = machine === Deno.build.arch ? [program] : [program, emulator];
  const sameNumbers = `every number of lib/sys is that of the C library of ${machine}`;
  programTest(sameNumbers, async () => {
    const facts = await readFacts(machine);
    const found = await askCompiler(compiler, facts.map(({ expression }) => expression));
    const wrong = facts.flatMap(({ where, expression, value }, i) => {
      const right = found[i];
      if (right === undefined && YOUNG.has(expression)) return [];
      return right === value ? [] : [`${where} is ${value}, ${expression} is ${right}`];
    });
    assertEquals(wrong, []);
    assert(facts.length > 250, `${facts.length} numbers compared`);
  }, needs);

  programTest(`the numbers of system calls are those of ${machine}`, async () => {
    const numbers = [...syscallNumbers(machine)];
    const found = await askCompiler(compiler, numbers.map(([name]) => `__NR_${name}`));
    const wrong = numbers.flatMap(([name, number], i) => {
      const right = found[i];
      return right === undefined || right === BigInt(number) ? [] : [`${name} is ${right}`];
    });
    assertEquals(wrong, []);
    assert(found.filter((each) => each !== undefined).length > 280);
  }, needs);

  programTest(`what lib/sys has room for fits on ${machine}`, async () => {
    const constants = readConstants(
      await Deno.readTextFile(`${SYS}processes/posix_spawn.ts`),
      machine,
    );
    const sizes = await askCompiler(compiler, [
      "sizeof(posix_spawnattr_t)",
      "sizeof(posix_spawn_file_actions_t)",
      "__NR_mmap",
      "PROT_READ | PROT_WRITE",
      "MAP_PRIVATE | MAP_FIXED",
    ]);
    const [attributes = 0n, actions = 0n, mmap, protection, flags] = sizes;
    assert(attributes <= BigInt(constants.get("ATTRIBUTES_BYTES") as number));
    assert(actions <= BigInt(constants.get("FILE_ACTIONS_BYTES") as number));
    const code = listingOf(machine).map(([, mnemonic]) => mnemonic).join("\n");
    const expected = machine === "x86_64"
      ? [`mov $${mmap}, %eax`, `mov $${protection}, %edx`, `mov $0x${flags?.toString(16)}, %r10d`]
      : [`mov x8, #${mmap}`, `mov x2, #${protection}`, `mov x3, #0x${flags?.toString(16)}`];
    for (const line of expected) assert(code.includes(line), line);
  }, needs);
}

test("the table of names in C holds no constant that is gone", async () => {
  const known = new Set<string>();
  for (const file of [...await sourceFiles(), ...OTHER_FILES]) {
    const constants = readConstants(await Deno.readTextFile(SYS + file), "x86_64");
    for (const name of constants.keys()) known.add(`${file} ${name}`);
  }
  const gone = listedNames().filter((name) => !known.has(name));
  assertEquals(gone, [], "rows of c_names.ts to remove, or to rename as the constant was");
});
