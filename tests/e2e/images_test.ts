/**
 * The configurations of the images that were shipped with 0.3.9, as they are, in a Debian root:
 * nginx is the real one, other daemons are scripts that fork, leave their number in a file and heed
 * signals like the real ones. The images' own scripts are the shortest that serve. Nothing but a
 * section that shows all is added.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type ContainerRun, inContainer } from "./harness/container.ts";
import { containerTest } from "./harness/requirements.ts";
import { linesOf } from "./scenario.ts";

const IMAGES = new URL("../fixtures/images/", import.meta.url);

const SHOW_ALL = `shown.logging: { selector: "*.debug", stderr: true }\n`;

/**
 * Runs in the foreground until its signal. Without job control, a shell would ignore SIGQUIT behind
 * &.
 */
const foreground = (name: string, pidfile: string) =>
  `#!/bin/bash
set -m
trap 'echo ${name} got QUIT; exit 0' QUIT
trap 'echo ${name} got TERM; exit 0' TERM
echo $$ >${pidfile}
echo ${name} up as $(id -un): "$@"
while :; do sleep 0.05; done
`;

/** Starts the same as a session of its own and ends once the number is written. */
const background = (name: string, pidfile: string) =>
  `#!/bin/bash
rm -f ${pidfile}
set -m
setsid /apps/bin/${name} "$@" &
while [ ! -s ${pidfile} ]; do sleep 0.02; done
`;

const NGINX_CONF = `pid /tmp/nginx.pid;
error_log syslog:server=unix:/dev/log,facility=local1,nohostname warn;
events {}
http {
  access_log syslog:server=unix:/dev/log,facility=local1,tag=nginx;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server { listen 127.0.0.1:8080; location / { return 200 "served\\n"; } }
}
`;

/** What the images have besides their configuration. */
const SOFTWARE: Readonly<Record<string, string>> = {
  "/apps/etc/init.sh": "#!/bin/bash\nrm -f /tmp/*.pid\necho init ran as $(id -un)\n",
  "/apps/bin/sample": "#!/bin/bash\necho sample: $*, $CHAP_SERVICE_NAME, $SAMPLE_MESSAGE\n",
  "/usr/lib/jvm/java-8/bin/java": "#!/bin/bash\necho java: $0 $*\n",
  "/usr/sbin/apache2": foreground("apache2", "/tmp/apache2.pid"),
  "/apps/etc/start_mysql.sh": foreground("mysql", "/tmp/mysqld.pid"),
  "/usr/bin/uwsgi": foreground("uwsgi", "/tmp/uwsgi.pid"),
  "/apps/bin/fpm": foreground("fpm", "/tmp/php-fpm.pid"),
  "/usr/sbin/php5-fpm": background("fpm", "/tmp/php-fpm.pid"),
  "/usr/bin/php-fpm": background("fpm", "/tmp/php-fpm.pid"),
  "/apps/etc/nginx.conf": NGINX_CONF,
};

function configurationOf(image: string): Record<string, string> {
  const files: Record<string, string> = { "/apps/chaperone.d/999-test.conf": SHOW_ALL };
  for (const each of ["baseimage", image]) {
    const folder = new URL(`${each}/chaperone.d/`, IMAGES);
    for (const { name } of Deno.readDirSync(folder)) {
      files[`/apps/chaperone.d/${name}`] = Deno.readTextFileSync(new URL(name, folder));
    }
  }
  return files;
}

/**
 * Starts an image as its launch script did: the options in the environment, the user made at start.
 */
async function start(image: string, args: readonly string[] = []): Promise<ContainerRun> {
  return await inContainer({
    image: "debian",
    files: { ...SOFTWARE, ...configurationOf(image) },
    env: { _CHAP_OPTIONS: "--config apps/chaperone.d --default-home / --user runapps" },
    args: ["--create", "runapps", ...args],
  });
}

/** Stops the container and returns all it said, from `from` on. */
async function stop(run: ContainerRun): Promise<readonly string[]> {
  const from = run.output.lines.length;
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.expectExit(0);
  return run.output.texts().slice(from);
}

function assertNoComplaint(run: ContainerRun): void {
  const complaints = run.output.texts("stderr").filter((line) =>
    /fail|cannot|error|abnormal|unknown/i.test(line) &&
    !/ignoring_failures|from unknown pid|error_log|Dependency/i.test(line)
  );
  assertEquals(complaints, []);
}

/**
 * The services of each image that stay: what shows that one is up, and what it says when it is
 * stopped.
 */
const DAEMONS: Readonly<Record<string, readonly { up: RegExp; stopped: RegExp }[]>> = {
  apache: [{
    up: /apache2 up as runapps: -f \/apps\/etc\/apache2\.conf/,
    stopped: /apache2 got TERM/,
  }],
  lamp: [
    { up: /mysql up as runapps: --user=runapps/, stopped: /mysql got TERM/ },
    { up: /apache2 up as runapps/, stopped: /apache2 got TERM/ },
  ],
  lemp: [
    { up: /mysql up as runapps/, stopped: /mysql got TERM/ },
    { up: /fpm up as runapps: --fpm-config/, stopped: /fpm got TERM/ },
    { up: /nginx\.service successfully started/, stopped: /using SIGQUIT to terminate nginx/ },
  ],
  "alpine-nginx-php": [
    { up: /fpm up as runapps: --fpm-config/, stopped: /fpm got TERM/ },
    { up: /nginx\.service successfully started/, stopped: /using SIGQUIT to terminate nginx/ },
  ],
  "nginx-django": [
    { up: /uwsgi up as runapps: --ini \/apps\/etc\/uwsgi\.ini/, stopped: /uwsgi got QUIT/ },
    { up: /nginx\.service successfully started/, stopped: /using SIGQUIT to terminate nginx/ },
  ],
  "alpine-nginx-django": [
    { up: /uwsgi up as runapps/, stopped: /uwsgi got QUIT/ },
    { up: /nginx\.service successfully started/, stopped: /using SIGQUIT to terminate nginx/ },
  ],
};

