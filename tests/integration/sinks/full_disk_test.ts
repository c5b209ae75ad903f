import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../test.ts";
import { append, createWorkbench, inDirectory, LIMIT_MS, open, until } from "./workbench.ts";

const PROGRAM = new URL("programs/full_disk.ts", import.meta.url).pathname;

interface Outcome {
  readonly reports: string[];
  readonly dropped: number;
  readonly numbers: string[];
  readonly others: number;
}

if (Deno.uid() === 0) {
  test("a full disk stops no other file, is told once, and loses only what is counted", () =>
    inDirectory(async (path) => {
      const disk = `${path}/disk`;
      await Deno.mkdir(disk);
      const script = `mount -t tmpfs -o size=1M none ${disk} && exec "$@"`;
      const argv = [Deno.execPath(), "run", "-A", "--unstable-net", PROGRAM, disk, `${path}/other`];
      const { stdout, success, stderr } = await new Deno.Command("unshare", {
        args: ["--mount", "sh", "-c", script, "sh", ...argv],
      }).output();
      assertEquals(success, true, new TextDecoder().decode(stderr));
      const { reports, dropped, numbers, others } = JSON.parse(
        new TextDecoder().decode(stdout),
      ) as Outcome;
      assertEquals([others, reports.length, numbers.includes("torn")], [2000, 2, false]);
      assertEquals(numbers.length + dropped, 2000);
      assertEquals(numbers, [...numbers].sort((a, b) => Number(a) - Number(b)));
      assertMatch(reports[0] ?? "", /^Cannot write to log file '.*': No space left on device/);
      assertMatch(reports[1] ?? "", new RegExp(`again, ${dropped} records were dropped$`));
    }));
}

test("a device that is always full is told once and takes no other file with it", () =>
  inDirectory(async (path) => {
    const { set, reports } = createWorkbench();
    const full = open(set, { file: "/dev/full", queueSizeBytes: 1024 });
    const other = open(set, { file: `${path}/x` });
    for (let i = 0; i < 1000; i++) {
      for (const sink of [full, other]) append(sink, "a record");
      for (const sink of [full, other]) sink.flush();
    }
    await until("it is told", () => reports.length > 0);
    await set.drain(LIMIT_MS);
    set.close();
    assertEquals((await Deno.readTextFile(`${path}/x`)).length, 9000);
    assertEquals(full.droppedTotal, 1000);
    assertEquals(reports.map((text) => text.replace(/: .*/, "")), [
      "Cannot write to log file '/dev/full'",
      "End of writing to log file '/dev/full', 1000 records were dropped",
    ]);
  }));
