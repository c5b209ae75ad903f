import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { calendarTimes } from "../../../lib/import/systemd_calendar.ts";
import { formatUnitCommand, parseTimeSpan } from "../../../lib/import/systemd_command.ts";
import { test } from "../../test.ts";
import { serviceOf } from "../config/loading.ts";
import { convert, pick } from "./converting.ts";

const REDIS = `
[Unit]
Description=Advanced key-value store
After=network.target
Documentation=http://redis.io/documentation, man:redis-server(1)

[Service]
Type=notify
ExecStart=/usr/bin/redis-server /etc/redis/redis.conf --supervised systemd --daemonize no
PIDFile=/run/redis/redis-server.pid
TimeoutStopSec=1min 30s
Restart=always
User=redis
Group=redis
RuntimeDirectory=redis
RuntimeDirectoryMode=2755
UMask=007
PrivateTmp=true
LimitNOFILE=65535
ProtectHome=true
OOMScoreAdjust=-900

[Install]
WantedBy=multi-user.target
Alias=redis.service
`;

const NGINX = `
[Unit]
Description=A high performance web server and a reverse proxy server
After=network-online.target redis-server.service postgresql.service

[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStartPre=/usr/sbin/nginx -t -q -g 'daemon on; master_process on;'
ExecStart=/usr/sbin/nginx -g 'daemon on; master_process on;'
ExecReload=/bin/kill -s HUP $MAINPID
ExecStop=-/sbin/start-stop-daemon --quiet --stop --retry QUIT/5 --pidfile /run/nginx.pid
TimeoutStopSec=5
KillMode=mixed
`;

const APP = `
[Unit]
Description=An app
After=redis-server.service
StartLimitIntervalSec=2min
StartLimitBurst=4

[Service]
Environment="GREETING=hello world" MODE=prod
EnvironmentFile=/etc/app.env
EnvironmentFile=-/etc/app.local.env
WorkingDirectory=/srv/app
User=app
ExecStart=/usr/bin/app --port \${PORT} $OPTIONS \\
    --name %N
Restart=on-failure
RestartSec=500ms
RestartPreventExitStatus=23 SIGABRT
SuccessExitStatus=143
WatchdogSec=30
KillSignal=SIGINT
StandardOutput=null
`;

test("importSystemd converts a notifying service", () => {
  const { sections, text } = convert("systemd", { "redis-server.service": REDIS });
  assertEquals(sections["redis-server.service"], {
    type: "notify",
    pidfile: "/run/redis/redis-server.pid",
    command: "/usr/bin/redis-server /etc/redis/redis.conf --supervised systemd --daemonize no",
    restart: "always",
    restart_delay: 0.1,
    restart_limit: 4,
    restart_window: 1.9,
    process_timeout: 90,
    stop_timeout: 90,
    uid: "redis",
    gid: "redis",
    umask: "07",
    oom_score_adj: -900,
    limits: { nofile: "65535" },
  });
  assertEquals(sections["redis-server-directories.service"], {
    type: "oneshot",
    command: "install -d -m 2755 -o redis -g redis /run/redis",
    before: "redis-server.service",
  });
  for (
    const remark of ["# Advanced key-value store", "up to the container: PrivateTmp, ProtectHome"]
  ) {
    assert(text.includes(remark), remark);
  }
});

test("importSystemd orders what is converted and turns kill into signals", () => {
  const { sections, text } = convert("systemd", {
    "/lib/systemd/system/nginx.service": NGINX,
    "redis-server.service": REDIS,
  });
  const nginx = sections["nginx.service"] ?? {};
  assertEquals(nginx["after"], "redis-server.service");
  assertEquals([nginx["reload_signal"], nginx["stop_timeout"]], ["SIGHUP", 5]);
  assertEquals(sections["nginx-pre.service"]?.["before"], "nginx.service");
  assert(text.includes("# Not converted here: After=postgresql.service"));
});

test("importSystemd lets a shell replace variables", () => {
  const { config, text } = convert("systemd", { "app.service": APP });
  const app = serviceOf(config, "app.service");
  assertEquals(app.argv, [
    "/bin/sh",
    "-c",
    'exec /usr/bin/app --port "$PORT" $OPTIONS --name app',
  ]);
  assertEquals(app.environment.launch()["GREETING"], "hello world");
  assertEquals([app.envFiles, app.stdout, app.killSignal], [["/etc/app.env"], "null", 2]);
  const { limit, windowMs, delayMs, noRetry } = app.restart;
  assertEquals([limit, windowMs, delayMs, noRetry.length], [3, 29_500, 500, 2]);
  assertEquals([app.success.length, app.watchdogMs], [2, 30_000]);
  assert(text.includes("EnvironmentFile=-/etc/app.local.env"));
});

