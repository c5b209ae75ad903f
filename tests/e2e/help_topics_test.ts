/** The manual where no browser is: `telchap help TOPIC` and `chaperone --help TOPIC`. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DIST } from "./harness/namespace.ts";
import { programTest } from "./harness/requirements.ts";
import { runCommand } from "./harness/running.ts";

const CHAPERONE = `${DIST}/chaperone`;

programTest(
  "telchap help explains a directive, a topic, and what is both with a command",
  async () => {
    const directive = await runCommand([CHAPERONE, "telchap", "help", "kill_signal"]);
    assertEquals([directive.code, directive.stderr], [0, ""]);
    assertMatch(directive.stdout, /^service: kill_signal\n\n.*\n/);
    const topic = await runCommand([CHAPERONE, "--help", "states"]);
    assertEquals(topic.code, 0);
    assertMatch(topic.stdout, /^States\n[^]*\n {2}given up +It has failed/);
    const both = await runCommand([CHAPERONE, "telchap", "help", "restart"]);
    assertMatch(both.stdout, /^Usage: telchap restart [^]*\n\nservice: restart\n/m);
  },
);

programTest("telchap help suggests what a misspelt topic was meant to be", async () => {
  const telchap = await runCommand([CHAPERONE, "telchap", "help", "selctors"]);
  assertEquals(telchap.code, 2);
  assertMatch(telchap.stderr, /^nothing is known about 'selctors'; did you mean 'selectors'\?\n/);
  const chaperone = await runCommand([CHAPERONE, "--help", "sigals"]);
  assertEquals([chaperone.code, chaperone.stdout], [1, ""]);
  assert(chaperone.stderr.includes("did you mean 'signals'?"), chaperone.stderr);
});

programTest("an error at load ends with where its directive is explained", async () => {
  const file = await Deno.makeTempFile({ suffix: ".conf" });
  try {
    await Deno.writeTextFile(file, "web.service: {command: 'true', interval: 5}\n");
    const { code, stderr } = await runCommand([CHAPERONE, "--config", file]);
    assertEquals(code, 1);
    assertMatch(stderr, /\n'telchap help interval' explains interval\.\n$/);
  } finally {
    await Deno.remove(file);
  }
});
