/**
 * The page in a real browser: it shows what it should, keeps itself current, is driven by mouse and
 * keyboard, acts for who may, breaks no rule of its own policy, and is photographed into the folder
 * output.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Browser } from "../harness/browser.ts";
import { inNamespace, type NamespaceRun } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { configuration, sh, STAYS } from "../scenario.ts";

const OUTPUT = new URL("output/", import.meta.url).pathname;
const PLACE = "http://127.0.0.1:9100";
const TOKEN = "a-token-of-some-length";
const TOKEN_FILE = "/run/page-token";

async function startShop(httpControl: boolean | string): Promise<NamespaceRun> {
  const run = await inNamespace({
    setup: `hostname shop; (umask 077; echo ${TOKEN} > ${TOKEN_FILE})`,
    config: configuration({
      settings: { http: "127.0.0.1:9100", "http_control": httpControl },
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

async function pidOf(run: NamespaceRun, service: string): Promise<number> {
  const { stdout } = await run.exec(["telchap", "why", "--json", service]);
  return JSON.parse(stdout).pid as number;
}

/** What a reader without scripts gets. */
const ASK = `import urllib.request
print(urllib.request.urlopen("${PLACE}/").read().decode())`;

function assertShowsShop(dom: string): void {
  for (const text of ["Not ready", "listening on 5432", "GET /items 200 &lt;b&gt;", "oops"]) {
    assertStringIncludes(dom, text);
  }
  assertStringIncludes(dom, "<title>api waits for db (ready)</title>");
  assertMatch(dom, /class="note[^"]*">exited with code 3</);
  assertStringIncludes(dom, 'class="timeline"');
}

const IS_LIVE = 'document.getElementById("connection")?.textContent === "live"';
/** Nothing is wider than the window. */
const FITS = "document.documentElement.scrollWidth <= innerWidth";

namespaceTest("the page in a browser: live, by mouse and keyboard, on a telephone", async () => {
  await using run = await startShop(true);
  const plain = await run.exec(["/usr/bin/python3", "-c", ASK]);
  assertShowsShop(plain.stdout);
  assertMatch(plain.stdout, /id="connection">as of \d\d:\d\d:\d\d UTC</);
  await using browser = await Browser.open(run);
  await browser.goTo(`${PLACE}/`);
  await browser.waitFor(IS_LIVE);
  assertShowsShop(await browser.evaluate("document.documentElement.outerHTML"));
  // The keyboard: the second service, its page, and back.
  await browser.press("j");
  await browser.press("j");
  await browser.waitFor('document.activeElement.textContent === "migrate"');
  await browser.press("Enter");
  await browser.shows("12 migrations done");
  // The text is there before the script that knows the keys.
  await browser.waitFor(IS_LIVE);
  await browser.press("u");
  // The filter, which the address holds: nothing of it is left out by who has the link.
  await browser.click("td.name a[href='/service/api']");
  await browser.shows("GET /items 200 <b>");
  await browser.evaluate(`(() => { const choice = document.querySelector("select");
    choice.value = "warn"; choice.dispatchEvent(new Event("input", { bubbles: true })); })()`);
  await browser.waitFor('!document.getElementById("log").innerText.includes("GET /items")');
  await browser.press("/");
  await browser.type("oo");
  await browser.waitFor('location.search === "?search=oo&level=warn"');
  await browser.goTo(`${PLACE}/service/api?search=nothing&level=err`);
  await browser.shows("No line is like that.");
  // A button.
  await browser.goTo(`${PLACE}/service/db`);
  await browser.waitFor(IS_LIVE);
  const before = await pidOf(run, "db");
  await browser.click("form[action*='/restart/'] button");
  await run.waitForLine(/user 0 presses restart of db on the status page/);
  await waitUntil(async () => await pidOf(run, "db") !== before || undefined, "another process");
  await photographAll(browser);
  assertEquals(browser.complaints, []);
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["chromium", "python3"]);

const PHOTOGRAPHS = ["/", "/service/worker", "/service/report"] as const;

/** Each page on a desk and on a telephone, light and dark; none is wider than the window. */
async function photographAll(browser: Browser): Promise<void> {
  await Deno.mkdir(OUTPUT, { recursive: true });
  for (const path of PHOTOGRAPHS) {
    await browser.goTo(`${PLACE}${path}`);
    for (const width of [1280, 360]) {
      for (const isDark of [false, true]) {
        await browser.resize(width, { height: 1600, isDark });
        assert(await browser.evaluate(FITS), `${path} is wider than ${width} pixels`);
        const name = `${path.replace(/\W+/g, "-")}-${width}${isDark ? "-dark" : ""}`;
        const size = await browser.photograph(`${OUTPUT}page${name}.png`);
        assert(size > 10_000, `${name}: ${size} bytes`);
      }
    }
  }
}

/** Presses the button of a page as a browser does, and as one does not; prints what came of it. */
const PRESS = `import re, sys, urllib.error, urllib.request
base = "${PLACE}"
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
print(ask("/service/db?search=NOTHING")[2].count("No line is like that"))`;

namespaceTest(
  "a button of the page of a service acts for who may, and for nobody else",
  async () => {
    await using run = await startShop(true);
    const before = await pidOf(run, "db");
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
    const after = await pidOf(run, "db");
    assert(after !== before, "the service has not been restarted");
    const stranger = await pressAs(65534, action);
    assertEquals(stranger.slice(0, 4), [
      `${action} False False`,
      `403 ${action}`,
      `404 ${action}`,
      `403 ${action}`,
    ]);
    assertEquals(await pidOf(run, "db"), after);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
  ["python3"],
);

namespaceTest(
  "with the token of http_control a stranger's browser may act, without it not",
  async () => {
    await using run = await startShop(TOKEN_FILE);
    await using browser = await Browser.open(run, { uid: 65534 });
    await browser.goTo(`${PLACE}/service/db`);
    await browser.shows("What it writes is shown to those only who may control chaperone.");
    assertEquals(await browser.evaluate("document.querySelector('form')"), null);
    const pairs = [
      { name: "ann", password: "a-token-that-is-wrong" },
      { name: "ann", password: TOKEN },
    ];
    await browser.signingIn(pairs, async () => {
      await browser.click("a.sign-in");
      await browser.shows("listening on 5432");
    });
    const press = async () => {
      const before = await pidOf(run, "db");
      await browser.click("form[action*='/restart/'] button");
      await waitUntil(
        async () => await pidOf(run, "db") !== before || undefined,
        "another process",
      );
    };
    await press();
    const who = String.raw`'ann' \(by the token, from 127\.0\.0\.1\)`;
    await run.waitForLine(new RegExp(`${who} signs in to the status page`));
    await run.waitForLine(new RegExp(`${who} presses restart of db on the status page`));
    assertStringIncludes((await run.exec(["telchap", "why", "db"])).stdout, "'ann' (by the token");
    // The next incarnation knows the page that is open, and the curves on it.
    const path = await browser.evaluate<string>("document.querySelector('.curve path').outerHTML");
    assertEquals((await run.exec(["telchap", "reexec"])).code, 0);
    await browser.waitFor(IS_LIVE);
    await press();
    assertStringIncludes(path, "M");
    // The token is taken away: so is what it gave.
    assertEquals((await run.exec(["rm", TOKEN_FILE])).code, 0);
    await browser.shows("Sign in");
    await run.waitForLine(/nobody can sign in by the token of http_control: No such file/);
    assertEquals(browser.complaints, []);
    assert(!run.output.texts().join("\n").includes(TOKEN), "the token stands in the log");
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
  ["chromium"],
);