test("importSystemd makes a timer's service a cron service", () => {
  const { config } = convert("systemd", {
    "backup.service": "[Service]\nType=oneshot\nExecStart=/usr/bin/backup --all\nNice=10\n",
    "backup.timer":
      "[Timer]\nOnCalendar=*-*-* 04:30:00\nRandomizedDelaySec=15min\nPersistent=true\n",
  });
  const backup = config.services[0];
  assertEquals([backup?.type, backup?.cron?.interval], ["cron", "30 4 * * *"]);
  assertEquals([backup?.cron?.jitterMs, backup?.cron?.catchUp], [900_000, "once"]);
});

test("importSystemd knows timers that elapse once", () => {
  const times = (timer: string) =>
    convert("systemd", {
      "job.service": "[Service]\nType=oneshot\nExecStart=/usr/bin/job\n",
      "job.timer": `[Timer]\n${timer}\n`,
    }).config.services[0]?.cron;
  const once = times("OnCalendar=2026-12-24 18:00:00 Europe/Vienna");
  assertEquals([once?.onceAt, once?.timezone], ["2026-12-24T18:00:00", "Europe/Vienna"]);
  assertEquals(times("OnActiveSec=5min")?.interval, "@in 300s");
  assertEquals(times("OnBootSec=90")?.interval, "@in 90s");
  assertEquals(times("OnBootSec=90\nOnUnitActiveSec=1h")?.interval, "@every 3600s");
});

test("importSystemd hands the sockets of a socket unit over", () => {
  const { sections } = convert("systemd", {
    "app.service": "[Service]\nExecStart=/usr/bin/app\n",
    "app.socket": "[Socket]\nListenStream=/run/app.sock\nListenStream=8080\n",
    "echo@.service": "[Service]\nExecStart=-/bin/cat\n",
    "echo.socket": "[Socket]\nListenStream=127.0.0.1:7\nAccept=yes\n",
  });
  assertEquals(sections["app.service"]?.["listen"], ["unix:/run/app.sock", "8080"]);
  // The address counts: what listens on this host alone is not for others.
  assertEquals(pick(sections["echo@.service"], ["type", "listen"]), ["inetd", ["127.0.0.1:7"]]);
});

test("importSystemd takes datagrams and names of sockets over, and leaves out what cannot be", () => {
  const convertSocket = (lines: string, service = "app.service") =>
    convert("systemd", {
      [service]: "[Service]\nExecStart=/usr/bin/app\n",
      "app.socket": `[Socket]\n${lines}\n`,
    });
  const { sections, text } = convertSocket(
    "ListenStream=@abstract\nListenStream=%t/app.sock\nListenDatagram=514\n" +
      "ListenDatagram=/run/log\nFileDescriptorName=in",
  );
  assertEquals(sections["app.service"]?.["listen"], [
    "in=unix:/run/app.sock",
    "in=udp://514",
    "in=unix-dgram:/run/log",
  ]);
  assertEquals(sections["app.service"]?.["on_demand"], true);
  assertStringIncludes(text, "# No counterpart: ListenStream=@abstract of app.socket");
  assertStringIncludes(
    convertSocket("ListenNetlink=route").text,
    "# Left out: app.socket, for app.service.",
  );
  const accepting = "ListenStream=/run/a\nListenDatagram=53\nAccept=yes\nMaxConnections=";
  const inetd = convertSocket(`${accepting}3`, "app@.service");
  assertEquals(pick(inetd.sections["app@.service"], ["type", "listen", "max_instances"]), [
    "inetd",
    ["unix:/run/a"],
    3,
  ]);
  assertStringIncludes(inetd.text, "# No counterpart: ListenDatagram=53 of app.socket");
  const unlimited = convertSocket(`${accepting}0`, "app@.service").sections["app@.service"];
  assertEquals(unlimited?.["max_instances"], undefined);
});

