/** What `chaperone --init` proposes for an image: services for the programs that are in it. */
import { parseDuration } from "../base/duration.ts";
import {
  type Draft,
  type DraftSection,
  type DraftValue,
  quoteForShell,
  shellCommand,
} from "./draft.ts";

/** What is known of an image. */
export interface ImageFacts {
  /** Returns the path of a program, `undefined` where it is not there. */
  readonly findProgram: (name: string) => string | undefined;
  readonly exists: (path: string) => boolean;
  /** Names in a directory, none where there is none. */
  readonly list: (directory: string) => readonly string[];
  readonly hasUser: (name: string) => boolean;
}

/** Docker waits ten seconds, and then kills: without longer stops, chaperone is done before. */
const SHUTDOWN_SECONDS = 8;

/** Returns the head of the configuration that `draft` is: settings and where output goes. */
export function startConfig(draft: Draft): string {
  const stops = draft.services.map((service) => stopSeconds(service.get("stop_timeout")));
  const seconds = Math.max(SHUTDOWN_SECONDS, ...stops);
  const advice = seconds > SHUTDOWN_SECONDS
    ? "As long as the longest stop_timeout:\n  # let the engine wait longer, as docker stop -t does."
    : "Stay below.";
  const settings = draft.settings.map((line) => `  ${line}\n`).join("");
  return `\
# chaperone reads every *.conf and *.yaml file of this directory in the order of their names.

settings:
  env_set:
    PATH: /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  # How long everything together may take to stop, in seconds. Docker waits 10 seconds by default,
  # Kubernetes 30. ${advice}
  shutdown_timeout: ${seconds}
${settings}
# Services' output, /dev/log and chaperone's own messages all pass through logging sections.
console.logging:
  # Warnings from everybody, all that services print, and what becomes of them: local5 is chaperone.
  selector: '*.warn;daemon,local5.info'
  stdout: true
`;
}

function stopSeconds(value: DraftValue | undefined): number {
  const durationMs = value === undefined ? undefined : parseDuration(String(value));
  return Math.ceil((durationMs ?? 0) / 1000);
}

/** Proposes services for what is found in the image. */
export function proposeServices(facts: ImageFacts, draft: Draft): void {
  for (const propose of PROPOSALS) propose(facts, draft);
  for (const service of draft.services) confine(service);
  remarkOthers(facts, draft);
  if (draft.services.length > 0) {
    draft.remark(
      "Proposed for the programs that are in the image; look at each before you use it.",
    );
    return;
  }
  draft.remark("None of the programs that chaperone knows was found. A service looks like this:");
  draft.remark("web.service:\n  command: /usr/local/bin/web --port 8080\n  restart: true");
}

type Proposal = (facts: ImageFacts, draft: Draft) => void;

const PROPOSALS: readonly Proposal[] = [
  proposePostgres,
  proposeMariadb,
  proposeRedis,
  proposePhp,
  proposeNginx,
  proposeApache,
  proposeTomcat,
  simpleProposal("memcached", "memcached", "-l 127.0.0.1", "memcache"),
  proposeSshd,
];

function simpleProposal(name: string, program: string, args: string, user?: string): Proposal {
  return (facts, draft) => {
    const path = facts.findProgram(program);
    if (path === undefined) return;
    const service = draft.service(name).set("command", `${path} ${args}`).set("restart", true);
    if (user !== undefined) setUser(service, user, facts);
  };
}

/** sshd ends at once without host keys and the directory that it changes its root to. */
function proposeSshd(facts: ImageFacts, draft: Draft): void {
  const path = facts.findProgram("sshd");
  if (path === undefined) return;
  const before = draft.service("sshd-prepare").set("type", "oneshot").set("before", "sshd.service");
  before.remark(
    "Host keys that are made here are new in each container: mount /etc/ssh to keep them.",
  );
  before.set("command", shellCommand("mkdir -p /run/sshd && ssh-keygen -A"));
  draft.service("sshd").set("command", `${path} -D -e`).set("restart", true);
}

/** As a user of their own these need no capability, and start no set-uid program. */
const NEED_NOTHING: ReadonlySet<string> = new Set(["postgres", "redis", "tomcat", "memcached"]);

/** As root these become other users, which takes capabilities, and start no set-uid program. */
const GAIN_NOTHING: ReadonlySet<string> = new Set(["nginx"]);

/** Takes from a service what it is known not to need. */
function confine(service: DraftSection): void {
  if (GAIN_NOTHING.has(service.name)) service.set("no_new_privs", true);
  if (!NEED_NOTHING.has(service.name) || service.get("uid") === undefined) return;
  service.set("no_new_privs", true).set("capabilities", []);
}

