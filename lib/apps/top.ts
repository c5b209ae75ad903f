/** `telchap top`: services and their processes, drawn anew every other second. */
import { SCREEN } from "../base/ansi.ts";
import { formatTree, type TreeService } from "../daemon/control/tree.ts";
import { setTimer } from "../sys/libc/clock.ts";
import { print } from "../sys/self/print.ts";
import { terminalSize } from "../sys/self/terminal.ts";
import { nowMs } from "../sys/libc/clock.ts";
import { askChaperone } from "./ask.ts";

const PERIOD_MS = 2000;

/** Draws until interrupted; without a terminal, once. Returns the exit status. */
export async function runTop(): Promise<number> {
  let before: Sample | undefined;
  for (;;) {
    const sample = await takeSample();
    if (sample === undefined) return 1;
    const size = terminalSize();
    const lines = drawSample(sample, before);
    if (size === undefined) {
      print("stdout", lines);
      return 0;
    }
    const visible = lines.slice(0, size.rows - 1)
      .map((line) => line.slice(0, size.columns) + SCREEN.clearLine);
    visible[0] = SCREEN.home + (visible[0] ?? "");
    print("stdout", [...visible.slice(0, -1), (visible.at(-1) ?? "") + SCREEN.clearBelow]);
    before = sample;
    await new Promise<void>((resolve) => setTimer(PERIOD_MS, resolve));
  }
}

interface Sample {
  readonly atMs: number;
  readonly services: readonly TreeService[];
}

async function takeSample(): Promise<Sample | undefined> {
  let text = "";
  const words = ["tree", "--json"];
  const exitCode = await askChaperone({ words, colour: false }, (piece) => text += piece);
  if (exitCode !== 0) return undefined;
  const { services } = JSON.parse(text) as { services: TreeService[] };
  return { atMs: nowMs(), services };
}

/** The busiest services first, with their share of one processor since the last sample. */
function drawSample(sample: Sample, before: Sample | undefined): string[] {
  const elapsedMs = before === undefined ? 0 : sample.atMs - before.atMs;
  const shareOf = (service: TreeService): number => {
    const past = before?.services.find(({ name }) => name === service.name);
    if (past === undefined || elapsedMs <= 0) return 0;
    return Math.max(0, (service.cpuMs - past.cpuMs) / elapsedMs * 100);
  };
  const shares = new Map(sample.services.map((service) => [service, shareOf(service)]));
  const sorted = sample.services.toSorted((a, b) =>
    (shares.get(b) ?? 0) - (shares.get(a) ?? 0) || b.memoryBytes - a.memoryBytes
  );
  const [head = "", ...none] = formatTree([]);
  const lines = sorted.flatMap((service) =>
    formatTree([service]).slice(1).map((line, at) =>
      `${at === 0 ? (shares.get(service) ?? 0).toFixed(1).padStart(6) : " ".repeat(6)}  ${line}`
    )
  );
  return [`${"cpu %".padStart(6)}  ${head}`, ...none, ...lines];
}
