/**
 * A value of a source that is not taken over is named in a comment, with the place where it stands:
 * who converts a configuration is not to find out by its behaviour.
 */
import { assertEquals } from "@std/assert";
import type { ImportFormat } from "../../../lib/commands/init_command.ts";
import { convertSources } from "../../../lib/import/convert.ts";
import { test } from "../../test.ts";

/** What the comments of a converted text say of values that are not understood. */
function told(format: ImportFormat, path: string, content: string | Record<string, string>) {
  const source = typeof content === "string" ? content : new Map(Object.entries(content));
  const text = convertSources(format, [{ path, content: source }]).render();
  const joined = text.replace(/\n# (?! *(?:Not understood|Left out|Not found|It has))/g, " ");
  return [...joined.matchAll(/(?:Not understood|Left out|Not found|It has no).*?(?=\n|$)/g)]
    .map(([line]) => line.trim());
}

test("supervisord: each value that is not understood is named with its line", () => {
  const values = [
    "numprocs=many",
    "autostart=perhaps",
    "autorestart=often",
    "startsecs=soon",
    "startretries=1.5",
    "stopwaitsecs=10s",
    "redirect_stderr=maybe",
    "stdout_logfile_maxbytes=1TB",
    "stdout_logfile_backups=few",
    "stopsignal=HALT",
    "exitcodes=0,256",
    "umask=9",
  ];
  const text = `stray=1\n[program:a]\ncommand=a\n${values.join("\n")}\nnonsense\n`;
  assertEquals(
    told("supervisord", "/s.conf", text).sort(),
    [
      "Not understood: nonsense (/s.conf:16)",
      "Not understood: stray=1 (/s.conf:1)",
      ...values.map((value, index) =>
        `Not understood: ${value.replace("=", " = ")} (/s.conf:${index + 4})`
      ),
    ].sort(),
  );
});

test("supervisord: booleans in all their forms, a program without command, a group's stranger", () => {
  assertEquals(
    told("supervisord", "/s.conf", "[program:a]\nautostart=on\n[group:g]\nprograms=a,b\n"),
    [
      "Not found: program b of [group:g]",
      "It has no command; write one, and enable it.",
    ],
  );
  const joined = "[program:a]\ncommand=a\nredirect_stderr=yes\nstdout_logfile=/a.log\n";
  const text = convertSources("supervisord", [{ path: "/s.conf", content: joined }]).render();
  assertEquals(/\[a\]\.=warn/.test(text), true, text);
});

test("systemd: each value that is not understood is named with its line", () => {
  const values = [
    "RestartSec=soon",
    "TimeoutStartSec=late",
    "TimeoutStopSec=later",
    "WatchdogSec=wolf",
    "SuccessExitStatus=TEMPFAIL",
    "RestartPreventExitStatus=256",
    "Nice=20",
    "OOMScoreAdjust=-1001",
    "KillMode=gently",
    "KillSignal=HALT",
    "UMask=rw",
    "LimitNOFILE=2:1",
    "CPUWeight=0",
    "Environment=WORD",
    "StandardOutput=printer",
  ];
  const text = `[Service]\nRestart=always\n${values.join("\n")}\nnonsense\n`;
  assertEquals(
    told("systemd", "/etc/a.service", text).sort(),
    [
      "Not understood: nonsense (/etc/a.service:18)",
      ...values.map((value, index) => `Not understood: ${value} (/etc/a.service:${index + 3})`),
    ].sort(),
  );
});

test("systemd: so is a restart that is none", () => {
  const text = "[Service]\nRestart=sometimes\n";
  assertEquals(told("systemd", "/etc/a.service", text), [
    "Not understood: Restart=sometimes (/etc/a.service:2)",
  ]);
});

test("systemd: infinity is no mistake", () => {
  const text = "[Service]\nExecStart=/bin/a\nTimeoutStopSec=infinity\nTimeoutStartSec=infinity\n";
  assertEquals(told("systemd", "/etc/a.service", text), []);
});

test("compose: each value that is not understood is named with its line", () => {
  const text = `services:
  a:
    command: a
    working_dir: [x]
    environment: {A: [x], B: }
    restart: sometimes
    stop_grace_period: 10 apples
    oom_score_adj: low
    scale: many
    healthcheck: {test: x, interval: soon}
    ulimits: {nofile: {hard: 5}}
    depends_on: {b: {condition: service_happy}}
    stop_signal: HALT
  b: 5
  c: {command: c, healthcheck: {test: x, retries: few}, ulimits: {pigs: 3, core: "2:1"}}
`;
  assertEquals(told("compose", "/c.yml", text).sort(), [
    "Not understood: depends_on.b.condition: service_happy (/c.yml:12)",
    "Not understood: environment.A (/c.yml:5)",
    "Not understood: healthcheck.interval: soon (/c.yml:10)",
    "Not understood: healthcheck.retries: few (/c.yml:15)",
    "Not understood: oom_score_adj: low (/c.yml:8)",
    "Not understood: restart: sometimes (/c.yml:6)",
    "Not understood: services.b: 5 (/c.yml:14)",
    "Not understood: stop_grace_period: 10 apples (/c.yml:7)",
    "Not understood: stop_signal: HALT (/c.yml:13)",
    "Not understood: the number of copies: many (/c.yml:9)",
    "Not understood: ulimits.core: 2:1 (/c.yml:15)",
    "Not understood: ulimits.nofile (/c.yml:11)",
    "Not understood: ulimits.pigs: 3 (/c.yml:15)",
    "Not understood: working_dir (/c.yml:4)",
  ]);
  const variables = convertSources("compose", [{ path: "/c.yml", content: text }]).render();
  assertEquals(/ B:/.test(variables), false, "a variable of the outside is inherited");
});

test("s6, runit, Procfile: what is no service, number or line is named", () => {
  const rc = {
    "a/type": "longrun\n",
    "a/run": "#!/bin/sh\nexec a\n",
    "a/timeout-up": "long\n",
    "a/down-signal": "HALT\n",
    "a/notification-fd": "2\n",
    "b/type": "short\n",
    "c/run": "#!/bin/sh\n",
  };
  assertEquals(told("s6", "/rc", rc).sort(), [
    "Not understood: 2 (/rc/a/notification-fd)",
    "Not understood: HALT (/rc/a/down-signal)",
    "Not understood: b has the type short (/rc/b/type)",
    "Not understood: c has no type (/rc/c/type)",
    "Not understood: long (/rc/a/timeout-up)",
  ]);
  assertEquals(told("s6", "/etc/fix-attrs.d", { "01": "/a true root 0644 0755\n/b true\n" }), [
    "Not understood: /b true (/etc/fix-attrs.d/01:2)",
  ]);
  const tree = { "a/run": "#!/bin/sh\nexec a\n", "b/other": "x" };
  assertEquals(told("runit", "/sv", tree), ["Left out: /sv/b, which has no run"]);
  assertEquals(told("procfile", "/Procfile", "web: a\nnonsense\nopen: a 'b\n"), [
    "Not understood: nonsense (line 2)",
    "Not understood: a 'b. Write the command, and enable the service.",
  ]);
});
