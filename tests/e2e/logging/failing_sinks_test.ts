/**
 * Destinations that fail: a full disk, a directory that goes away, a peer that hangs. The others go
 * on, the failure is said once and so is its end, and what was sent is what was written plus what
 * was counted as dropped.
 */
import { assert, assertEquals } from "@std/assert";
import { countDropped } from "../harness/log_host.ts";
import { inNamespace, type NamespaceRun } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { DATE, openSender, readLines, waitForLineIn } from "../harness/syslog.ts";

const IDLE = 'idle.service: { command: "sleep 999" }\n';
const OWN = 'own.logging: { stdout: true, selector: "[chaperone].warn" }\n';

const numberOf = (line: string) => Number(/ prog: (\d+) x+$/.exec(line)?.[1] ?? NaN);

/** Sends records that are numbered from `from` on, of about 150 bytes. */
async function sendNumbered(run: NamespaceRun, from: number, count: number): Promise<void> {
  using sender = await openSender(run);
  const padding = "x".repeat(100);
  for (let i = from; i < from + count; i++) await sender.send(`<13>${DATE} prog: ${i} ${padding}`);
}

namespaceTest("a full disk stops no other file and loses only what is counted", async () => {
  await using run = await inNamespace({
    setup: `mkdir "$dir/small"; mount -t tmpfs -o size=2m tmpfs "$dir/small"
head -c 1000000 /dev/zero > "$dir/small/filler"`,
    config: `${IDLE}${OWN}
small.logging: { file: "$(TEST_DIR)/small/log", selector: "user.*" }
large.logging: { file: "$(TEST_DIR)/large", selector: "user.*" }
`,
  });
  const count = 25_000;
  await sendNumbered(run, 0, count);
  await waitForLineIn(`${run.directory}/large`, new RegExp(` ${count - 1} x`));
  await run.waitForLine(/Cannot write to log file '.*small\/log': .*No space left/);
  await run.exec([
    "sh",
    "-c",
    'rm "$TEST_DIR/small/filler"; mv "$TEST_DIR/small/log" "$TEST_DIR/1"',
  ]);
  const said = await run.waitForLine(/Writing to log file '.*small\/log' again/, {
    limitMs: 20_000,
  });
  await sendNumbered(run, count, 1);
  await run.exec([
    "sh",
    "-c",
    `until grep -q " ${count} x" "$TEST_DIR/small/log"; do sleep 0.1; done
cat "$TEST_DIR/small/log" > "$TEST_DIR/2"`,
  ]);
  const large = await readLines(`${run.directory}/large`);
  assertEquals(large.map(numberOf), Array.from({ length: count + 1 }, (_, i) => i));
  const first = await readLines(`${run.directory}/1`);
  const second = await readLines(`${run.directory}/2`);
  // A record that was written in part before the file was exchanged is whole in the next.
  const numbers = [...first, ...second].map(numberOf);
  assertEquals(numbers.filter(Number.isNaN), []);
  const dropped = countDropped([said], "small/log");
  assert(dropped > 0, said);
  assertEquals(numbers.length + dropped, count + 1);
  assertEquals(numbers.toSorted((a, b) => a - b), numbers);
  assertEquals(run.output.texts().filter((line) => /Cannot write/.test(line)).length, 1);
});

namespaceTest("a removed directory is made again within a second", async () => {
  await using run = await inNamespace({
    config: `${IDLE}all.logging: { file: "$(TEST_DIR)/a/b/log" }\n`,
  });
  const path = `${run.directory}/a/b/log`;
  await waitForLineIn(path, /ready\.$/);
  await Deno.remove(`${run.directory}/a`, { recursive: true });
  using sender = await openSender(run);
  await waitUntil(
    async () => {
      await sender.send(`<13>${DATE} prog: again`);
      return (await readLines(path)).length > 0 || undefined;
    },
    "the file",
    3000,
  );
});

namespaceTest("SIGHUP opens all files anew, at once", async () => {
  await using run = await inNamespace({
    config: `${IDLE}
a.logging: { file: "$(TEST_DIR)/a", selector: "user.*" }
b.logging: { file: "$(TEST_DIR)/b", selector: "user.*" }
`,
  });
  const send = async (word: string) => {
    using sender = await openSender(run);
    await sender.send(`<13>${DATE} prog: ${word}`);
    for (const name of ["a", "b"]) {
      await waitForLineIn(`${run.directory}/${name}`, new RegExp(`${word}$`));
    }
  };
  await send("one");
  for (const name of ["a", "b"]) {
    await Deno.rename(`${run.directory}/${name}`, `${run.directory}/${name}.1`);
  }
  await run.signal("SIGHUP");
  for (const name of ["a", "b"]) {
    await waitUntil(
      () => Deno.stat(`${run.directory}/${name}`).then(() => true, () => undefined),
      name,
      900,
    );
  }
  await send("two");
  assertEquals((await readLines(`${run.directory}/a`)).length, 1);
  assertEquals((await readLines(`${run.directory}/a.1`)).length, 1);
});

namespaceTest(
  "a peer that hangs keeps nobody from logging, and its records are counted",
  async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using run = await inNamespace({
      network: "host",
      config: `${IDLE}${OWN}
host.logging: { syslog_host: "tcp://127.0.0.1:${listener.addr.port}", queue_size: 256K, selector: "user.*" }
file.logging: { file: "$(TEST_DIR)/log", selector: "user.*" }
`,
    });
    // Within the 60 s after which a peer that takes nothing counts as gone, on a busy machine too.
    const count = 20_000;
    await sendNumbered(run, 0, 1);
    using connection = await listener.accept();
    await sendNumbered(run, 1, count - 1);
    const lines = await waitForLineIn(`${run.directory}/log`, new RegExp(` ${count - 1} x`));
    assertEquals(lines.map(numberOf), Array.from({ length: count }, (_, i) => i));
    await run.signal("SIGTERM");
    await run.expectExit(0);
    // What the kernel had taken over for the peer is all that the peer can still get.
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of connection.readable) text += decoder.decode(chunk, { stream: true });
    const received = [...text.matchAll(/ prog: (\d+) x{100}(?=\d|$)/g)].map((match) =>
      Number(match[1])
    );
    assertEquals(received, Array.from({ length: received.length }, (_, i) => i));
    const dropped = countDropped(run.output.texts(), `tcp://127.0.0.1:${listener.addr.port}`);
    assertEquals(received.length + dropped, count, run.output.format());
  },
);