function setUser(service: DraftSection, user: string, facts: ImageFacts): void {
  if (facts.hasUser(user)) service.set("uid", user);
}

function proposeNginx(facts: ImageFacts, draft: Draft): void {
  const path = facts.findProgram("nginx");
  if (path === undefined) return;
  const service = draft.service("nginx").set("command", `${path} -g 'daemon off;'`);
  service.remark("SIGQUIT lets nginx finish the requests that it has begun.");
  service.set("kill_signal", "SIGQUIT").set("reload_signal", "SIGHUP").set("restart", true);
  if (draft.services.some(({ name }) => name === "php-fpm")) {
    service.set("after", "php-fpm.service");
  }
}

function proposeRedis(facts: ImageFacts, draft: Draft): void {
  const path = facts.findProgram("redis-server") ?? facts.findProgram("valkey-server");
  if (path === undefined) return;
  if (facts.hasUser("redis")) {
    draft.service("redis-directory").set("type", "oneshot")
      .set("command", "install -d -o redis -g redis /var/lib/redis")
      .set("before", "redis.service");
  }
  const service = draft.service("redis");
  const file = ["/etc/redis/redis.conf", "/etc/valkey/valkey.conf"].find(facts.exists);
  // Distributions set 'daemonize yes' and a log file, which the arguments override.
  service.set(
    "command",
    `${path} ${file === undefined ? "--bind 127.0.0.1" : `${file} --logfile ''`} --daemonize no`,
  );
  setUser(service, "redis", facts);
  if (facts.exists("/var/lib/redis")) service.set("directory", "/var/lib/redis");
  service.set("restart", true).set("ready", { tcp: "127.0.0.1:6379" });
}

/** Where PostgreSQL keeps its data if no package has made a cluster: where volumes are mounted. */
const POSTGRES_DATA = "/var/lib/postgresql/data";

function proposePostgres(facts: ImageFacts, draft: Draft): void {
  const versions = facts.list("/usr/lib/postgresql").toSorted((a, b) => Number(b) - Number(a));
  const version = versions.find((name) => facts.exists(`/usr/lib/postgresql/${name}/bin/postgres`));
  const folder = version === undefined ? undefined : `/usr/lib/postgresql/${version}/bin`;
  const path = folder === undefined ? facts.findProgram("postgres") : `${folder}/postgres`;
  if (path === undefined) return;
  const config = `/etc/postgresql/${version}/main/postgresql.conf`;
  const hasCluster = facts.exists(config);
  const directories = hasCluster ? "" : ` && install -d -o postgres -m 700 ${POSTGRES_DATA}`;
  draft.service("postgres-directory").set("type", "oneshot")
    .set(
      "command",
      shellCommand(`install -d -o postgres -m 2775 /var/run/postgresql${directories}`),
    )
    .set("before", hasCluster ? "postgres.service" : "postgres-init.service");
  const initdb = folder === undefined ? facts.findProgram("initdb") : `${folder}/initdb`;
  if (!hasCluster) {
    const init = draft.service("postgres-init").set("type", "oneshot");
    init.remark("Makes the data directory ready where it is empty: a new volume.");
    init.set(
      "command",
      shellCommand(
        `[ -s ${POSTGRES_DATA}/PG_VERSION ] || exec ${initdb ?? "initdb"} -D ${POSTGRES_DATA} ` +
          "--auth-local=peer --auth-host=scram-sha-256",
      ),
    ).set("before", "postgres.service");
    setUser(init, "postgres", facts);
  }
  const service = draft.service("postgres");
  service.set(
    "command",
    hasCluster
      ? `${path} -D /var/lib/postgresql/${version}/main -c config_file=${config}`
      : `${path} -D ${POSTGRES_DATA}`,
  );
  setUser(service, "postgres", facts);
  service.remark("SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for clients to leave.");
  service.set("kill_signal", "SIGINT").set("reload_signal", "SIGHUP").set("restart", true);
  service.set(
    "ready",
    folder === undefined
      ? { tcp: "127.0.0.1:5432" }
      : { exec: `${folder}/pg_isready -q -h 127.0.0.1` },
  );
}