for (const [image, daemons] of Object.entries(DAEMONS)) {
  containerTest(`321, 322: the image ${image} runs and stops in order`, async () => {
    await using run = await start(image);
    await run.waitForLine(/init ran as runapps$/);
    for (const { up } of daemons) await run.waitForLine(up);
    await run.waitForLine(/sample: --interactive 0, sample\.service, a template for services$/);
    await run.waitForLine(/sample\.service successfully started$/);
    if (image.includes("nginx") || image === "lemp") await expectNginx(run);
    assertNoComplaint(run);
    const said = (await stop(run)).join("\n");
    for (const { stopped } of daemons) assertMatch(said, stopped);
    assertMatch(said, /exit 0: SIGTERM was received$/);
  });
}

/** Asks the real nginx for a page, and finds the record that it sent to /dev/log. */
async function expectNginx(run: ContainerRun): Promise<void> {
  const page = await run.exec(["busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/x"]);
  assertEquals(page.stdout, "served\n");
  await run.waitForLine(/nginx: 127\.0\.0\.1 .*"GET \/x HTTP/);
  const log = await run.exec(["sh", "-c", "cat /apps/var/log/syslog-*.log"]);
  assertMatch(log.stdout, /nginx: 127\.0\.0\.1 .*"GET \/x HTTP/);
}

containerTest(
  "320: the base image runs its sample before the command, and logs below VAR_DIR",
  async () => {
    await using run = await start("baseimage", [
      "--exitkills",
      "/bin/bash",
      "-c",
      "telchap status; echo the command; exit 3",
    ]);
    await run.expectExit(3);
    const shown = run.output.texts("stdout").filter((line) => /^sample:|^the command$/.test(line));
    assertEquals(shown, [
      "sample: --interactive 0, sample.service, a template for services",
      "the command",
    ]);
  },
);

containerTest("the image alpinejava finds its Java with a backtick", async () => {
  await using run = await start("alpinejava");
  await run.waitForLine(/^java: \/usr\/lib\/jvm\/java-8\/bin\/java -version$/);
  await run.expectExit(0);
  assertNoComplaint(run);
});

containerTest("323: --disable-services starts no daemon, and neither does --task", async () => {
  await using shell = await start("lemp", [
    "--disable",
    "--exitkills",
    "/bin/bash",
    "-c",
    "echo alone",
  ]);
  await shell.expectExit(0);
  assertEquals(shell.output.texts("stdout").includes("alone"), true);
  assertEquals(linesOf("fpm", shell.output.texts()), []);
  await using task = await start("lemp", ["--task", "printf", "clean\\n"]);
  await task.expectExit(0);
  assertEquals(task.output.texts("stdout"), ["clean"]);
});

containerTest("238: without --user, the services of the lamp image run as www-data", async () => {
  await using run = await inContainer({
    image: "debian",
    files: { ...SOFTWARE, ...configurationOf("lamp") },
    args: ["--config", "/apps/chaperone.d"],
  });
  await run.waitForLine(/apache2 up as www-data: /);
  await run.waitForLine(/mysql up as root: --user=mysql/);
  await stop(run);
});

containerTest(
  "redis serves as a service, comes back after a crash, and saves when it is stopped",
  async () => {
    await using run = await inContainer({
      image: "debian",
      config: `shown.logging: { selector: "*.debug", stderr: true }
redis.service: {
  command: "redis-server --dir /tmp --daemonize no --appendonly no",
  uid: redis,
  ready: { tcp: "127.0.0.1:6379" },
  restart: true,
  restart_delay: 0.1,
}
client.service: {
  type: oneshot,
  command: "redis-cli set greeting hello",
  after: redis.service,
}
`,
    });
    await run.waitForLine(/client\[\d+\]: OK$/);
    const processes = await run.processes();
    const from = run.output.lines.length;
    Deno.kill(processes.find(({ name }) => name === "redis-server")?.outerPid ?? 0, "SIGKILL");
    await run.waitForLine(/redis\.service restart succeeded$/, { from });
    await run.exec(["redis-cli", "set", "greeting", "hello again"]);
    const status = await Deno.readTextFile(`/proc/${await pidOfRedis(run)}/status`);
    assertMatch(status, /^Uid:\s+(\d+)\s+\1\s+\1\s+\1$/m);
    const said = (await stop(run)).join("\n");
    assertStringIncludes(said, "User requested shutdown");
    assertStringIncludes(said, "Redis is now ready to exit");
  },
);

async function pidOfRedis(run: ContainerRun): Promise<number> {
  const all = await run.waitForProcesses((each) =>
    each.some(({ name }) => name === "redis-server")
  );
  return all.find(({ name }) => name === "redis-server")?.outerPid ?? 0;
}
