/** The listings of the launcher against an assembler, and what they make of a table. */
import { assertEquals } from "@std/assert";
import { buildLauncher, codeOf, listingOf, type Machine } from "../../../../lib/sys/launch/stub.ts";
import { test } from "../../test.ts";

/** Where binutils for a machine is not installed, its listing is not compared. */
const TOOLS: readonly { machine: Machine; prefixes: readonly string[] }[] = [
  { machine: "x86_64", prefixes: ["x86_64-linux-gnu-", ""] },
  { machine: "aarch64", prefixes: ["aarch64-linux-gnu-", ""] },
];

async function run(program: string, args: readonly string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" });
  const output = await command.output().catch(() => undefined);
  return output?.success ?? false;
}

/** Returns what the assembler makes of a listing; undefined where there is none for the machine. */
async function assemble(machine: Machine, prefix: string): Promise<Uint8Array | undefined> {
  if (prefix === "" && machine !== Deno.build.arch) return undefined;
  const folder = await Deno.makeTempDir();
  const [source, object, binary] = ["source.s", "object.o", "code.bin"]
    .map((name) => `${folder}/${name}`) as [string, string, string];
  try {
    const text = listingOf(machine).map(([, mnemonic]) => `${mnemonic}\n`).join("");
    await Deno.writeTextFile(source, text);
    if (!await run(`${prefix}as`, [source, "-o", object])) return undefined;
    const copies = ["-O", "binary", "--only-section=.text", object, binary];
    if (!await run(`${prefix}objcopy`, copies)) return undefined;
    return await Deno.readFile(binary);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const { machine, prefixes } of TOOLS) {
  test(`the listing for ${machine} is what GNU as makes of its mnemonics`, async () => {
    for (const prefix of prefixes) {
      const assembled = await assemble(machine, prefix);
      if (assembled === undefined) continue;
      assertEquals(codeOf(machine), assembled.slice(0, codeOf(machine).length));
      assertEquals(assembled.slice(codeOf(machine).length).every((byte) => byte === 0), true);
      return;
    }
  });

  test(`the launcher for ${machine} is a static program of less than 300 bytes`, () => {
    const file = buildLauncher(machine);
    assertEquals(file.length < 300, true, `${file.length}`);
    assertEquals([...file.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
  });
}
