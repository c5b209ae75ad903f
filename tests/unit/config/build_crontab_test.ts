import { assertEquals, assertMatch } from "@std/assert";
import { formatDiagnostic } from "../../../lib/base/errors.ts";
import { test } from "../../test.ts";
import { DIRECTORY, filesOf, load, type LoadRequest, refusal, serviceOf } from "./loading.ts";

const CRONTAB = `# Housekeeping
MAILTO=root
PATH=/usr/local/bin:/usr/bin
NOTE=costs $(HOME) 5%

17 3 * * * www-data  cleanup --all
@hourly app cat >> /tmp/x%first line%second $(LINE)
`;

function jobs(lines = "", text = CRONTAB, path = "/etc/crontab"): LoadRequest {
  const config = `jobs.service:\n  type: crontab\n  file: ${path}\n${lines}`;
  return { files: { [`${DIRECTORY}/a.conf`]: config, [path]: text } };
}

test("a crontab becomes a cron service for each line, named after it", () => {
  const { services } = load(jobs());
  assertEquals(services.map(({ name, type, command }) => [name, type, command]), [
    ["jobs.6.service", "cron", "cleanup --all"],
    ["jobs.7.service", "cron", "cat >> /tmp/x"],
  ]);
  assertEquals(services[0]?.cron?.interval, "17 3 * * *");
  assertEquals(services[0]?.argv, ["/bin/sh", "-c", "cleanup --all"]);
});

test("a line of a system crontab runs as its user, with the fixed environment of cron", () => {
  const first = serviceOf(load(jobs()), "jobs.6.service");
  assertEquals(first.identity?.uid, 33);
  assertEquals(first.environment.launch(), {
    HOME: "/var/www",
    USER: "www-data",
    LOGNAME: "www-data",
    SHELL: "/bin/sh",
    PATH: "/usr/local/bin:/usr/bin",
    MAILTO: "root",
    NOTE: "costs $(HOME) 5%",
  });
});

test("what follows % is the input of a command, and a line without it reads nothing", () => {
  const config = load(jobs());
  assertEquals(serviceOf(config, "jobs.6.service").input, "");
  assertEquals(serviceOf(config, "jobs.7.service").input, "first line\nsecond $(LINE)\n");
});

test("a crontab of a user runs as the user of its section", () => {
  const path = "/srv/app/crontab";
  const config = load(jobs("  uid: app\n", "0 4 * * * backup now\n", path));
  assertEquals(config.services[0]?.identity?.uid, 1000);
  assertEquals(config.services[0]?.command, "backup now");
  const system = load(jobs("  user_column: true\n", "0 4 * * * games play\n", path));
  assertEquals(system.services[0]?.identity?.uid, 5);
});

test("the section of a crontab adds to each of its lines", () => {
  const lines = "  env_inherit: [DB_*]\n  env_set: { MODE: '$(DB_URL)' }\n  overlap: queue\n";
  const request = { ...jobs(lines), variables: { PATH: "/bin", DB_URL: "db:1", OTHER: "x" } };
  const job = serviceOf(load(request), "jobs.7.service");
  assertEquals(job.cron?.overlap, "queue");
  const { DB_URL, MODE, OTHER } = job.environment.launch();
  assertEquals([DB_URL, MODE, OTHER], ["db:1", "db:1", undefined]);
});

test("a service after a crontab is after all of its lines", () => {
  const request = jobs("b.service:\n  command: b\n  after: jobs.service\n");
  assertEquals(serviceOf(load(request), "b.service").after.map(({ name }) => name), [
    "jobs.6.service",
    "jobs.7.service",
  ]);
});

