/** The container part of the harness, tried with a shell as the program. */
import { assertEquals, assertMatch } from "@std/assert";
import { inContainer } from "./harness/container.ts";
import { containerTest } from "./harness/requirements.ts";

containerTest(
  "a scratch container holds chaperone, its libraries and the asked applets",
  async () => {
    await using run = await inContainer({
      image: "scratch",
      applets: ["sh", "find"],
      entrypoint: "/bin/sh",
      args: ["-c", "find / -xdev -maxdepth 1; chaperone --version; exit 5"],
    });
    await run.waitForLine(/^\/chaperone$/);
    await run.waitForLine(/^This is 'chaperone' version /);
    await run.expectExit(5);
  },
);

containerTest(
  "a debian container has nginx, redis, an account app and the files given",
  async () => {
    await using run = await inContainer({
      image: "debian",
      files: { "/greet": "#!/bin/sh\necho hello from $(id -un) $GREETING\n" },
      env: { GREETING: "ahoy" },
      entrypoint: "/bin/sh",
      args: [
        "-c",
        "nginx -v; redis-server --version; id app; /greet; trap 'exit 6' TERM; sleep 60 & wait",
      ],
    });
    await run.waitForLine(/nginx version/, { stream: "stderr" });
    await run.waitForLine(/Redis server/);
    await run.waitForLine(/uid=1000\(app\) gid=1000\(app\) groups=1000\(app\),29\(audio\)/);
    await run.waitForLine(/^hello from root ahoy$/);
    const processes = await run.waitForProcesses((all) => all.length === 2);
    assertEquals(processes.map((each) => each.name), ["sh", "sleep"]);
    assertMatch((await run.exec(["ps", "-e"])).stdout, /sleep/);
    assertMatch(await Deno.readTextFile(run.outerPath("/etc/passwd")), /redis/);
    await run.signal("SIGTERM");
    await run.expectExit(6);
  },
);

containerTest("a terminal in a container is a terminal", async () => {
  await using run = await inContainer({
    image: "debian",
    input: "terminal",
    entrypoint: "/bin/sh",
    args: ["-c", "tty; read -r name; echo hello $name"],
  });
  await run.waitForLine(/^\/dev\/pts\/0$|^\/dev\/console$/);
  await run.type("world\n");
  await run.waitForLine(/hello world/);
  await run.expectExit(0);
});

containerTest("nginx and redis of the debian container run", async () => {
  await using run = await inContainer({
    image: "debian",
    entrypoint: "/bin/sh",
    args: ["-c", "redis-server & exec nginx -g 'daemon off;'"],
  });
  await run.waitForLine(/Ready to accept connections/);
  await run.waitForProcesses((all) => all.filter((each) => each.name === "nginx").length > 1);
  assertMatch((await run.exec(["redis-cli", "ping"])).stdout, /PONG/);
  const page = await run.exec(["busybox", "wget", "-q", "-O", "-", "http://127.0.0.1/"]);
  assertMatch(page.stdout, /nginx/);
});
