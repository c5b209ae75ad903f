/**
 * The shortest life of a container: one service starts, its output is logged, SIGTERM stops it in
 * order. Once in an image that holds nothing but chaperone and busybox, once in a namespace.
 */
import { inContainer } from "./harness/container.ts";
import { inNamespace } from "./harness/namespace.ts";
import { containerTest, namespaceTest } from "./harness/requirements.ts";
import type { Running } from "./harness/running.ts";

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
