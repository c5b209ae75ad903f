/**
 * chaperone executes itself anew while its services go on: `telchap reexec` on the compiled program, with
 * everything under way that an image of the program knows and no file says.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Section, sh, STAYS } from "./scenario.ts";

const stays = (more: Section = {}): Section => ({ command: sh(STAYS), ...more });

async function telchap(run: NamespaceRun, ...words: string[]): Promise<[number, string]> {
  const { code, stdout } = await run.exec(["timeout", "30", "telchap", ...words]);
  return [code, stdout];
}

/** Returns the process of each service that has one. */
async function pids(run: NamespaceRun): Promise<Record<string, number>> {
  const [, text] = await telchap(run, "status", "--json");
  const { services } = JSON.parse(text) as { services: { name: string; pid: number | null }[] };
  return Object.fromEntries(
    services.flatMap(({ name, pid }) => pid === null ? [] : [[name.split(".")[0] ?? "", pid]]),
  );
}

const TAKEN_OVER =
  /chaperone version \S+ has taken over from itself as telchap asked: \d+ processes? goe?s? on/;

namespaceTest("telchap reexec: every process goes on, and says every line once", async () => {
  const counts = "i=0; while :; do echo number $i; i=$((i+1)); sleep 0.005; done";
  await using run = await inNamespace({
    config: configuration({
      "counts.service": { command: sh(counts), stdout: "log" },
      "later.service": stays({ after: "counts.service" }),
    }),
  });
  await run.waitForLine(/number 20/);
  const before = await pids(run);
  for (let round = 0; round < 3; round++) {
    const [code, text] = await telchap(run, "reexec");
    assertEquals(code, 0, text);
    assertMatch(text, TAKEN_OVER);
  }
  assertEquals(await pids(run), before);
  await run.waitForLine(/number 400/);
  await run.signal("SIGTERM");
  assertEquals(await run.waitForExit(), 0);
  const numbers = run.output.texts("stdout").flatMap((line) =>
    /number (\d+)/.exec(line)?.[1] ?? []
  );
  assertEquals(numbers, numbers.map((_, at) => String(at)));
  assert(numbers.length > 400);
});
