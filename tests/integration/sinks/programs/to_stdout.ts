/**
 * Writes argument 0 records to stdout, dropping what does not fit, and tells at the end, in JSON on
 * stderr, what was dropped and reported. Argument 1 `block`: waits for room instead.
 */
import { append, createWorkbench, section } from "../workbench.ts";

const [count, whenFull] = Deno.args as [string, string];
const { set, reports } = createWorkbench();
const sink = set.sinksOf(section({ stdout: true }))[0] ?? set.stdout;
let ticks = 0;
const ticker = setInterval(() => ticks++, 1);
for (let i = 0; i < Number(count); i++) {
  if (!sink.hasRoom) sink.flush();
  if (!sink.hasRoom && whenFull === "block") await sink.whenRoom();
  if (sink.hasRoom) append(sink, `${i} ${"x".repeat(80)}`);
  else sink.dropped(1);
  if (i % 100 === 0) {
    sink.flush();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
clearInterval(ticker);
await sink.drain(whenFull === "block" ? 10_000 : 500);
sink.close();
const result = { dropped: sink.droppedTotal, reports, ticked: ticks > 0 };
Deno.stderr.writeSync(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
