/** What only a real container shows: a memory limit, and an engine that waits for READY=1. */
import { inContainer } from "./harness/container.ts";
import { containerTest } from "./harness/requirements.ts";

/** A shell that doubles a string until there is no more memory. */
const GREEDY = `sh -c 'echo hungry; x=12345678; while :; do x=$x$x; done'`;

containerTest("a service that the kernel ends for lack of memory is reported as such", async () => {
  await using run = await inContainer({
    image: "scratch",
    applets: ["sh", "sleep"],
    podman: ["--memory=256m", "--memory-swap=256m"],
    config: `
settings: { detect_exit: false }
console.logging: { selector: "*.info", stdout: true }
keep.service: { command: "/bin/sleep 1000" }
greedy.service: { command: "/bin/${GREEDY}", oom_score_adj: 1000, startup_pause: 0 }
`,
  });
  await run.waitForLine(/why greedy\.service failed/);
  await run.waitForLine(/its process \d+ was killed by the kernel \(out of memory\) after/);
  await run.waitForLine(/the memory limit of the container had been reached$/);
  await run.waitForLine(/\| hungry$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

containerTest("a service that somebody else kills is not taken for one out of memory", async () => {
  await using run = await inContainer({
    image: "scratch",
    applets: ["sh", "sleep"],
    podman: ["--memory=256m"],
    config: `
console.logging: { selector: "*.info", stdout: true }
keep.service: { command: "/bin/sleep 1000" }
a.service: { command: "/bin/sh -c 'sleep 1; kill -9 $$'" }
`,
  });
  await run.waitForLine(/its process \d+ was killed by SIGKILL after/);
  await run.waitForLine(/chaperone did not send that signal/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

containerTest("podman --sdnotify=container hands READY=1 on to its own manager", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/manager.sock`;
  const manager = Deno.listenDatagram({ transport: "unixpacket", path });
  try {
    await using run = await inContainer({
      image: "scratch",
      applets: ["sleep"],
      podman: ["--sdnotify=container"],
      podmanEnv: { NOTIFY_SOCKET: path },
      config: `a.service: { command: "/bin/sleep 1000" }`,
    });
    const heard: string[] = [];
    while (!heard.includes("READY=1")) {
      const [bytes] = await manager.receive();
      heard.push(...new TextDecoder().decode(bytes).split("\n"));
    }
    await run.signal("SIGTERM");
    await run.expectExit(0);
  } finally {
    manager.close();
    await Deno.remove(directory, { recursive: true });
  }
});