test("what is wrong with a crontab is told with its line", () => {
  assertEquals(
    refusal(jobs("", "0 4 * * * nobody-here true\n0 4 * *\n")),
    "/etc/crontab:1:1: Configuration Error: specified user ('nobody-here') does not exist\n" +
      "/etc/crontab:2:1: Configuration Error: expected five times and a command, not '0 4 * *'",
  );
  assertEquals(
    refusal({ files: { [`${DIRECTORY}/a.conf`]: "jobs.service: { type: crontab }" } }),
    "/etc/chaperone.d/a.conf:1:1: Configuration Error: 'file' of jobs.service is not an absolute path; " +
      "for example file: /etc/crontab",
  );
});

test("what is wrong with the crontab of another user than root keeps nobody from starting", () => {
  const path = "/srv/app/crontab";
  const request = jobs("  uid: app\nb.service: { command: b }\n", "0 4 * *\n0 4 * * * run\n", path);
  const config = load(request);
  assertEquals(config.services.map(({ name }) => name), ["jobs.2.service", "b.service"]);
  assertEquals(config.warnings.map(formatDiagnostic), [
    "/srv/app/crontab:1:1: expected five times and a command, not '0 4 * *'",
  ]);
  const without = load({
    files: { [`${DIRECTORY}/a.conf`]: request.files?.[`${DIRECTORY}/a.conf`] ?? "" },
  });
  assertEquals(without.services.map(({ name }) => name), ["b.service"]);
  assertMatch(without.warnings[0]?.message ?? "", /^jobs\.service has no jobs: No such file/);
});

test("what is wrong with a crontab of root's, or of who is not root, keeps all from starting", () => {
  const cases: readonly (readonly [lines: string, path: string, isRoot: boolean])[] = [
    ["", "/srv/tab", true],
    ["  uid: root\n", "/srv/tab", true],
    ["  uid: app\n", "/etc/crontab", true],
    ["  uid: app\n", "/srv/tab", false],
  ];
  for (const [lines, path, isRoot] of cases) {
    const { files = {} } = jobs(lines, "0 4 * *\n", path);
    const expected = "expected five times and a command, not '0 4 * *'";
    assertEquals(
      refusal({ files, isRoot }),
      `${path}:1:1: Configuration Error: ${expected}`,
      `${lines} ${path}`,
    );
    const config = files[`${DIRECTORY}/a.conf`] ?? "";
    assertMatch(
      refusal({ files: { [`${DIRECTORY}/a.conf`]: config }, isRoot }),
      /^\/etc\/chaperone\.d\/a\.conf:3:9: Configuration Error: No such file/,
    );
  }
});

test("a line has the time zone of its CRON_TZ, else that of the section", () => {
  const text = "0 4 * * * root a\nCRON_TZ=Europe/Vienna\n0 4 * * * root b\n";
  const { services } = load(jobs("  timezone: UTC\n", text));
  assertEquals(services.map(({ cron }) => cron?.timezone), ["UTC", "Europe/Vienna"]);
});

test("a crontab whose lines name users is read only where nobody but root can change it", () => {
  const asked: string[] = [];
  const ask = (lines: string, path: string, isRoot = true) => {
    const { files } = jobs(lines, CRONTAB, path);
    const texts = filesOf(files ?? {});
    const readFor = (name: string) => (asked.push(`any ${name}`), texts.read(name));
    const readRoots = (name: string) => (asked.push(`root's ${name}`), texts.read(name));
    load({ files: files ?? {}, isRoot, reading: { readFor, readRoots } });
  };
  ask("", "/etc/cron.d/app");
  ask("  user_column: true\n", "/srv/tab");
  ask("  user_column: false\n", "/etc/crontab");
  ask("", "/etc/crontab", false);
  assertEquals(asked, [
    "root's /etc/cron.d/app",
    "root's /srv/tab",
    "any /etc/crontab",
    "any /etc/crontab",
  ]);
});

test("who is not root runs every line as itself, and is told so", () => {
  const config = load({ ...jobs(), isRoot: false });
  assertEquals(config.services.map(({ identity }) => identity), [undefined, undefined]);
  assertEquals(
    config.warnings[0]?.message,
    "runs as chaperone itself, which is not root, instead of as 'www-data'",
  );
});
