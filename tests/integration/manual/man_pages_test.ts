/** The manual pages as groff takes them: the program behind man(1). */
import { assert, assertEquals } from "@std/assert";
import { MAN_PAGES } from "../../../lib/manual/man_pages.ts";
import { test } from "../test.ts";

const COLUMNS = 80;

interface Formatted {
  readonly text: string;
  readonly warnings: string;
}

/** Formats a page as for a terminal of 80 columns, with every warning on. */
async function format(page: string): Promise<Formatted> {
  const child = new Deno.Command("groff", {
    args: ["-man", "-Tascii", "-ww", `-rLL=${COLUMNS - 2}n`, "-P-cbou"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(page));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return {
    text: new TextDecoder().decode(stdout),
    warnings: new TextDecoder().decode(stderr),
  };
}

for (const [name, generate] of Object.entries(MAN_PAGES)) {
  test(`groff formats ${name} for 80 columns without a warning`, async () => {
    const { text, warnings } = await format(generate());
    assertEquals(warnings, "");
    assert(/^NAME\n {7}\S+ - \w/m.test(text), "no NAME");
    const tooLong = text.split("\n").filter((line) => line.length > COLUMNS);
    // What is to be typed is not broken.
    assertEquals(tooLong, []);
    assertEquals(/\\[f(&].*/.exec(text)?.[0], undefined, "an escape is left");
  });
}
