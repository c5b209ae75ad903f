/** requires, wants and follows of the compiled program: who starts, stops and returns with whom. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, sh } from "./scenario.ts";

const UP = sh("echo up; trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done");

async function telchap(run: NamespaceRun, ...words: string[]): Promise<string> {
  const { stdout, stderr } = await run.exec(["timeout", "30", "telchap", ...words]);
  return stdout + stderr;
}

/** The last place of a line that ends so. */
function placeOf(run: NamespaceRun, end: RegExp): number {
  return run.output.texts("stdout").findLastIndex((line) => end.test(line));
}

namespaceTest("requires: stops before, stays down with a reason, and returns", async () => {
  await using run = await inNamespace({
    config: configuration({
      "db.service": { command: UP },
      "web.service": { command: UP, requires: "db" },
      "free.service": { command: UP, after: "db" },
      "spare.service": { command: UP, requires: "off" },
      "off.service": { command: UP, enabled: false },
    }),
  });
  for (const name of ["db", "web", "free"]) {
    await run.waitForLine(new RegExp(` ${name}\\[\\d+\\]: up$`));
  }
  assertMatch(
    await telchap(run, "why", "spare"),
    /Stays down: +it requires off\.service, which is disabled/,
  );
  assertMatch(await telchap(run, "graph"), /web \(.*\) ← db \(requires\)/);
  await telchap(run, "stop", "db", "--wait");
  const [web, db] = [placeOf(run, / web\[\d+\]: bye$/), placeOf(run, / db\[\d+\]: bye$/)];
  assertEquals(web >= 0 && web < db, true, run.output.format());
  assertEquals(placeOf(run, / free\[\d+\]: bye$/), -1);
  const why = await telchap(run, "why", "web");
  assertMatch(why, /Stays down: +it requires db\.service, which is stopped/);
  const from = run.output.lines.length;
  await telchap(run, "start", "db");
  await run.waitForLine(/ web\[\d+\]: up$/, { from });
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("follows: is restarted once the other is back; wants: goes on without", async () => {
  await using run = await inNamespace({
    config: configuration({
      "conf.service": { command: UP, restart: true, restart_delay: 0 },
      "exporter.service": { command: UP, follows: "conf" },
      "web.service": { command: UP, wants: "cache, conf" },
      "cache.service": { command: "false", ignore_failures: true, startup_pause: 0.3 },
    }),
  });
  for (const name of ["conf", "exporter", "web"]) {
    await run.waitForLine(new RegExp(` ${name}\\[\\d+\\]: up$`));
  }
  const from = run.output.lines.length;
  await telchap(run, "signal", "conf", "KILL");
  await run.waitForLine(/ exporter\[\d+\]: bye$/, { from });
  await run.waitForLine(/ exporter\[\d+\]: up$/, { from });
  const lines = run.output.texts("stdout");
  assertEquals(lines.filter((line) => / web\[\d+\]: bye$/.test(line)), []);
  const conf = lines.findLastIndex((line) => / conf\[\d+\]: up$/.test(line));
  assertEquals(conf < placeOf(run, / exporter\[\d+\]: bye$/), true, run.output.format());
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
