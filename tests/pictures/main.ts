/**
 * Makes the pictures of docs/pictures anew, from real runs of dist/chaperone: a recording of a
 * terminal, and photographs of the page. Needs root, nginx, redis-server, python3 and chromium.
 *
 *     deno task pictures          # or some of them: deno task pictures top
 */
import { build } from "../../build.ts";
import { inNamespace, type NamespaceRun } from "../e2e/harness/namespace.ts";
import { waitUntil } from "../e2e/harness/output.ts";
import { type Pressed, recordProgram, recordShell, type Typed } from "./record.ts";
import { FAILING_SERVICE, SHOP_FILES, shopConfig } from "./shop.ts";
import { drawTerminal } from "./terminal_svg.ts";
import { pagesOf, shortenPauses, Transcript } from "./transcript.ts";

const PICTURES = new URL("../../docs/pictures/", import.meta.url).pathname;
const COLUMNS = 92;
const ROWS = 27;
const PROMPT = "shop# ";
/** Longer pauses are of no use to who watches. */
const LONGEST_PAUSE_MS = 1800;
const REST_MS = 7000;

const SCRIPT: readonly Typed[] = [
  { line: "telchap status", until: /web\.service +\w[^]*shop# $/ },
  { line: "busybox wget -qO- 127.0.0.1:8080; sleep 1", until: /GET [^]*shop# $/ },
  { line: "kill -9 $(pidof python3); sleep 1", until: /restart retries[^]*shop# $/ },
  { line: "telchap why api; sleep 4", until: /Last exit[^]*api \| listening[^]*shop# $/ },
  { line: "telchap graph", until: /CONSOLE \([^]*shop# $/ },
  { line: "exit", until: /exit 0: / },
];

async function drawDemo(): Promise<void> {
  const pieces = await recordShell(SCRIPT, { columns: COLUMNS, rows: ROWS, prompt: PROMPT });
  const transcript = new Transcript(COLUMNS);
  for (const piece of shortenPauses(pieces, LONGEST_PAUSE_MS)) transcript.write(piece);
  const title = "chaperone bash – PID 1 of a namespace, with redis, nginx and a shell";
  const svg = drawTerminal(transcript, { title, rows: ROWS, restMs: REST_MS });
  await Deno.writeTextFile(`${PICTURES}demo.svg`, svg);
}

/** At `telchap top`: look into a log, restart a service, ask why, search. */
const TOP_SCRIPT: readonly Pressed[] = [
  { keys: "n", until: /SERVICEv/ },
  { keys: "tg", until: />.* api/ },
  { keys: "l", until: /log of api[^]*listening/ },
  { keys: "R", until: /restart api\?/ },
  { keys: "y", until: /listening[^]*listening/ },
  { keys: "w", until: /why api is/ },
  { keys: "/", until: /services with/ },
  { keys: "re", until: /services with: re_/ },
  { keys: "\r", until: /only services with/ },
  { keys: "h", until: /show this help/ },
  { keys: "h", until: /only services with/ },
];

async function drawTop(): Promise<void> {
  const size = { columns: COLUMNS, rows: ROWS };
  const pieces = await recordProgram("telchap top", TOP_SCRIPT, size);
  const transcript = new Transcript(COLUMNS);
  const pages = shortenPauses(pagesOf(pieces, ROWS), LONGEST_PAUSE_MS);
  const [first] = pages;
  for (const { text, atMs } of pages) transcript.write({ text, atMs: atMs - (first?.atMs ?? 0) });
  const svg = drawTerminal(transcript, { title: "telchap top", rows: ROWS, restMs: REST_MS });
  await Deno.writeTextFile(`${PICTURES}top.svg`, svg);
}

const PHOTOGRAPHS: Readonly<Record<string, readonly string[]>> = {
  light: ["--window-size=1100,1150"],
  dark: ["--window-size=1100,1150", "--blink-settings=preferredColorScheme=0"],
  narrow: ["--window-size=500,1500"],
};

/** Some requests, so that there is something to see. */
const VISITS = `for path in / /cart / /missing / /; do
  python3 -c 'import sys, urllib.request; urllib.request.urlopen("http://127.0.0.1:8080" + sys.argv[1])' \\
    "$path" 2>&1
done`;

async function photograph(run: NamespaceRun, name: string, options: readonly string[]) {
  const path = `${PICTURES}page-${name}.png`;
  const { code, stderr } = await run.exec([
    "chromium",
    ...["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"],
    ...["--disable-background-networking", `--user-data-dir=${run.directory}/tmp/profile`],
    ...["--timeout=3000", `--screenshot=${path}`, ...options],
    "http://127.0.0.1:9100/",
  ], { limitMs: 60_000 });
  if (code !== 0) throw new Error(`chromium ended with ${code}: ${stderr}`);
}

async function photographPage(): Promise<void> {
  await using run = await inNamespace({
    config: shopConfig("* * * * * */10") + FAILING_SERVICE,
    setup: "hostname shop",
    files: SHOP_FILES,
  });
  await run.waitForLine(/mailer\.service pausing/, { limitMs: 20_000 });
  await run.exec(["sh", "-c", VISITS]);
  const reports = () => run.output.texts().filter((line) => /\| 3 orders since/.test(line));
  await waitUntil(() => reports().length > 2 || undefined, "three runs of report", 60_000);
  for (const [name, options] of Object.entries(PHOTOGRAPHS)) await photograph(run, name, options);
  await run.signal("SIGTERM");
  await run.waitForExit();
}

/** What can be made by itself: `deno task pictures top`. */
const MAKERS: Readonly<Record<string, () => Promise<void>>> = {
  demo: drawDemo,
  top: drawTop,
  page: photographPage,
};

await Deno.mkdir(PICTURES, { recursive: true });
await build();
for (const [name, make] of Object.entries(MAKERS)) {
  if (Deno.args.length === 0 || Deno.args.includes(name)) await make();
}
for await (const { name } of Deno.readDir(PICTURES)) {
  const { size } = await Deno.stat(`${PICTURES}${name}`);
  Deno.stdout.writeSync(
    new TextEncoder().encode(`docs/pictures/${name}: ${Math.ceil(size / 1024)} KiB\n`),
  );
}
