import { assert, assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { serviceOf } from "../config/loading.ts";
import { convert, pick } from "./converting.ts";

const LARAVEL = String.raw`
[unix_http_server]
file=/var/run/supervisor.sock
chmod=0700

[supervisord]
nodaemon=true
user=root
logfile=/dev/null
pidfile=/var/run/supervisord.pid

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix:///var/run/supervisor.sock

[program:php-fpm]
command=/usr/local/sbin/php-fpm --nodaemonize
autostart=true
autorestart=true
priority=5
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
stderr_logfile=/dev/stderr
stderr_logfile_maxbytes=0

[program:nginx]
command=/usr/sbin/nginx -g 'daemon off;'   ; in the foreground
stopsignal=QUIT
stopwaitsecs=30

[program:worker]
process_name=%(program_name)s_%(process_num)02d
command=php /var/www/artisan queue:work --queue="%(ENV_QUEUE)s" --name=%(program_name)s
directory=/var/www
user=www-data
numprocs=4
environment=APP_ENV="production",GREETING='a, b',RATE="50%%"
exitcodes=0,12
startsecs=3
startretries=10
umask=022
stdout_logfile=/var/log/worker.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=3
stderr_logfile=NONE

[program:setup]
command=/bin/sh -c "mkdir -p ${"${CACHE:-/tmp}"} && echo $(date)"
autorestart=false
startsecs=0
autostart=false

[group:web]
programs=nginx,php-fpm

[eventlistener:mail]
command=/usr/bin/crashmail -a
events=PROCESS_STATE

[include]
files = /etc/supervisor/conf.d/*.conf
`;

test("importSupervisord converts programs, groups and log files", () => {
  const { sections } = convert("supervisord", { "/etc/supervisord.conf": LARAVEL });
  assertEquals(sections["php-fpm.service"], {
    command: "/usr/local/sbin/php-fpm --nodaemonize",
    startup_pause: 0,
    ignore_failures: true,
    restart: "always",
    restart_delay: 1,
    restart_limit: 3,
    restart_window: 1,
    on_give_up: "ignore",
    stop_timeout: 10,
    service_groups: "web",
  });
  assertEquals(sections["nginx.service"], {
    command: "/usr/sbin/nginx -g 'daemon off;'",
    startup_pause: 0,
    ignore_failures: true,
    restart: true,
    restart_delay: 1,
    restart_limit: 3,
    restart_window: 1,
    on_give_up: "ignore",
    kill_signal: "SIGQUIT",
    stop_timeout: 30,
    service_groups: "web",
  });
  assertEquals(sections["worker-stdout.logging"], {
    selector: "[worker.1].=info;[worker.2].=info;[worker.3].=info;[worker.4].=info",
    file: "/var/log/worker.log",
    rotate_size: "5M",
    rotate_keep: 3,
  });
});

test("importSupervisord keeps what a program is given", () => {
  const { config } = convert("supervisord", { "/etc/supervisord.conf": LARAVEL });
  const worker = serviceOf(config, "worker.1.service");
  assertEquals(worker.argv.slice(0, 3), ["php", "/var/www/artisan", "queue:work"]);
  assertEquals(worker.argv.at(-1), "--name=worker");
  assertEquals([worker.stderr, worker.umask, worker.identity?.userName], [
    "null",
    0o22,
    "www-data",
  ]);
  const { APP_ENV, GREETING, RATE } = worker.environment.launch();
  assertEquals([APP_ENV, GREETING, RATE], ["production", "a, b", "50%"]);
  const setup = config.services.find(({ name }) => name === "setup.service");
  assertEquals([setup?.enabled, setup?.argv[2]], [
    false,
    "mkdir -p ${CACHE:-/tmp} && echo $(date)",
  ]);
  assertEquals(config.services.filter(({ name }) => name.startsWith("worker.")).length, 4);
});

test("importSupervisord lists what has no counterpart", () => {
  const { text } = convert("supervisord", { "/etc/supervisord.conf": LARAVEL });
  for (
    const remark of [
      "# Left out: [unix_http_server], telchap takes its place.",
      "# No counterpart: [eventlistener:mail]",
      "# Not found: [include] files = /etc/supervisor/conf.d/*.conf.",
      "# No counterpart: priority = 5; say what it waits for with after",
    ]
  ) assert(text.includes(remark), remark);
});

test("importSupervisord gives every program the environment and the user of supervisord", () => {
  const text = `
[supervisord]
nodaemon=true
user=www-data
environment=APP_ENV="production",LANG="C"
[program:a]
command=/bin/a
environment=LANG="de"
[program:b]
command=/bin/b
user=root
`;
  const { config } = convert("supervisord", { "/etc/supervisord.conf": text });
  const [a, b] = ["a.service", "b.service"].map((name) => serviceOf(config, name));
  assertEquals([a?.identity?.userName, b?.identity?.userName], ["www-data", "root"]);
  const variables = a?.environment.launch();
  assertEquals([variables?.["APP_ENV"], variables?.["LANG"]], ["production", "de"]);
  assertEquals(b?.environment.launch()["LANG"], "C");
});

test("importSupervisord follows redirect_stderr, and rotates where nothing is said", () => {
  const text = `
[program:a]
command=/bin/a
redirect_stderr=true
stdout_logfile=/var/log/a.log
stderr_logfile=/var/log/never.log
[program:b]
command=/bin/b
redirect_stderr=true
stdout_logfile=NONE
`;
  const { sections, config } = convert("supervisord", { "/etc/supervisord.conf": text });
  assertEquals(sections["a-stdout.logging"], {
    selector: "[a].=info;[a].=warn",
    file: "/var/log/a.log",
    rotate_size: "50M",
    rotate_keep: 10,
  });
  assertEquals(sections["a-stderr.logging"], undefined);
  const b = serviceOf(config, "b.service");
  assertEquals([b.stdout, b.stderr], ["null", "null"]);
});

test("importSupervisord gives what stands in supervisord.conf to the programs of other files", () => {
  const { config } = convert("supervisord", {
    "/etc/supervisor/conf.d/web.conf": "[program:a]\ncommand=/bin/a\n",
    "/etc/supervisor/supervisord.conf": `[supervisord]
user=www-data
environment=APP_ENV="production"
[group:web]
programs=a
`,
  });
  const a = serviceOf(config, "a.service");
  assertEquals([a.identity?.userName, a.groups], ["www-data", ["web"]]);
  assertEquals(a.environment.launch()["APP_ENV"], "production");
});

test("importSupervisord gives each copy the log file with its number", () => {
  const { sections, text } = convert("supervisord", {
    "/etc/supervisord.conf": `[program:w]
command=/bin/w --id %(process_num)02d
numprocs=2
numprocs_start=1
stdout_logfile=/var/log/w-%(process_num)02d.log
stdout_logfile_maxbytes=0
[program:single]
command=/bin/s --id %(process_num)02d --in %(here)s
`,
  });
  assertEquals(sections["w.1-stdout.logging"], {
    selector: "[w.1].=info",
    file: "/var/log/w-01.log",
  });
  assertEquals(sections["w.2-stdout.logging"]?.["file"], "/var/log/w-02.log");
  assertEquals(sections["w.service"]?.["command"], "/bin/w --id $(_CHAP_INSTANCE)");
  assert(!text.includes("supervisord counts from"));
  assertEquals(sections["single.service"]?.["command"], "/bin/s --id 00 --in /etc");
});

test("importSupervisord leaves it to a variable whether a program starts", () => {
  const { sections } = convert("supervisord", {
    "/etc/supervisord.conf": `[program:a]
command=/bin/a
autostart=%(ENV_RUN_A)s
[program:b]
command=/bin/b
autostart=no
`,
  });
  assertEquals(sections["a.service"]?.["enabled"], "$(RUN_A:-false)");
  assertEquals(sections["b.service"]?.["enabled"], false);
});

test("F-079: what supervisord does by default is written out", () => {
  const { config, sections, text } = convert("supervisord", {
    "/etc/supervisord.conf": `[program:ever]
command=/bin/a
autorestart=true
[program:once]
command=/bin/b
autorestart=false
[program:quick]
command=/bin/c
autorestart=true
startsecs=0
`,
  });
  assertEquals(sections["ever.service"], {
    command: "/bin/a",
    startup_pause: 0,
    ignore_failures: true,
    restart: "always",
    restart_delay: 1,
    restart_limit: 3,
    restart_window: 1,
    on_give_up: "ignore",
    stop_timeout: 10,
  });
  assertEquals(sections["once.service"]?.["restart"], undefined);
  assert(text.includes("# No counterpart: supervisord starts it again, up to 3 times"));
  assertEquals(sections["quick.service"]?.["restart_limit"], 0);
  assertEquals(config.settings.detectExit, false);
  assertEquals(config.settings.shutdownTimeoutMs, 10_000);
});

test("F-084: importSupervisord knows the file's place and the program's group", () => {
  const { sections, text } = convert("supervisord", {
    "/srv/app/supervisord.conf": `[group:web]
programs=a
[include]
files = conf.d/*.ini %(here)s/gone/*.conf
`,
    "/srv/app/conf.d/a.ini": "[program:a]\ncommand=%(here)s/bin/a --in %(group_name)s\n" +
      "stdout_logfile=/var/log/%(group_name)s-%(program_name)s.log\n",
    "/srv/app/conf.d/f.ini": "[fcgi-program:f]\ncommand=/bin/f\nsocket=tcp://localhost:9002\n",
  });
  assertEquals(sections["a.service"]?.["command"], "/srv/app/conf.d/bin/a --in web");
  assertEquals(sections["a-stdout.logging"]?.["file"], "/var/log/web-a.log");
  assertEquals(sections["f.service"]?.["enabled"], false);
  assert(text.includes("# No counterpart: the socket of an fcgi-program"));
  assert(text.includes("# Not found: [include] files = /srv/app/gone/*.conf."));
  assert(!text.includes("conf.d/*.ini"));
});

test("supervisord: a signal may be a number, and a stop without time ends at once", () => {
  const { sections } = convert("supervisord", {
    "/s.conf": "[program:a]\ncommand=a\nstopsignal=2\nstopwaitsecs=0\n",
  });
  assertEquals(pick(sections["a.service"], ["kill_signal", "stop_timeout"]), ["2", "1ms"]);
});