test("importSystemd takes the last of several reloads and stops, and names the others", () => {
  const { sections, text } = convert("systemd", {
    "sshd.service": "[Service]\nExecStart=/usr/sbin/sshd -D\nExecReload=/usr/sbin/sshd -t\n" +
      "ExecReload=/bin/kill -HUP $MAINPID\nExecStop=/bin/a\nExecStop=/bin/b -q\n",
  });
  const names = ["reload_signal", "reload_command", "stop_command"];
  assertEquals(pick(sections["sshd.service"], names), ["SIGHUP", undefined, "/bin/b -q"]);
  assertStringIncludes(text, "# No counterpart: ExecReload=/usr/sbin/sshd -t, since another one");
  assertStringIncludes(text, "# No counterpart: ExecStop=/bin/a, since another one follows");
});

test("importSystemd keeps the first of two timers of a service, and says so", () => {
  const { config, text } = convert("systemd", {
    "job.service": "[Service]\nType=oneshot\nExecStart=/usr/bin/job\n",
    "job.timer": "[Timer]\nOnCalendar=daily\n",
    "often.timer": "[Timer]\nOnCalendar=hourly\nUnit=job.service\n",
  });
  assertEquals(config.services.map(({ cron }) => cron?.interval), ["@daily"]);
  assertStringIncludes(text, "# A second service is needed: often.timer");
});

test("importSystemd hands over the sockets of all units that name a service", () => {
  const { sections } = convert("systemd", {
    "app.service": "[Service]\nExecStart=/usr/bin/app\n",
    "app.socket": "[Socket]\nListenStream=80\nFileDescriptorName=http\n",
    "app-admin.socket": "[Socket]\nListenStream=/run/admin\nService=app.service\n",
  });
  assertEquals(sections["app.service"]?.["listen"], ["http=80", "unix:/run/admin"]);
});

test("importSystemd says which times of a timer it leaves out", () => {
  const convertTimer = (timer: string) =>
    convert("systemd", {
      "job.service": "[Service]\nType=oneshot\nExecStart=/usr/bin/job\n",
      "job.timer": `[Timer]\n${timer}\n`,
    });
  const both = convertTimer("OnCalendar=daily\nOnUnitActiveSec=1h\nOnBootSec=5min");
  assertEquals(both.config.services[0]?.cron?.interval, "@daily");
  assertStringIncludes(both.text, "# No counterpart: OnUnitActiveSec=1h of job.timer");
  assertStringIncludes(both.text, "# No counterpart: OnBootSec=5min of job.timer");
  const other = convertTimer("OnCalendar=Mon *-05~03\nOnUnitInactiveSec=2h");
  assertEquals(other.config.services[0]?.cron?.interval, "@every 7200s");
  assertStringIncludes(other.text, "# Not understood: OnCalendar=Mon *-05~03\n");
  const none = convertTimer("OnCalendar=Mon *-05~03\nOnBootSec=90");
  assertEquals(none.config.services[0]?.enabled, false);
  assertStringIncludes(none.text, "Not understood: OnCalendar=Mon *-05~03; set the interval");
});

test("F-081: calendarTimes turns what cron can say, and nothing else", () => {
  const cases: [event: string, interval: string | undefined][] = [
    ["daily", "@daily"],
    ["weekly", "0 0 * * 1"],
    ["*-*-* 04:30:00", "30 4 * * *"],
    ["04:30", "30 4 * * *"],
    ["Mon..Fri 22:00", "0 22 * * mon-fri"],
    ["Mon,Thu *-*-* 00:00:00", "0 0 * * mon,thu"],
    ["*-*-1,15 06:00", "0 6 1,15 * *"],
    ["*:0/15", "0/15 * * * *"],
    ["*-*-* *:00/10:30", "0/10 * * * * 30"],
    ["Sat", "0 0 * * sat"],
    ["Sat..Sun *-*-* 08:00", "0 8 * * sat,sun"],
    ["Fri..Sun 08:00", "0 8 * * fri,sat,sun"],
    ["Mon..Sun 08:00", "0 8 * * mon,tue,wed,thu,fri,sat,sun"],
    ["Mon..Tue,Sat..Sun 08:00", "0 8 * * mon-tue,sat,sun"],
    ["Sun *-*-1..7 03:00", undefined],
    ["2030-01-01 00:00", undefined],
    ["*-*~1 00:00", undefined],
    ["nonsense", undefined],
    ["", undefined],
  ];
  for (const [event, interval] of cases) {
    assertEquals(calendarTimes(event)?.interval, interval, event);
  }
  assertEquals(calendarTimes("*-*-* 02:00 Europe/Vienna"), {
    interval: "0 2 * * *",
    timezone: "Europe/Vienna",
  });
});

