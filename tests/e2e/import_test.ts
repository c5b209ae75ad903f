/** What `--init --from-…` makes of other programs' files runs as it is. */
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";

interface Conversion {
  /** The sources, by path below the run's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** What is named on the command line: these files, or the folder above all of them. */
  readonly sources: readonly string[];
  /** What must be printed, in any order. */
  readonly lines: readonly RegExp[];
}

const STAYS = "exec sleep 1000";

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  supervisord: {
    sources: ["supervisord.conf"],
    files: {
      "supervisord.conf": `[supervisord]
environment=STAGE="test"
[program:web]
command=sh -c "echo web in $STAGE; ${STAYS}"
[program:worker]
command=sh -c "echo worker %(process_num)s; ${STAYS}"
numprocs=2
process_name=%(program_name)s_%(process_num)02d
`,
    },
    lines: [/web\[\d+\]: web in test$/, /worker\.1\[\d+\]: worker 1$/, /worker 2$/],
  },
  systemd: {
    sources: ["app.service", "tick.service", "tick.timer"],
    files: {
      "app.service": `[Service]
Type=notify
Environment=GREETING=hello
RuntimeDirectory=app
RuntimeDirectoryMode=750
ExecStartPre=/bin/sh -c 'echo prepared'
ExecStart=/bin/sh -c 'stat -c "%%a %%n" /run/app; echo \${GREETING}; sdnotify --ready; ${STAYS}'
`,
      "tick.service": "[Service]\nType=oneshot\nExecStart=/bin/echo tick\n",
      "tick.timer": "[Timer]\nOnCalendar=*:*:*\n",
    },
    lines: [
      /app-pre\[\d+\]: prepared$/,
      /app\[\d+\]: 750 \/run\/app$/,
      /app\[\d+\]: hello$/,
      /tick$/,
    ],
  },
  s6: {
    sources: ["s6-rc.d"],
    files: {
      "s6-rc.d/user/contents.d/web": "",
      "s6-rc.d/user/type": "bundle\n",
      "s6-rc.d/setup/type": "oneshot\n",
      "s6-rc.d/setup/up": "/etc/s6-overlay/s6-rc.d/setup/run\n",
      "s6-rc.d/setup/run": "#!/command/with-contenv sh\necho set up\n",
      "s6-rc.d/web/type": "longrun\n",
      "s6-rc.d/web/dependencies.d/setup": "",
      "s6-rc.d/web/run": "#!/command/with-contenv sh\nexec 2>&1\n" +
        `exec s6-notifyoncheck -d -c "test -e /" s6-setuidgid www-data sh -c 'id -un; ${STAYS}'\n`,
    },
    lines: [/setup\[\d+\]: set up$/, /web\[\d+\]: www-data$/],
  },
  runit: {
    sources: ["service"],
    files: {
      "service/db/run": `#!/bin/sh\nexec 2>&1\nexec sh -c 'echo db; ${STAYS}'\n`,
      "service/web/run":
        `#!/bin/sh\nsv start db || exit 1\nexec chpst -u www-data sh -c 'id -un; ${STAYS}'\n`,
      "service/odd/run": `#!/bin/sh\n. ./conf\necho "$CONF"\n${STAYS}\n`,
      "service/odd/conf": "CONF='read beside the script'\n",
    },
    lines: [/db\[\d+\]: db$/, /web\[\d+\]: www-data$/, /odd\[\d+\]: read beside the script$/],
  },
  procfile: {
    sources: ["Procfile"],
    files: {
      Procfile: `web: sh -c 'echo port \${PORT:-5000}; ${STAYS}'\nrelease: echo migrated\n`,
    },
    lines: [/web\[\d+\]: port 5000$/, /release\[\d+\]: migrated$/],
  },
  compose: {
    sources: ["compose.yaml"],
    files: {
      "compose.yaml": `services:
  db:
    command: sh -c 'echo db; ${STAYS}'
    image: x
    healthcheck: {test: [CMD, "true"], interval: 1s}
  web:
    image: x
    command: ["sh", "-c", "echo cost $$COST; ${STAYS}"]
    environment: {COST: "5"}
    depends_on: {db: {condition: service_healthy}}
    deploy: {replicas: 2}
`,
    },
    lines: [/db\[\d+\]: db$/, /web\.1\[\d+\]: cost 5$/, /web\.2\[\d+\]: cost 5$/],
  },
  crontab: {
    sources: ["crontab"],
    files: { crontab: "GREETING=hello\n@reboot echo $GREETING 100\\%\n0 0 * * * true\n" },
    lines: [/echo\[\d+\]: hello 100%$/],
  },
};

for (const [format, { files, sources, lines }] of Object.entries(CONVERSIONS)) {
  namespaceTest(`what --from-${format} writes runs as it is`, async () => {
    const paths = sources.map((name) => `"$dir/${name}"`).join(" ");
    // Where s6-overlay has them; what else names scripts does so by the path it was given.
    const overlay = format === "s6"
      ? `mkdir -p /etc/s6-overlay; cp -r "$dir/s6-rc.d" /etc/s6-overlay\n`
      : "";
    await using run = await inNamespace({
      files,
      setup:
        `${overlay}"$dir/bin/chaperone" --init --to "$dir/converted" --from-${format} ${paths}`,
      program: ["sh", "-c", 'exec chaperone --config "$TEST_DIR/converted"'],
    });
    for (const line of lines) await run.waitForLine(line);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}
