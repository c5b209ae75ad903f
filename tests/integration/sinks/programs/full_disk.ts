/**
 * Runs in a mount namespace of its own with a small disk at argument 0: fills it, writes 2000
 * records there and to argument 1, makes room, and prints what happened.
 */
import { append, createWorkbench, LIMIT_MS, open, until } from "../workbench.ts";

const [disk, other] = Deno.args as [string, string];
const RECORDS = 2000;

const { set, reports } = createWorkbench();
const sinks = [
  open(set, { file: `${disk}/x`, queueSizeBytes: 64 * 1024 }),
  open(set, { file: other }),
];
Deno.writeFileSync(`${disk}/filler`, new Uint8Array(900 * 1024));
for (let i = 0; i < RECORDS; i++) {
  for (const sink of sinks) append(sink, `${i} ${"x".repeat(200)}`);
  for (const sink of sinks) sink.flush();
  if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
await until("the disk is full", () => reports.length > 0);
Deno.removeSync(`${disk}/filler`);
await until("the disk has room", () => reports.length > 1);
await set.drain(LIMIT_MS);
set.close();
const lines = Deno.readTextFileSync(`${disk}/x`).split("\n").slice(0, -1);
const outcome = {
  reports,
  dropped: sinks[0]?.droppedTotal,
  numbers: lines.map((line) => /^(\d+) x{200}$/.exec(line)?.[1] ?? "torn"),
  others: Deno.readTextFileSync(other).split("\n").length - 1,
};
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(outcome)));