function proposeMariadb(facts: ImageFacts, draft: Draft): void {
  const path = facts.findProgram("mariadbd") ?? facts.findProgram("mysqld");
  if (path === undefined) return;
  draft.service("mysql-directory").set("type", "oneshot")
    .set("command", "install -d -o mysql -g mysql /run/mysqld /var/lib/mysql")
    .set("before", "mysql-init.service");
  const init = draft.service("mysql-init").set("type", "oneshot");
  init.remark("Makes the data directory ready where it is empty: a new volume.");
  const script = facts.findProgram("mariadb-install-db") === undefined
    ? `${path} --initialize-insecure`
    : "mariadb-install-db --skip-test-db";
  init.set(
    "command",
    shellCommand(`[ -d /var/lib/mysql/mysql ] || exec ${script} --datadir=/var/lib/mysql`),
  ).set("before", "mysql.service");
  setUser(init, "mysql", facts);
  const service = draft.service("mysql").set("command", path);
  setUser(service, "mysql", facts);
  service.set("stop_timeout", "30s").set("restart", true).set("ready", { listen: "3306" });
}

function proposePhp(facts: ImageFacts, draft: Draft): void {
  const name = ["/usr/local/sbin", "/usr/sbin"].flatMap(facts.list)
    .filter((entry) => /^php-fpm[\d.]*$/.test(entry)).toSorted().at(-1);
  const path = name === undefined ? undefined : facts.findProgram(name);
  if (path === undefined) return;
  // Debian's packages have the version in the name, and listen on a socket in /run/php.
  const version = /[\d.]+$/.exec(name ?? "")?.[0];
  if (version !== undefined) {
    draft.service("php-fpm-directory").set("type", "oneshot")
      .set("command", "install -d -o www-data -g www-data /run/php")
      .set("before", "php-fpm.service");
  }
  const service = draft.service("php-fpm").set("command", `${path} --nodaemonize --force-stderr`);
  service.set("kill_signal", "SIGQUIT").set("reload_signal", "SIGUSR2").set("restart", true);
  if (version !== undefined && facts.exists(`/etc/php/${version}/fpm/pool.d/www.conf`)) {
    service.set("ready", { file: `/run/php/php${version}-fpm.sock` });
  }
}

function proposeApache(facts: ImageFacts, draft: Draft): void {
  const control = facts.findProgram("apache2ctl");
  const path = control ?? facts.findProgram("httpd");
  if (path === undefined) return;
  const service = draft.service("apache").set("command", `${path} -D FOREGROUND`);
  service.set("kill_signal", "SIGWINCH").set("restart", true);
  service.remark("SIGWINCH lets Apache finish the requests that it has begun.");
}

/** Debian's packages have the version in the name, and a folder for what is not the program. */
function proposeTomcat(facts: ImageFacts, draft: Draft): void {
  const name = facts.list("/usr/share").filter((entry) => /^tomcat\d+$/.test(entry)).toSorted().at(
    -1,
  );
  const path = `/usr/share/${name}/bin/catalina.sh`;
  if (name === undefined || !facts.exists(path)) return;
  const service = draft.service("tomcat").set("command", `${path} run`);
  setUser(service, "tomcat", facts);
  service.set("directory", `/var/lib/${name}`).set("env_set", {
    CATALINA_HOME: `/usr/share/${name}`,
    CATALINA_BASE: `/var/lib/${name}`,
    CATALINA_TMPDIR: "/tmp",
    JAVA_OPTS: "-Djava.awt.headless=true -XX:MaxRAMPercentage=75",
  });
  // The Java virtual machine ends with 143 at SIGTERM.
  service.set("success_codes", [0, 143]).set("restart", true).set("ready", { listen: "8080" });
}

/** Supervisors and schedulers in the image: their configurations can be converted. */
function remarkOthers(facts: ImageFacts, draft: Draft): void {
  const remark = (option: string, source: string) =>
    draft.remark(
      `Found ${source}; to convert it:\n  chaperone --init ${option} ${quoteForShell(source)}`,
    );
  const supervisord = ["/etc/supervisor/supervisord.conf", "/etc/supervisord.conf"];
  for (const path of supervisord.filter(facts.exists)) remark("--from-supervisord", path);
  for (
    const name of facts.list("/etc/supervisor/conf.d").filter((file) => file.endsWith(".conf"))
  ) {
    remark("--from-supervisord", `/etc/supervisor/conf.d/${name}`);
  }
  for (const path of ["/etc/s6-overlay/s6-rc.d", "/etc/services.d", "/etc/cont-init.d"]) {
    if (facts.exists(path)) remark("--from-s6", path);
  }
  if (facts.list("/etc/service").length > 0) remark("--from-runit", "/etc/service");
  if (facts.findProgram("cron") ?? facts.findProgram("crond")) {
    draft.remark("Found a cron daemon: services of type cron take its place.");
    const tables = facts.list("/etc/cron.d").filter((name) => !name.startsWith("."))
      .map((name) => `/etc/cron.d/${name}`);
    for (const path of ["/etc/crontab", ...tables].filter(facts.exists)) {
      remark("--from-crontab", path);
    }
  }
}