test("parseTimeSpan reads the units of systemd.time(7)", () => {
  const cases: [text: string, seconds: number | undefined][] = [
    ["90", 90],
    ["1min 30s", 90],
    ["500ms", 0.5],
    ["2h", 7200],
    ["infinity", undefined],
    ["", undefined],
    ["5 parsecs", undefined],
  ];
  for (const [text, seconds] of cases) assertEquals(parseTimeSpan(text), seconds, text);
});

test("formatUnitCommand leaves quotes and dollars what they are", () => {
  const cases: [text: string, command: string][] = [
    ["/bin/a 'b c' \"d e\"", "/bin/a 'b c' \"d e\""],
    ["/bin/a costs$$5", "/bin/a costs$5"],
    ["/bin/a -f ${FILE}.bak", "/bin/sh -c 'exec /bin/a -f \"$FILE.bak\"'"],
    ["/bin/a ${X}Y", "/bin/sh -c 'exec /bin/a \"\\${X}Y\"'"],
  ];
  for (const [text, command] of cases) {
    assertEquals(formatUnitCommand({ text, mayFail: false }), command);
  }
  assertEquals(formatUnitCommand({ text: "/bin/a", mayFail: true }), "/bin/sh -c '/bin/a || true'");
});

test("importSystemd makes directories with the mode of their kind", () => {
  const unit = "[Service]\nExecStart=/bin/a\nRuntimeDirectory=a a/b\nRuntimeDirectoryMode=750\n" +
    "StateDirectory=a\n";
  const { sections } = convert("systemd", { "a.service": unit });
  assertEquals(
    sections["a-directories.service"]?.["command"],
    "/bin/sh -c 'install -d -m 0750 /run/a /run/a/b && install -d -m 0755 /var/lib/a'",
  );
});

test("F-078: a oneshot of systemd may take as long as it likes", () => {
  const of = (more: string) =>
    convert("systemd", { "a.service": `[Service]\nExecStart=/bin/a\n${more}` })
      .sections["a.service"]?.["process_timeout"];
  assertEquals(of("Type=oneshot"), 0);
  assertEquals(of("Type=oneshot\nTimeoutStartSec=5min"), 300);
  assertEquals(of("Type=notify"), 90);
  assertEquals(of("Type=notify\nTimeoutStartSec=infinity"), 0);
  assertEquals(of("Type=simple"), undefined);
});

test("importSystemd says when systemd would give up", () => {
  const of = (service: string, unit = "") => {
    const text = `[Unit]\n${unit}\n[Service]\nExecStart=/bin/a\nRestart=always\n${service}`;
    const { restart_limit: limit, restart_window: window, restart_delay: delay } =
      convert("systemd", { "a.service": text }).sections["a.service"] ?? {};
    return [limit, window, delay];
  };
  assertEquals(of(""), [4, 1.9, 0.1]);
  assertEquals(of("RestartSec=5"), [0, undefined, 5]);
  assertEquals(of("", "StartLimitIntervalSec=0"), [0, undefined, 0.1]);
  assertEquals(of("RestartSec=1", "StartLimitIntervalSec=60\nStartLimitBurst=3"), [2, 19, 1]);
});

test("importSystemd keeps what runs after a start and after a stop", () => {
  const unit = "[Service]\nExecStart=/bin/app\nExecStartPost=/bin/announce $MAINPID\n" +
    "ExecStopPost=-/bin/rm -f /run/app.lock\nExecStopPost=/bin/report\nTimeoutStopSec=20\n";
  const { sections } = convert("systemd", { "app.service": unit });
  const app = sections["app.service"] ?? {};
  assertEquals(String(app["on_ready"]).includes("/bin/announce"), true);
  assertEquals(String(app["on_stop"]).includes("/bin/rm -f /run/app.lock"), true);
  assertEquals(String(app["on_stop"]).includes("/bin/report"), true);
  assertEquals(app["hook_timeout"], 20);
});

test("importSystemd keeps the kind of a dependency", () => {
  const unit = "[Unit]\nAfter=a.service b.service c.service\nRequires=a.service gone.service\n" +
    "Wants=b.service d.service\nPartOf=c.service\n[Service]\nExecStart=/bin/app\n";
  const other = "[Service]\nExecStart=/bin/other\n";
  const { sections } = convert("systemd", {
    "app.service": unit,
    ...{ "a.service": other, "b.service": other, "c.service": other, "d.service": other },
  });
  const { after, requires, wants, follows } = sections["app.service"] ?? {};
  assertEquals([after, requires, wants, follows], [
    undefined,
    "a.service",
    "b.service",
    "c.service",
  ]);
});
