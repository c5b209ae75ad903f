/**
 * Makes the pictures of docs/pictures anew, from real runs of dist/chaperone: a recording of a
 * terminal, and photographs of its pages. Needs root, nginx, redis-server, python3 and chromium.
 *
 *     deno task pictures          # or some of them: deno task pictures top
 */
import { build } from "../../build.ts";
import { Browser } from "../e2e/harness/browser.ts";
import { inNamespace } from "../e2e/harness/namespace.ts";
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

async function drawShell(name: string, script: readonly Typed[], rows: number): Promise<void> {
  const pieces = await recordShell(script, { columns: COLUMNS, rows, prompt: PROMPT });
  const transcript = new Transcript(COLUMNS);
  for (const piece of shortenPauses(pieces, LONGEST_PAUSE_MS)) transcript.write(piece);
  const title = "chaperone bash – PID 1 of a namespace, with redis, nginx and a shell";
  const svg = drawTerminal(transcript, { title, rows, restMs: REST_MS });
  await Deno.writeTextFile(`${PICTURES}${name}.svg`, svg);
}

/** All services, one of them, and a service that is missed. */
const STATUS_SCRIPT: readonly Typed[] = [
  { line: "telchap status", until: /web +\S*running[^]*shop# $/ },
  { line: "telchap stop --wait web; telchap status web", until: /Service: +web[^]*shop# $/ },
  { line: "telchap start --wait web", until: /started[^]*shop# $/ },
  { line: "exit", until: /exit 0: / },
];
const STATUS_ROWS = 34;

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

interface Photograph {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly isDark?: boolean;
}

const PHOTOGRAPHS: Readonly<Record<string, Photograph>> = {
  light: { path: "/", width: 1100, height: 1200 },
  dark: { path: "/", width: 1100, height: 1200, isDark: true },
  narrow: { path: "/", width: 390, height: 1400 },
  service: { path: "/service/api", width: 1100, height: 1000 },
};

/** Some requests, so that there is something to see. */
const VISITS = `for path in / /cart / /missing / /; do
  python3 -c 'import sys, urllib.request; urllib.request.urlopen("http://127.0.0.1:8080" + sys.argv[1])' \\
    "$path" 2>&1
done`;

async function photographPage(): Promise<void> {
  await using run = await inNamespace({
    config: shopConfig("* * * * * */10") + FAILING_SERVICE,
    setup: "hostname shop",
    files: SHOP_FILES,
  });
  await run.waitForLine(/mailer\.service exited with code 3/);
  await run.exec(["sh", "-c", VISITS]);
  const reports = () => run.output.texts().filter((line) => /\| 3 orders since/.test(line));
  await waitUntil(() => reports().length > 2 || undefined, "three runs of report", 60_000);
  await using browser = await Browser.open(run);
  for (const [name, { path, width, height, ...how }] of Object.entries(PHOTOGRAPHS)) {
    await browser.resize(width, { height, ...how });
    await browser.goTo(`http://127.0.0.1:9100${path}`);
    await browser.photograph(`${PICTURES}page-${name}.png`);
  }
  await run.signal("SIGTERM");
  await run.waitForExit();
}

/** What can be made by itself: `deno task pictures top`. */
const MAKERS: Readonly<Record<string, () => Promise<void>>> = {
  demo: () => drawShell("demo", SCRIPT, ROWS),
  status: () => drawShell("status", STATUS_SCRIPT, STATUS_ROWS),
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
