/**
 * Everything at once for a while: a service and a client of /dev/log write as fast as a busy site,
 * files rotate every 5 MB, another file is renamed at random, a TCP peer comes and goes. Every
 * record is in each file once, in order; the peer has those that were not counted as dropped.
 * SOAK_SECONDS makes it longer.
 */
import { assert, assertEquals } from "@std/assert";
import { countDropped, LogHost } from "../harness/log_host.ts";
import { inNamespace, type NamespaceRun } from "../harness/namespace.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { DATE, openSender } from "../harness/syslog.ts";

const SECONDS = Number(Deno.env.get("SOAK_SECONDS") ?? 8);

/** Per source and second. */
const RATE = 12_000;

const WRITER = `#!/usr/bin/python3
import os, signal, sys, time
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
start, i = time.monotonic(), 0
while not stopped:
    if i > (time.monotonic() - start) * ${RATE}:
        time.sleep(0.005)
        continue
    lines = b"".join(b"service %d %s\\n" % (n, b"y" * (n % 150)) for n in range(i, i + 50))
    while lines:
        lines = lines[os.write(1, lines):]
    i += 50
open(os.environ["TEST_DIR"] + "/written", "w").write(str(i))
`;

const config = (port: number) => `
writer.service: { command: "$(TEST_DIR)/writer", stop_timeout: 20 }
own.logging: { stdout: true, selector: "[chaperone].warn" }
rotated.logging: {
  file: "$(TEST_DIR)/rotated", selector: "user,daemon.*;[chaperone].!*",
  rotate_size: 5M, rotate_keep: 1000, rotate_compress: true,
}
renamed.logging: { file: "$(TEST_DIR)/renamed", selector: "user,daemon.*;[chaperone].!*" }
host.logging: {
  syslog_host: "tcp://127.0.0.1:${port}", queue_size: 256K, selector: "user,daemon.*;[chaperone].!*",
}
`;

/** Renames a file now and then, until told to stop. Returns the names, oldest first. */
async function renameAtRandom(run: NamespaceRun, stop: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  while (!stop.aborted) {
    await pause(200 + Math.random() * 1500, stop);
    const name = `renamed.${names.length}`;
    const hasFile = await Deno.rename(`${run.directory}/renamed`, `${run.directory}/${name}`)
      .then(() => true, () => false);
    if (hasFile) names.push(name);
  }
  return names;
}

async function flap(host: LogHost, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await pause(500 + Math.random() * 2000, stop);
    await host.close();
    await pause(Math.random() * 1500, stop);
    host.listen();
  }
}

function pause(delayMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    stop.addEventListener("abort", end);
  });
}

/** Sends numbered records at the rate; returns how many. */
async function sendSteadily(run: NamespaceRun, stop: AbortSignal): Promise<number> {
  using sender = await openSender(run);
  const startMs = performance.now();
  let sent = 0;
  while (!stop.aborted) {
    if (sent > (performance.now() - startMs) * RATE / 1000) await pause(5, stop);
    const text = `client ${sent} ${"x".repeat(sent % 120)}`.trimEnd();
    await sender.send(`<13>${DATE} prog: ${text}`);
    sent++;
  }
  return sent;
}

async function readText(path: string): Promise<string> {
  if (!path.endsWith(".gz")) return await Deno.readTextFile(path);
  using file = await Deno.open(path);
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
}

/** The numbers that a source has in these files, in the order found. */
function numbersOf(text: string, source: "client" | "service"): number[] {
  const padding = source === "client" ? "x" : "y";
  const pattern = new RegExp(`: ${source} (\\d+)(?: ${padding}*)?$`, "gm");
  return [...text.matchAll(pattern)].map((match) => Number(match[1]));
}

async function rotatedNames(run: NamespaceRun): Promise<string[]> {
  const found: [number, string][] = [];
  for await (const { name } of Deno.readDir(run.directory)) {
    const number = /^rotated\.(\d+)(?:\.gz)?$/.exec(name)?.[1];
    if (number !== undefined) found.push([Number(number), name]);
    const size = (await Deno.stat(`${run.directory}/${name}`)).size;
    if (name.startsWith("rotated")) assert(size <= 5 * 1024 * 1024, `${name}: ${size}`);
  }
  return [...found.toSorted((a, b) => b[0] - a[0]).map(([, name]) => name), "rotated"];
}

namespaceTest(`soak: rotation, renames and a flapping peer for ${SECONDS} s`, async () => {
  const host = new LogHost();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), SECONDS * 1000);
  await using run = await inNamespace({
    network: "host",
    config: config(host.port),
    files: { writer: WRITER },
  });
  const { signal } = controller;
  const [sent, renamed] = await Promise.all([
    sendSteadily(run, signal),
    renameAtRandom(run, signal),
    flap(host, signal),
  ]);
  clearTimeout(timer);
  await run.signal("SIGTERM");
  await run.expectExit(0, 30_000);
  await host.close();

  const written = Number(await Deno.readTextFile(`${run.directory}/written`));
  const counts = { client: sent, service: written };
  const isThere = await Deno.stat(`${run.directory}/renamed`).then(() => true, () => false);
  const files = {
    rotated: await rotatedNames(run),
    renamed: isThere ? [...renamed, "renamed"] : renamed,
  };
  assert(files.rotated.length > SECONDS / 8, files.rotated.join());
  for (const [name, parts] of Object.entries(files)) {
    const texts = await Promise.all(parts.map((part) => readText(`${run.directory}/${part}`)));
    for (const source of ["client", "service"] as const) {
      const numbers = texts.flatMap((text) => numbersOf(text, source));
      const firstWrong = numbers.findIndex((number, i) => number !== i);
      assertEquals(
        firstWrong,
        -1,
        `${name}, ${source}: ${numbers.slice(firstWrong - 2, firstWrong + 3)}`,
      );
      assertEquals(numbers.length, counts[source], `${name}, ${source}`);
    }
  }
  const received = host.records.join("\n");
  const arrived = numbersOf(received, "client").length + numbersOf(received, "service").length;
  const dropped = countDropped(run.output.texts(), `log host tcp://127.0.0.1:${host.port}`);
  assertEquals(host.records.length, arrived);
  assertEquals(arrived + dropped, sent + written, run.output.format());
  const others = run.output.texts().filter((line) => /Cannot write|dropped/.test(line))
    .filter((line) => !line.includes(`log host tcp://127.0.0.1:${host.port}`));
  assertEquals(others, []);
});
