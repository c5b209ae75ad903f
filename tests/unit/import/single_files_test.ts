import { assert, assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { intervalFault } from "../../../lib/service/schedule/schedule.ts";
import { convertSources } from "../../../lib/import/convert.ts";
import { convert, read } from "./converting.ts";

test("importProcfile runs simple commands directly and others in a shell", () => {
  const { config, sections } = convert("procfile", {
    Procfile: "# rails\nweb: bundle exec puma -p $PORT -C config/puma.rb\n" +
      "worker: bundle exec sidekiq\nclock: RAILS_ENV=production ruby clock.rb\n" +
      "release: bin/rails db:migrate\njs: yarn build --watch | cat\n",
  });
  const argv = Object.fromEntries(config.services.map((service) => [service.name, service.argv]));
  assertEquals(argv, {
    "web.service": ["/bin/sh", "-c", "exec bundle exec puma -p $PORT -C config/puma.rb"],
    "worker.service": ["bundle", "exec", "sidekiq"],
    "clock.service": ["/bin/sh", "-c", "exec env RAILS_ENV=production ruby clock.rb"],
    "release.service": ["bin/rails", "db:migrate"],
    "js.service": ["/bin/sh", "-c", "yarn build --watch | cat"],
  });
  assertEquals(sections["web.service"]?.["env_set"], { PORT: "$(PORT:-5000)" });
  assertEquals(sections["release.service"]?.["service_groups"], "INIT");
});

const COMPOSE = `
name: shop
x-common: &common
  restart: unless-stopped
  environment: &env
    TZ: Europe/Vienna
services:
  db:
    image: postgres:16
    <<: *common
    command: postgres -c max_connections=200
    user: "postgres"
    volumes: [data:/var/lib/postgresql/data]
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U $\${POSTGRES_USER} || exit 1"]
      interval: 1m30s
      timeout: 5s
      retries: 4
      start_period: 20s
    stop_grace_period: 1m
    stop_signal: INT
  migrate:
    build: .
    command: ["npm", "run", "migrate -- --all"]
    depends_on: [db]
  web:
    build: .
    entrypoint: /usr/local/bin/entry
    command: ["serve", "--port", "\${PORT:-8080}"]
    working_dir: /srv
    env_file: .env
    environment:
      - DATABASE_URL=postgres://db:5432/shop
      - DEBUG
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
    restart: on-failure:3
    ulimits:
      nproc: 65535
      nofile: {soft: 20000, hard: 40000}
    ports: ["8080:8080"]
    scale: 2
  mail:
    image: axllent/mailpit
volumes:
  data:
`;

test("importCompose converts services", () => {
  const { sections, config, text } = convert("compose", { "compose.yaml": COMPOSE });
  assertEquals(sections["db.service"], {
    command: "postgres -c max_connections=200",
    uid: "postgres",
    env_set: { TZ: "Europe/Vienna" },
    restart: "always",
    restart_limit: 0,
    restart_delay: 0.1,
    restart_backoff: "1m",
    restart_window: 10,
    kill_signal: "SIGINT",
    stop_timeout: "60s",
    health: {
      exec: "/bin/sh -c 'pg_isready -U \\${POSTGRES_USER} || exit 1'",
      interval: "90s",
      timeout: "5s",
      start_period: "20s",
      retries: "4",
      action: "none",
    },
    ready: { exec: "/bin/sh -c 'pg_isready -U \\${POSTGRES_USER} || exit 1'" },
    process_timeout: 400,
  });
  const web = config.services.find(({ name }) => name === "web.2.service");
  assertEquals(web?.argv, ["/usr/local/bin/entry", "serve", "--port", "8080"]);
  assertEquals(web?.after, [
    { name: "db.service", condition: "ready" },
    { name: "migrate.service", condition: "completed" },
  ]);
  assertEquals(web?.limits, [
    { resource: "nproc", soft: 65535, hard: 65535 },
    { resource: "nofile", soft: 20000, hard: 40000 },
  ]);
  assertEquals(sections["mail.service"], {
    command: "/bin/false",
    enabled: false,
    stop_timeout: "10s",
  });
  assertEquals(web?.environment.launch()["DATABASE_URL"], "postgres://127.0.0.1:5432/shop");
  for (
    const remark of [
      "# The command is in axllent/mailpit: look it up there, and enable the service.",
      "# No counterpart: volumes",
      "# No counterpart: ports",
    ]
  ) assert(text.includes(remark), remark);
});

test("importCrontab converts the crontab of a system", () => {
  const { config, text } = convert("crontab", {
    "/etc/crontab": "SHELL=/bin/bash\nPATH=/usr/bin:/bin\nMAILTO=ops@example.com\n" +
      "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n" +
      "*/5 * * * * www-data php /srv/cron.php 'it''s' \\%d > /dev/null\n" +
      "@reboot root /usr/local/bin/warm-up.sh\n" +
      '0 3 * * 1 backup echo "$(date)" | backup --stdin\n' +
      "bad line\n",
  });
  assertEquals(config.services.map(({ name, type, cron }) => [name, type, cron?.interval]), [
    ["run-parts.service", "cron", "17 * * * *"],
    ["php.service", "cron", "*/5 * * * *"],
    ["warm-up.service", "cron", "@reboot"],
    ["echo.service", "cron", "0 3 * * 1"],
  ]);
  const [parts, php, , backup] = config.services;
  assertEquals(parts?.argv, ["/bin/bash", "-c", "cd / && run-parts --report /etc/cron.hourly"]);
  assertEquals(php?.argv[2], "php /srv/cron.php 'it''s' %d > /dev/null");
  assertEquals([php?.identity?.userName, php?.environment.value("PATH")], [
    "www-data",
    "/usr/bin:/bin",
  ]);
  assertEquals(backup?.argv[2], 'echo "$(date)" | backup --stdin');
  assert(text.includes("/etc/crontab:8:1: expected five times"));
  assert(text.includes("MAILTO=ops@example.com"));
});

test("importCrontab reads a user's own crontab", () => {
  const { config } = convert("crontab", { "crontab.txt": "CRON_TZ=UTC\n0 0 * * * /bin/rotate\n" });
  assertEquals(config.services[0]?.cron?.timezone, "UTC");
  assertEquals(config.services[0]?.argv, ["/bin/sh", "-c", "/bin/rotate"]);
});

test("importCrontab tells by its jobs whether a file called crontab has a column of users", () => {
  const commandOf = (path: string, job: string) => {
    const { sections } = convert("crontab", { [path]: `${job}\n` });
    const [section = {}] = Object.values(sections);
    return [section["uid"], section["command"]];
  };
  const backup = "/bin/sh -c '/bin/backup now'";
  assertEquals(commandOf("crontab", "0 0 * * * /bin/backup now"), [undefined, backup]);
  assertEquals(commandOf("crontab", "*/5 0 1-3 * mon root /bin/backup now"), ["root", backup]);
  assertEquals(commandOf("x/crontab", "@daily root\t/bin/backup now"), ["root", backup]);
  assertEquals(commandOf("etc/crontab", "0 0 * * * app /bin/backup now"), ["app", backup]);
  assertEquals(commandOf("cron.d/x", "0 0 * * * app /bin/backup now"), ["app", backup]);
});

test("F-080: what stands beside the services of a Compose file is named", () => {
  const { text } = convert("compose", {
    "compose.yaml": `
name: shop
version: "3"
x-common: {a: b}
include: [other.yaml]
services:
  web: {image: x, command: serve, ports: ["80:8080"], networks: {front: {}}}
networks: {front: {}, back: {driver: bridge}}
volumes: {data:}
secrets: {pw: {file: ./pw}}
configs: {site: {file: ./site}}
odd: 3
`,
  });
  const told = text.replace(/\n# +(?!No counterpart)/g, " ").split("\n")
    .filter((line) => line.startsWith("# No counterpart"))
    .map((line) => line.slice("# No counterpart: ".length));
  assertEquals(told, [
    "name (shop); the name of the container is the engine's.",
    "include (other.yaml); convert those files, too.",
    "networks (front, back); all services share the network of the container.",
    "volumes (data); mount them into the container, as by docker run -v.",
    "secrets (pw); mount them into the container, and name them in secrets of the services.",
    "configs (site); mount them into the container.",
    "odd (3)",
    "image: x",
    "ports: 80:8080",
    "networks: front",
  ]);
});

test("importCrontab leaves out a job whose time cannot be, and says so", () => {
  const draft = convertSources(
    "crontab",
    [{ path: "tab", content: "61 4 * * * early\n5 4 * * * good\n0 0 31 2 * never\n" }],
    intervalFault,
  );
  const { sections, text } = read(draft);
  assertEquals(Object.keys(sections).toSorted(), ["good.service", "never.service"]);
  assert(/# Not understood: tab:1:1: [^]*minute 61 is not\s/.test(text), text);
  assert(/# tab:3:1: .*is never due/.test(text), text);
});

test("F-080: importCompose does what Compose does, or says so", () => {
  const { sections, text } = convert("compose", {
    "compose.yaml": `
services:
  cache: {image: x, command: redis-server}
  debug: {image: x, command: mailpit, profiles: [debug]}
  web:
    image: x
    command: serve --queue amqp://u:p@cache:5672/ --cache
    environment:
      CACHE_URL: redis://cache:6379
      CACHE_HOST: cache
      CACHE_NAME: cache
    env_file:
      - common.env
      - {path: local.env, required: false}
      - {path: more.env}
    depends_on:
      cache: {condition: service_started, restart: true}
    healthcheck: {test: [CMD, check], start_interval: 2s}
    deploy: {replicas: 2}
`,
  });
  assertEquals(sections["debug.service"]?.["profiles"], ["debug"]);
  const web = sections["web.service"] ?? {};
  assertEquals([web["after"], web["follows"]], ["cache.service", "cache.service"]);
  assertEquals(web["command"], "serve --queue amqp://u:p@127.0.0.1:5672/ --cache");
  assertEquals(web["env_set"], {
    CACHE_URL: "redis://127.0.0.1:6379",
    CACHE_HOST: "127.0.0.1",
    CACHE_NAME: "cache",
  });
  assertEquals([web["env_file"], web["instances"]], [["common.env", "more.env"], 2]);
  assertEquals(web["health"], { exec: "check", interval: "30s", timeout: "30s", action: "none" });
  for (
    const remark of [
      "# CHAPERONE_PROFILE=debug starts it.",
      "# Left out: env_file local.env, which may be missing.",
      "# Copies share the network",
      "# No counterpart: healthcheck.start_interval: 2s",
    ]
  ) assert(text.includes(remark), remark);
});
