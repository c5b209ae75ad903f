/**
 * The page in a real browser: it shows what it should, keeps itself current, breaks no rule of its
 * own policy, and is photographed into the folder output.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "../harness/namespace.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { configuration, sh, STAYS } from "../scenario.ts";

const OUTPUT = new URL("output/", import.meta.url).pathname;
const BROWSER_LIMIT_MS = 60_000;

async function startShop(): Promise<NamespaceRun> {
  const run = await inNamespace({
    config: configuration({
      settings: { http: "127.0.0.1:9100" },
      "db.service": { command: sh(`echo listening on 5432; ${STAYS}`), "service_groups": "INIT" },
      "migrate.service": {
        type: "oneshot",
        command: "echo 12 migrations done",
        before: "api.service",
      },
      "cache.service": { command: sh(STAYS) },
      "api.service": {
        command: sh(`echo 'GET /items 200 <b>'; echo oops >&2; ${STAYS}`),
        after: "cache.service, db.service:ready",
      },
      "worker.service": {
        command: sh("sleep 0.5; exit 3"),
        restart: true,
        "restart_limit": 9,
        "restart_delay": 30,
        after: "cache.service",
      },
      "web.service": { command: sh(STAYS), after: "api.service" },
      "report.service": { type: "cron", interval: "@every 1s", command: "echo report" },
      "debug.service": { command: "sleep 1", enabled: false },
    }),
  });
  await run.waitForLine(/web\.service successfully started$/);
  await run.waitForLine(/worker\.service pausing between restart retries/);
  return run;
}

/** A slow machine makes the browser complain of its own pages. */
const FROM_THE_BROWSER = /source: chrome:\/\//;

/** Lets the browser look at the page; returns what it prints. */
async function browse(run: NamespaceRun, ...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await run.exec([
    "chromium",
    ...["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"],
    ...["--disable-background-networking", "--enable-logging=stderr"],
    ...[`--user-data-dir=${run.directory}/tmp/profile`, "--timeout=3000", ...options],
    "http://127.0.0.1:9100/",
  ], { limitMs: BROWSER_LIMIT_MS });
  assertEquals(code, 0, stderr);
  const complaints = stderr.split("\n").filter((line) =>
    /CONSOLE|Refused|Uncaught/.test(line) && !FROM_THE_BROWSER.test(line)
  );
  assertEquals(complaints, []);
  return stdout;
}

/** What a reader without scripts gets. */
const ASK = `import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:9100/").read().decode())`;

function assertShowsShop(dom: string): void {
  for (const text of ["Not ready", "listening on 5432", "GET /items 200 &lt;b&gt;", "oops"]) {
    assertStringIncludes(dom, text);
  }
  assertStringIncludes(dom, "<title>api waits for db (ready)</title>");
  assertMatch(dom, /class="note[^"]*">exited with code 3</);
  assertStringIncludes(dom, 'class="timeline"');
}

namespaceTest("the page shows the container, and its script keeps it current", async () => {
  await using run = await startShop();
  const plain = await run.exec(["/usr/bin/python3", "-c", ASK]);
  assertShowsShop(plain.stdout);
  assertMatch(plain.stdout, /id="connection">as of \d\d:\d\d:\d\d UTC</);
  const alive = await browse(run, "--dump-dom");
  assertShowsShop(alive);
  assertStringIncludes(alive, 'id="connection">live<');
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["chromium", "python3"]);

const PHOTOGRAPHS: readonly [name: string, options: readonly string[]][] = [
  ["light", ["--window-size=1280,1500"]],
  ["dark", ["--window-size=1280,1500", "--blink-settings=preferredColorScheme=0"]],
  ["narrow", ["--window-size=500,2000"]],
];

namespaceTest("the page can be photographed, light, dark and narrow", async () => {
  await Deno.mkdir(OUTPUT, { recursive: true });
  await using run = await startShop();
  const sizes: number[] = [];
  for (const [name, options] of PHOTOGRAPHS) {
    const path = `${OUTPUT}page-${name}.png`;
    await browse(run, ...options, `--screenshot=${path}`);
    sizes.push((await Deno.stat(path)).size);
  }
  assert(sizes.every((size) => size > 20_000), sizes.join(" "));
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["chromium"]);
