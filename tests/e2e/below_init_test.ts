/**
 * Where chaperone is not process 1, or is called as an engine calls its own init: the same
 * services, the same exit status, the same stop, and one line that says what is less.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { type ContainerOptions, inContainer } from "./harness/container.ts";
import { DIST } from "./harness/namespace.ts";
import { containerTest } from "./harness/requirements.ts";
import { configuration, sh, STAYS } from "./scenario.ts";

const PROGRAM = "/usr/local/bin/chaperone";
const BELOW = /chaperone is process \d+, not 1: it reaps and signals only what its own services/;

/** With an orphan of its own, which must come to chaperone and not stay a zombie. */
const CONFIG = configuration({
  "a.service": { command: sh(`( sleep 0.1 & ) ; ${STAYS}`) },
  "b.service": {
    command: sh("until [ -e /tmp/go ]; do sleep 0.05; done; exit 7"),
    "exit_kills": true,
  },
});

interface Place extends Omit<ContainerOptions, "image" | "config"> {
  /** What process 1 is; absent: chaperone. */
  readonly init?: RegExp;
}

const PLACES: Readonly<Record<string, Place>> = {
  "podman run --init": { podman: ["--init"], init: /init|catatonit/ },
  "podman run --init --init-path": {
    podman: ["--init", `--init-path=${DIST}/chaperone`],
    entrypoint: "",
    args: ["/bin/sh", "-c", "exec sleep 1000"],
  },
  "sh -c 'chaperone'": {
    entrypoint: "/bin/sh",
    args: ["-c", `${PROGRAM}; exit $?`],
    init: /^\/bin\/sh/,
  },
  "a child of unshare": {
    podman: ["--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined"],
    entrypoint: "/usr/bin/unshare",
    args: ["--mount", "--fork", PROGRAM],
    init: /unshare/,
  },
};

for (const [name, { init, ...place }] of Object.entries(PLACES)) {
  containerTest(`F-019: ${name}`, async () => {
    await using run = await inContainer({ image: "debian", config: CONFIG, ...place });
    await run.waitForLine(/a\[\d+\]: up$/);
    const commandLine = await Deno.readTextFile(`/proc/${await run.initPid()}/cmdline`);
    assertMatch(commandLine, init ?? /init|chaperone/);
    const status = await run.exec([PROGRAM, "telchap", "status"]);
    assertMatch(status.stdout, /a\.service/);
    await run.exec(["/bin/sh", "-c", ": >/tmp/go"]);
    await run.waitForLine(/a\[\d+\]: got TERM$/);
    await run.waitForLine(/exit 7: b\.service exited with code 7$/);
    assertEquals(await run.waitForExit(), 7, run.output.format());
    const told = run.output.texts().filter((line) => BELOW.test(line));
    assertEquals(told.length, init === undefined ? 0 : 1, run.output.format());
  });
}

containerTest("F-019: a pod whose containers share their processes", async () => {
  await using other = await inContainer({
    image: "debian",
    entrypoint: "/bin/sleep",
    args: ["1000"],
  });
  const otherPid = await other.initPid();
  await using run = await inContainer({
    image: "debian",
    config: CONFIG,
    podman: [`--pid=container:${other.name}`],
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.waitForLine(BELOW);
  await run.exec(["/bin/sh", "-c", ": >/tmp/go"]);
  await run.waitForLine(/exit 7: b\.service exited with code 7$/);
  assertEquals(await run.waitForExit(), 7, run.output.format());
  // The others of the pod are nobody's to end.
  assertMatch(await Deno.readTextFile(`/proc/${otherPid}/cmdline`), /sleep/);
});
