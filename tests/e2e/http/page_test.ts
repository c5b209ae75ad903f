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
      settings: { http: "127.0.0.1:9100", "http_control": true },
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
        // However busy the machine is, it ends after it has started.
        "startup_pause": 0,
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
async function browse(run: NamespaceRun, path: string, ...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await run.exec([
    "chromium",
    ...["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"],
    ...["--disable-background-networking", "--enable-logging=stderr"],
    ...[`--user-data-dir=${run.directory}/tmp/profile`, "--timeout=3000", ...options],
    `http://127.0.0.1:9100${path}`,
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
  const alive = await browse(run, "/", "--dump-dom");
  assertShowsShop(alive);
  assertStringIncludes(alive, 'id="connection">live<');
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["chromium", "python3"]);

/** Presses the button of a page as a browser does, and as one does not; prints what came of it. */
const PRESS = `import re, sys, urllib.error, urllib.request
base = "http://127.0.0.1:9100"
def ask(path, **options):
    try: answer = urllib.request.urlopen(urllib.request.Request(base + path, **options))
    except urllib.error.HTTPError as error: answer = error
    return answer.status, answer.geturl()[len(base):], answer.read().decode()
page = ask("/service/db")[2]
action = re.search('action="(/control/restart/db[?]key=[^"]*)"', page)
action = action.group(1) if action else sys.argv[1] if len(sys.argv) > 1 else "/control/restart/db"
print(action, "listening on 5432" in page, "Service:" in page)
foreign = {"Origin": "http://elsewhere", "Sec-Fetch-Site": "cross-site"}
print(*ask(action, method="POST", data=b"", headers=foreign)[:2])
print(*ask(action, method="GET")[:2])
print(*ask(action, method="POST", data=b"")[:2])
print(ask("/service/db?search=NOTHING")[2].count("No line has that"))`;

namespaceTest(
  "a button of the page of a service acts for who may, and for nobody else",
  async () => {
    await using run = await startShop();
    const pidOf = async () => {
      const { stdout } = await run.exec(["telchap", "why", "--json", "db"]);
      return JSON.parse(stdout).pid as number;
    };
    const before = await pidOf();
    const pressAs = async (uid: number, ...args: string[]) => {
      const user = ["setpriv", `--reuid=${uid}`, "--clear-groups", "/usr/bin/python3"];
      return (await run.exec([...user, "-c", PRESS, ...args])).stdout.split("\n");
    };
    const [seen = "", foreign, got, pressed, searched] = await pressAs(0);
    assertMatch(seen, /^\/control\/restart\/db\?key=[-0-9a-f]{36} True True$/);
    const [action = ""] = seen.split(" ");
    assertEquals([foreign, got, pressed, searched], [
      `403 ${action}`,
      `404 ${action}`,
      "200 /service/db",
      "1",
    ]);
    await run.waitForLine(/user 0 presses restart of db on the status page/);
    const after = await pidOf();
    assert(after !== before, "the service has not been restarted");
    const stranger = await pressAs(65534, action);
    assertEquals(stranger.slice(0, 4), [
      `${action} False False`,
      `403 ${action}`,
      `404 ${action}`,
      `403 ${action}`,
    ]);
    assertEquals(await pidOf(), after);
    const dom = await browse(run, "/service/db", "--dump-dom");
    for (const text of ["listening on 5432", 'id="connection">live<', "Restart</button>"]) {
      assertStringIncludes(dom, text);
    }
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
  ["chromium", "python3"],
);

const DARK = "--blink-settings=preferredColorScheme=0";
const PHOTOGRAPHS: readonly [name: string, path: string, options: readonly string[]][] = [
  ["light", "/", ["--window-size=1280,1500"]],
  ["dark", "/", ["--window-size=1280,1500", DARK]],
  ["narrow", "/", ["--window-size=500,2000"]],
  ["service-light", "/service/worker", ["--window-size=1280,1100"]],
  ["service-dark", "/service/api", ["--window-size=1280,1100", DARK]],
  ["service-narrow", "/service/report", ["--window-size=500,1600"]],
];

namespaceTest("the page can be photographed, light, dark and narrow", async () => {
  await Deno.mkdir(OUTPUT, { recursive: true });
  await using run = await startShop();
  const sizes: number[] = [];
  for (const [name, path, options] of PHOTOGRAPHS) {
    const picture = `${OUTPUT}page-${name}.png`;
    await browse(run, path, ...options, `--screenshot=${picture}`);
    sizes.push((await Deno.stat(picture)).size);
  }
  assert(sizes.every((size) => size > 20_000), sizes.join(" "));
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["chromium"]);
