/** How files of other programs are written in practice, and what easily goes wrong with it. */
import { assert, assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { serviceOf } from "../config/loading.ts";
import { convert, tree } from "./converting.ts";

const supervisord = (program: string) =>
  convert("supervisord", { "/etc/supervisord.conf": `[program:app]\ncommand=app\n${program}\n` });

test("F-079: startretries = 0 does not become 'without limit'", () => {
  const { sections, text } = supervisord("startretries=0\nautorestart=true");
  assertEquals(sections["app.service"]?.["restart_limit"], 1);
  assert(text.includes("# No counterpart: startretries = 0"));
});

test("F-079: without exit codes that are expected, every end leads to a restart", () => {
  const app = supervisord("exitcodes=").sections["app.service"] ?? {};
  assertEquals([app["restart"], app["success_codes"]], ["always", undefined]);
});

test("F-084: %(numprocs)d is the number of copies", () => {
  const { sections } = supervisord("numprocs=3\nenvironment=OF=%(numprocs)d\n");
  assertEquals(sections["app.service"]?.["env_set"], { OF: "3" });
});

test("F-084: the interface that supervisorctl talks to is telchap's part", () => {
  const { text } = convert("supervisord", {
    "/etc/supervisord.conf": "[rpcinterface:supervisor]\nx = y\n[program:app]\ncommand=app\n",
  });
  assert(text.includes("# Left out: [rpcinterface:supervisor], telchap takes its place."), text);
});

const UNIT = String.raw`[Unit]
After=db.service
[Service]
User=app
Group=redis
WorkingDirectory=/srv/app
Environment=STAGE=test
RuntimeDirectory=app
TimeoutStartSec=150
ExecStartPre=/usr/bin/check
ExecStartPre=+/usr/bin/setcap x /usr/bin/app
ExecStart=/usr/bin/app --host %H
`;

test("F-078: a command before the start runs as the service does, after its directories", () => {
  const { sections, config, text } = convert("systemd", {
    "app.service": UNIT,
    "db.service": "[Service]\nExecStart=/usr/bin/db\n",
  });
  assertEquals(sections["app-pre.service"], {
    type: "oneshot",
    command: "/usr/bin/check",
    process_timeout: 150,
    directory: "/srv/app",
    env_set: { STAGE: "test" },
    uid: "app",
    gid: "redis",
    after: "db.service, app-directories.service",
    before: "app.service",
  });
  const privileged = sections["app-pre2.service"] ?? {};
  assertEquals([privileged["uid"], privileged["after"]], [
    undefined,
    "db.service, app-pre.service",
  ]);
  assertEquals(serviceOf(config, "app.service").argv[2], "%H");
  assert(text.includes("# Not understood: %H"));
});

test("F-078: what follows each other in one unit keeps its quotes and dollars", () => {
  const unit = [
    "[Service]",
    "Type=oneshot",
    'ExecStart=-/usr/bin/rm "/tmp/a b"',
    "ExecStart=/bin/sh -c 'for i in 1 2; do echo $$i \"%%F\" `id`; done'",
    "ExecStart=/usr/bin/app $OPTIONS ${PORT}",
  ].join("\n");
  const { config } = convert("systemd", { "app.service": unit });
  assertEquals(
    serviceOf(config, "app.service").argv[2],
    "set -e; /usr/bin/rm '/tmp/a b' || true; " +
      '/bin/sh -c "for i in 1 2; do echo \\$i \\"%F\\" \\`id\\`; done"; ' +
      '/usr/bin/app $OPTIONS "$PORT"',
  );
});

test("F-080: who is waited for has the time that Compose gives its health check", () => {
  const { sections } = convert("compose", {
    "compose.yaml": `services:
  db:
    command: >
      db --port 1
    healthcheck: {test: db ping, interval: 10s, timeout: 5s, retries: 5, start_period: 30s}
  web:
    command: web
    depends_on: {db: {condition: service_healthy}}
`,
  });
  assertEquals(sections["db.service"]?.["process_timeout"], 105);
  assertEquals(sections["db.service"]?.["command"], "db --port 1");
});

test("jobs are called after what they run, and not after what guards them", () => {
  const { sections, text } = convert("crontab", {
    "/etc/crontab": "25 6 * * * root test -x /usr/sbin/anacron || ( cd / && run-parts /etc/x )\n" +
      "0 3 * * * root flock -n -w 5 /tmp/lock nice -n 19 /opt/backup.sh\n" +
      "0 4 * * * root [ -x /usr/bin/php ] && php /srv/cron.php\n",
  });
  assertEquals(Object.keys(sections), ["run-parts.service", "backup.service", "php.service"]);
  assert(!text.includes("in the place of a cron daemon"), text);
});

test("a web process has its port, whether or not its command names it", () => {
  const { sections } = convert("procfile", { Procfile: "web: rails server\njobs: rails jobs\n" });
  assertEquals(sections["web.service"]?.["env_set"], { PORT: "$(PORT:-5000)" });
  assertEquals(sections["jobs.service"]?.["env_set"], undefined);
});

test("F-083: a oneshot that is written for execlineb is run by it", () => {
  const files = tree({
    "set/type": "oneshot\n",
    "set/up": "if { mkdir -p /data }\nchmod 700 /data\n",
  });
  const { config } = convert("s6", { "/etc/s6-overlay/s6-rc.d": files });
  const text = "if { mkdir -p /data }\nchmod 700 /data";
  assertEquals(serviceOf(config, "set.service").argv, ["execlineb", "-Pc", text]);
});

test("the limits of chpst are those of the service, all of them", () => {
  const run = "#!/bin/sh\nexec 2>&1\nexec chpst -v -P -u app -o 64 -p 9 -m 1000000 app\n";
  const { sections } = convert("runit", { "/etc/service": tree({ "app/run": run }) });
  assertEquals(sections["app.service"]?.["limits"], {
    nofile: "64:",
    nproc: "9:",
    data: "1000000:",
    stack: "1000000:",
    memlock: "1000000:",
    as: "1000000:",
  });
});

test("F-080: a doubled dollar sign is one for the shell, quotes or not", () => {
  const shell = (script: string) => {
    const { config } = convert("compose", {
      "compose.yaml": JSON.stringify({ services: { a: { command: ["sh", "-c", script] } } }),
    });
    return serviceOf(config, "a.service").argv[2];
  };
  assertEquals(shell("echo $${X} $$(date) $$Y"), "echo ${X} $(date) $Y");
  assertEquals(shell("echo 'a' $${X} $$(date) \\n"), "echo 'a' ${X} $(date) \\n");
  assertEquals(shell("echo 'a' \"b\" ${P:-80}"), "echo 'a' \"b\" 80");
  const probe = (test: unknown) => {
    const service = { command: "a", healthcheck: { test } };
    const { config } = convert("compose", {
      "compose.yaml": JSON.stringify({ services: { a: service } }),
    });
    const found = serviceOf(config, "a.service").health?.probe;
    return found?.kind === "exec" ? found.argv.at(-1) : undefined;
  };
  assertEquals(probe(["CMD-SHELL", "it 'is' $${X} ${P:-80}"]), "it 'is' ${X} 80");
  assertEquals(probe("it is $${X} ${P:-80}"), "it is ${X} 80");
});

test("F-078: dollar signs of a unit stay, with quotes beside them", () => {
  const unit = `[Service]\nExecStart=/bin/sh -c "echo 'a' $\${X} $$(date)"\n`;
  const { config } = convert("systemd", { "a.service": unit });
  assertEquals(serviceOf(config, "a.service").argv, ["/bin/sh", "-c", "echo 'a' ${X} $(date)"]);
});
