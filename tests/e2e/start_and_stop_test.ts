/**
 * The shortest life of a container: one service starts, its output is logged, SIGTERM stops it in
 * order. Once in an image that holds nothing but chaperone and busybox, once in a namespace.
 */
import { assert } from "@std/assert";
import { inContainer } from "./harness/container.ts";
import { inNamespace } from "./harness/namespace.ts";
import { containerTest, namespaceTest } from "./harness/requirements.ts";
import type { Running } from "./harness/running.ts";
import { configuration, sh } from "./scenario.ts";

const CONFIG = `
console.logging: { selector: "*.info", stdout: true }
web.service: {
  command: "/bin/sh -c 'trap \\"echo bye; exit 0\\" TERM; echo serving; while :; do sleep 0.1; done'",
}
`;

async function expectOrderlyLife(run: Running): Promise<void> {
  await run.waitForLine(/serving$/);
  await run.waitForProcesses((all) => all.some((each) => each.name === "sh"));
  await run.signal("SIGTERM");
  await run.waitForLine(/bye$/);
  await run.expectExit(0);
}

containerTest("a scratch container runs a service and stops it on SIGTERM", async () => {
  await using run = await inContainer({
    image: "scratch",
    applets: ["sh", "sleep"],
    config: CONFIG,
  });
  await expectOrderlyLife(run);
});

namespaceTest("a namespace runs a service and stops it on SIGTERM", async () => {
  await using run = await inNamespace({ config: CONFIG });
  await expectOrderlyLife(run);
});

/** What scripts and tests look for in the log of 0.3.9. */
const TEXTS = [
  "service one.service enabled, queueing start request",
  "service off.service not enabled, will be skipped",
  "IDLE transition hit.  delaying for 1.0 seconds",
  "one.service received reset",
  "system will remain active since there are scheduled services: job.service",
  "No processes remain when attempting to kill system, just stop.",
  "Final termination phase.",
];

namespaceTest("F-088: texts of 0.3.9 come at debug, as they were", async () => {
  await using run = await inNamespace({
    config: configuration({
      "settings": { "idle_delay": 1 },
      "one.service": { type: "oneshot", command: "true" },
      "off.service": { enabled: false, command: "true" },
      "job.service": { type: "cron", interval: "0 4 * * *", command: "true" },
      "fails.service": { command: sh("exit 3"), "ignore_failures": true },
      "late.service": { command: sh("echo late"), "service_groups": "IDLE" },
    }),
  });
  await run.waitForLine(/REAP pid=\d+,status=768$/);
  await run.waitForLine(/ late$/);
  await run.exec(["telchap", "reset", "one"]);
  await run.waitForLine(/remain active/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  const lines = run.output.texts("stdout");
  for (const text of TEXTS) assert(lines.some((line) => line.endsWith(`: ${text}`)), text);
});
