/**
 * Local time is what tzset(3) says, whatever way the zone is provided: schedules, log lines and
 * services agree. The zones have quarters of an hour, so that nothing else can look like them, and
 * no summer time.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceOptions } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { waitForLineIn } from "./harness/syslog.ts";

const config = (timezone = "") => `
j.service: { type: cron, interval: "0 4 * * *", command: "true"${timezone} }
own.service: { command: "date +own%:z" }
all.logging: { file: "$(TEST_DIR)/log", format: json, selector: "*.info" }
`;

/**
 * What the three have to say: the next run, the zone of a log line, that of date(1) in a
 * service.
 */
async function zonesOf(options: Pick<NamespaceOptions, "env" | "setup">, timezone?: string) {
  await using run = await inNamespace({ config: config(timezone), ...options });
  const [line = ""] = (await waitForLineIn(`${run.directory}/log`, /own[+-]/))
    .filter((each) => each.includes("own"));
  const { stdout } = await run.exec(["telchap", "runs", "j"]);
  const service = /own([+-]\d\d:\d\d)/.exec(line)?.[1];
  const log = /"time":"[^"]*([+-]\d\d:\d\d)"/.exec(line)?.[1];
  return { next: /next \S+T(\S+)/.exec(stdout)?.[1], log, service };
}

const KATHMANDU = { next: "04:00:00.000+05:45", log: "+05:45", service: "+05:45" };

namespaceTest("F-047: a file mounted over the target of /etc/localtime counts", async () => {
  const setup = "ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime\n" +
    'mount --bind /usr/share/zoneinfo/Asia/Kathmandu "$(readlink -f /etc/localtime)"';
  assertEquals(await zonesOf({ setup }), KATHMANDU);
});

namespaceTest("F-047: so does a plain file, and a link to a zone", async () => {
  const copy = "rm -f /etc/localtime; cp /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime";
  assertEquals(await zonesOf({ setup: copy }), KATHMANDU);
  const link = "ln -sf /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime";
  assertEquals(await zonesOf({ setup: link }), KATHMANDU);
});

namespaceTest("F-048: TZ as POSIX writes it, as a name, and as a file", async () => {
  for (const TZ of ["<+0545>-5:45", "Asia/Kathmandu", ":Asia/Kathmandu"]) {
    assertEquals(await zonesOf({ env: { TZ } }), KATHMANDU, TZ);
  }
  assertEquals(await zonesOf({ env: { TZ: "XYZ3:30" } }), {
    next: "04:00:00.000-03:30",
    log: "-03:30",
    service: "-03:30",
  });
});

namespaceTest("F-048: timezone takes what TZ takes", async () => {
  const zones = await zonesOf({ env: { TZ: "UTC" } }, ', timezone: "<+0545>-5:45"');
  assertEquals(zones, { next: "04:00:00.000+05:45", log: "+00:00", service: "+00:00" });
});

namespaceTest("F-048: TZ that nobody understands is told once, and is UTC", async () => {
  await using run = await inNamespace({
    config: `own.service: { command: "date +own%:z", startup_pause: 0 }
console.logging: { stdout: true, selector: "*.info" }
`,
    env: { TZ: "Nowhere/City" },
  });
  await run.expectExit(0);
  const told = run.output.texts().filter((line) => line.includes("Nowhere"));
  assertEquals(told.length, 1);
  assertMatch(told[0] ?? "", /TZ='Nowhere\/City' is neither a time zone .* those of UTC$/);
  await run.waitForLine(/own\+00:00/);
});
