import { assert, assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { convertSources } from "../../../lib/import/convert.ts";
import { convert, tree } from "./converting.ts";

const OVERLAY = tree({
  "init-adduser/type": "oneshot\n",
  "init-adduser/up": "/etc/s6-overlay/s6-rc.d/init-adduser/run\n",
  "init-adduser/run": "#!/usr/bin/with-contenv bash\nusermod -o -u ${PUID} app\n",
  "init-adduser/dependencies.d/base": "",
  "svc-redis/type": "longrun\n",
  "svc-redis/run": "#!/command/execlineb -P\nwith-contenv\ns6-setuidgid redis\nfdmove -c 2 1\n" +
    "redis-server --port 6379\n",
  "svc-redis/notification-fd": "3\n",
  "svc-redis/down-signal": "INT\n",
  "svc-redis/timeout-kill": "2500\n",
  "svc-redis/dependencies.d/init-adduser": "",
  "svc-web/type": "longrun\n",
  "svc-web/run": "#!/command/with-contenv bash\n# shellcheck shell=bash\n\n" +
    'if [[ -n "$DEBUG" ]]; then set -x; fi\nexec s6-setuidgid app /app/web --port "$PORT"\n',
  "svc-web/finish": "#!/bin/sh\nexit 0\n",
  "svc-web/dependencies.d/svc-redis": "",
  "svc-web/dependencies.d/caches": "",
  "svc-web/producer-for": "svc-web-log\n",
  "svc-web-log/type": "longrun\n",
  "svc-web-log/consumer-for": "svc-web\n",
  "svc-web-log/run": "#!/bin/sh\nexec logutil-service /var/log/web\n",
  "caches/type": "bundle\n",
  "caches/contents.d/svc-redis": "",
  "svc-spare/type": "longrun\n",
  "svc-spare/run": "#!/bin/sh\nexec 2>&1\nexec /app/spare --verbose \\\n  --all\n",
  "user/type": "bundle\n",
  "user/contents.d/svc-web": "",
});

test("importS6 converts the sources of s6-rc", () => {
  const { sections, text } = convert("s6", { "/etc/s6-overlay/s6-rc.d/": OVERLAY });
  const always = { restart: "always", "restart_limit": 0, "restart_delay": 1 };
  assertEquals(Object.keys(sections), [
    "init-adduser.service",
    "svc-redis.service",
    "svc-spare.service",
    "svc-web.service",
    "svc-web-file.logging",
  ]);
  assertEquals(sections["svc-web-file.logging"], {
    selector: "[svc-web].*",
    file: "/var/log/web/current",
    rotate_size: 1_000_000,
    rotate_keep: 20,
  });
  assertEquals(sections["init-adduser.service"], {
    type: "oneshot",
    process_timeout: 0,
    command: "/bin/bash /etc/s6-overlay/s6-rc.d/init-adduser/run",
  });
  assertEquals(sections["svc-redis.service"], {
    uid: "redis",
    command: "redis-server --port 6379",
    ...always,
    ready: { fd: "3" },
    process_timeout: 0,
    kill_signal: "SIGINT",
    requires: "init-adduser.service",
    stop_timeout: "2500ms",
    service_groups: "caches",
  });
  assertEquals(sections["svc-web.service"], {
    command: "/bin/bash /etc/s6-overlay/s6-rc.d/svc-web/run",
    ...always,
    on_stop: '/bin/sh -c \'if [ -n "$_CHAP_HOOK_SIGNAL" ]; then set -- 256 ' +
      '\\$((_CHAP_HOOK_CODE - 128)); else set -- "$_CHAP_HOOK_CODE" 0; fi; exec /bin/sh ' +
      '/etc/s6-overlay/s6-rc.d/svc-web/finish "$@" svc-web "$_CHAP_HOOK_PID"\'',
    hook_timeout: "5000ms",
    requires: "caches, svc-redis.service",
  });
  assertEquals(sections["svc-spare.service"], {
    command: "/app/spare --verbose --all",
    ...always,
    enabled: false,
  });
  for (
    const remark of [
      "# In place of the logger svc-web-log.",
      "# finish keeps a service down by 125 there",
      "# No bundle that is started contains it.",
    ]
  ) assert(text.includes(remark), remark);
});

test("importS6 converts services.d and scripts of cont-init.d", () => {
  const { sections } = convert("s6", {
    "/etc/cont-init.d": tree({ "10-first": "#!/bin/sh\ntrue\n", "20-second": "#!/bin/sh\ntrue\n" }),
    "/etc/services.d": tree({
      "web/run": "#!/usr/bin/execlineb -P\nforeground { echo hi }\n/app/web\n",
      "web/finish": "#!/bin/sh\nexec /run/s6/basedir/bin/halt\n",
    }),
  });
  assertEquals(sections["service-20-second.service"] ?? sections["20-second.service"], {
    type: "oneshot",
    command: "/etc/cont-init.d/20-second",
    service_groups: "INIT",
    after: "10-first.service",
  });
  assertEquals(sections["web.service"], {
    command: "/etc/services.d/web/run",
    exit_kills: true,
  });
});

test("scripts that call programs of s6 or runit say so", () => {
  const remarkOf = (script: string) => {
    const files = { "/etc/service": tree({ "app/run": `#!/bin/sh\n${script}\n` }) };
    return /The script calls (.*?):/.exec(convert("runit", files).text)?.[1];
  };
  assertEquals(remarkOf("sv start db || exit 1\nexec chpst -e ./env app"), "sv, chpst");
  assertEquals(
    remarkOf("umask 077\nexec s6-notifyoncheck -d \\\n  s6-setuidgid app ./app"),
    "s6-notifyoncheck, s6-setuidgid",
  );
  assertEquals(remarkOf("# sv start db\ncsv read\nexec app sv"), undefined);
});

test("importRunit says with after what scripts ask sv for", () => {
  const run = "#!/bin/sh\nsv start db || exit 1\nsv -w 7 check cache >/dev/null || exit\n" +
    "cd /srv/app\nexec chpst -u app ./app\n";
  const { sections } = convert("runit", { "/etc/service": tree({ "app/run": run }) });
  const { after, directory, uid, command } = sections["app.service"] ?? {};
  assertEquals([after, directory, uid, command], [
    "db.service, cache.service",
    "/srv/app",
    "app",
    "./app",
  ]);
});

test("a script that stays is not run as the user it switches to", () => {
  const run = "#!/bin/sh\nexec chpst -u app -e ./env app\n";
  const { sections } = convert("runit", { "/etc/service": tree({ "app/run": run }) });
  const { uid, command } = sections["app.service"] ?? {};
  assertEquals([uid, command], [undefined, "/etc/service/app/run"]);
});

test("importS6 makes a probe of s6-notifyoncheck", () => {
  const run = "#!/usr/bin/with-contenv bash\n\ncd /app || exit\nexec \\\n" +
    '    s6-notifyoncheck -d -n 300 -w 500 -c "nc -z localhost 8989" \\\n' +
    "        s6-setuidgid app /app/bin/server --port 8989\n";
  const files = tree({ "web/type": "longrun\n", "web/run": run, "web/notification-fd": "3\n" });
  const { sections, text } = convert("s6", { "/etc/s6-overlay/s6-rc.d": files });
  const { command, directory, ready, uid } = sections["web.service"] ?? {};
  assertEquals(command, "/app/bin/server --port 8989");
  assertEquals([directory, uid], ["/app", "app"]);
  assertEquals(ready, { exec: "nc -z localhost 8989", interval: "500ms" });
  assert(!text.includes("calls"));
});

test("a quoted word needs no shell", () => {
  const run = '#!/bin/sh\nexec 2>&1\nexec nginx -g "daemon off;"\n';
  const { sections } = convert("runit", { "/etc/service": tree({ "web/run": run }) });
  assertEquals(sections["web.service"]?.["command"], "nginx -g 'daemon off;'");
});

test("importRunit converts a service directory", () => {
  const { sections, text } = convert("runit", {
    "/etc/service": tree({
      "sshd/run": "#!/bin/sh\nexec 2>&1\nexec /usr/sbin/sshd -D -e\n",
      "app/run":
        "#!/bin/sh -e\n# The app.\nexec chpst -u app:www-data -o 4096 /srv/app/bin/app 2>&1\n",
      "app/log/run": "#!/bin/sh\nexec svlogd -tt /var/log/app\n",
      "app/check": "#!/bin/sh\ncurl -fs localhost\n",
      "app/finish": "#!/bin/sh\nrm -f /run/app.pid\n",
      "app/control/t": "#!/bin/sh\nexit 0\n",
      "odd/run": "#!/bin/bash\nfor i in 1 2; do echo $i; done\nexec odd\n",
      "odd/down": "",
    }),
  });
  const always = { restart: "always", "restart_limit": 0, "restart_delay": 1 };
  assertEquals(sections, {
    "app-file.logging": {
      selector: "[app].*",
      file: "/var/log/app/current",
      "rotate_size": 1_000_000,
      "rotate_keep": 10,
    },
    "app.service": {
      uid: "app",
      gid: "www-data",
      limits: { nofile: "4096:" },
      command: "/srv/app/bin/app",
      directory: "/etc/service/app",
      ...always,
      ready: { exec: "/etc/service/app/check", interval: "1s" },
      on_stop: '/bin/sh -c \'if [ -n "$_CHAP_HOOK_SIGNAL" ]; then set -- -1 ' +
        '\\$((_CHAP_HOOK_CODE - 128)); else set -- "$_CHAP_HOOK_CODE" 0; fi; exec /bin/sh ' +
        '/etc/service/app/finish "$@"\'',
      hook_timeout: "1h",
    },
    "odd.service": {
      command: "/etc/service/odd/run",
      directory: "/etc/service/odd",
      ...always,
      enabled: false,
    },
    "sshd.service": { command: "/usr/sbin/sshd -D -e", ...always },
  });
  for (
    const remark of [
      "# In place of the logger app/log",
      "# No counterpart: /var/log/app/config, if there is one.",
      "# No counterpart: app/control/t",
    ]
  ) {
    assert(text.includes(remark), remark);
  }
});

test("an execline script that sets variables and the umask is a configuration", () => {
  const service = (run: string) => {
    const files = { "r/type": "longrun\n", "r/run": `#!/command/execlineb -P\n${run}\n` };
    const converted = convert("s6", { "/etc/s6-overlay/s6-rc.d": tree(files) });
    const section: Readonly<Record<string, unknown>> = converted.sections["r.service"] ?? {};
    return { section, text: converted.text };
  };
  const said = service('export HOME /root\nexport MODE "a $b"\numask 27\ns6-setuidgid app\nrun -x');
  // A dollar sign is a substitution of execline: such a script stays.
  assertEquals(said.section["command"], "/command/execlineb -P /etc/s6-overlay/s6-rc.d/r/run");
  const plain = service("export HOME /root\numask 27\ns6-setuidgid app\nrun -x");
  assertEquals(plain.section["command"], "run -x");
  assertEquals(plain.section["env_set"], { HOME: "/root" });
  assertEquals([plain.section["umask"], plain.section["uid"]], ["0027", "app"]);
  const builtin = service("redirfd -w 1 /dev/null\nrun");
  assertEquals(builtin.section["command"], "/command/execlineb -P /etc/s6-overlay/s6-rc.d/r/run");
  assert(builtin.text.includes("is written for execlineb, which must be in the image"));
  assert(service("s6-softlimit -o 9 run").text.includes("# s6-softlimit must be in the image."));
});

test("all groups of chpst are those of the service", () => {
  const run = "#!/bin/sh\nexec chpst -u app:www:video:audio run\n";
  const files = tree({ "a/run": run });
  const text = convertSources("runit", [{ path: "/etc/service", content: files }]).render();
  assert(
    /uid: app\n {2}gid: www\n {2}groups:(?: \[video, audio\]|\n +- video\n +- audio)\n/.test(text),
    text,
  );
});

test("what a logger does besides rotating is named, and quotes hide no directory", () => {
  const { sections, text } = convert("runit", {
    "/etc/service": tree({
      "a/run": "#!/bin/sh\nexec a\n",
      "a/log/run": `#!/bin/sh\nexec s6-log -b n3 s40000 -debug '!gzip -9' T "/var/log/a" /b\n`,
    }),
  });
  assertEquals(sections["a-file.logging"]?.["file"], "/var/log/a/current");
  assertEquals(sections["a-file.logging"]?.["rotate_keep"], 3);
  assert(text.includes("# No counterpart: '!gzip -9' /b of s6-log."), text);
});

test("importS6 ends the container with a service whose finish halts it", () => {
  const halting = tree({
    "app/type": "longrun\n",
    "app/run": "#!/bin/sh\nexec /bin/app\n",
    "app/finish": '#!/bin/sh\necho "$1" > /run/s6-linux-init-container-results/exitcode\n' +
      "/run/s6/basedir/bin/halt\n",
  });
  const { sections } = convert("s6", { "/etc/s6-overlay/s6-rc.d": halting });
  assertEquals(sections["app.service"], { command: "/bin/app", exit_kills: true });
});

test("importS6 does what a file in fix-attrs.d asks for", () => {
  const files = tree({
    "01-app":
      "# all of it\n/var/lib/app true app,1000:1000 0644 0755\n/run/x false root 0600 0700\n",
  });
  const { sections } = convert("s6", { "/etc/fix-attrs.d": files });
  assertEquals(sections["01-app.service"], {
    type: "oneshot",
    command: "/bin/sh -c 'find /var/lib/app -exec chown app {} +; " +
      "find /var/lib/app -type f -exec chmod 0644 {} +; " +
      "find /var/lib/app -type d -exec chmod 0755 {} +; " +
      "find /run/x -maxdepth 0 -exec chown root {} +; " +
      "find /run/x -maxdepth 0 -type f -exec chmod 0600 {} +; " +
      "find /run/x -maxdepth 0 -type d -exec chmod 0700 {} +'",
    service_groups: "INIT",
  });
});

const LONGRUN = { "svc-r/type": "longrun\n", "svc-r/run": "#!/bin/sh\n. ./x\nexec r\n" };

test("F-082: importS6 enables what a pipeline's name starts", () => {
  const { sections } = convert("s6", {
    "/etc/s6-overlay/s6-rc.d": tree({
      ...LONGRUN,
      "svc-r/producer-for": "svc-l\n",
      "svc-l/type": "longrun\n",
      "svc-l/consumer-for": "svc-r\n",
      "svc-l/pipeline-name": "p\n",
      "svc-l/dependencies.d/log-prepare": "",
      "svc-l/run": "#!/command/execlineb -P\ns6-log n5 s50000 T /var/log/redis\n",
      "log-prepare/type": "oneshot\n",
      "log-prepare/up": "mkdir -p /var/log/redis\n",
      "user/type": "bundle\n",
      "user/contents.d/p": "",
    }),
  });
  assertEquals(sections["svc-r.service"]?.["enabled"], undefined);
  assertEquals(sections["svc-r.service"]?.["service_groups"], "p");
  assertEquals(sections["log-prepare.service"]?.["enabled"], undefined);
  assertEquals(sections["svc-r-file.logging"], {
    selector: "[svc-r].*",
    file: "/var/log/redis/current",
    rotate_size: 50_000,
    rotate_keep: 5,
  });
});

test("F-083: importS6 runs a script by its interpreter, since it need not be executable", () => {
  const { sections } = convert("s6", { "/etc/s6-overlay/s6-rc.d": tree(LONGRUN) });
  const { command } = sections["svc-r.service"] ?? {};
  assertEquals(command, "/bin/sh /etc/s6-overlay/s6-rc.d/svc-r/run");
});

test("F-083: importS6 understands s6-notifyoncheck in an execline script", () => {
  const { sections, text } = convert("s6", {
    "/etc/s6-overlay/s6-rc.d": tree({
      "r/type": "longrun\n",
      "r/run": "#!/command/execlineb -P\ns6-notifyoncheck -d -n 30 -w 500\nredis-server\n",
      "r/data/check": "#!/bin/sh\nredis-cli ping\n",
      "r/notification-fd": "3\n",
    }),
  });
  const { command, ready } = sections["r.service"] ?? {};
  assertEquals(command, "redis-server");
  assertEquals(ready, { exec: "/etc/s6-overlay/s6-rc.d/r/data/check", interval: "500ms" });
  assert(!text.includes("data\n"));
});
