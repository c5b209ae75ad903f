import { assertEquals } from "@std/assert";
import { test } from "../test.ts";
import { append, createWorkbench, inDirectory, LIMIT_MS, open, until, write } from "./workbench.ts";

const RECORDS = 200_000;

/** Every line of all rotated files, oldest first. */
async function readAll(path: string): Promise<string[]> {
  const numbers = fileNames(path).map((name) => /^x\.(\d+)/.exec(name)?.[1])
    .filter((number) => number !== undefined).map(Number).sort((a, b) => b - a);
  let text = "";
  for (const number of numbers) {
    const plain = `${path}/x.${number}`;
    text += fileNames(path).includes(`x.${number}`)
      ? await Deno.readTextFile(plain)
      : await unzip(`${plain}.gz`);
  }
  text += await Deno.readTextFile(`${path}/x`);
  return text.split("\n").slice(0, -1);
}

async function unzip(path: string): Promise<string> {
  const file = await Deno.open(path);
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
}

function fileNames(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

test("rotation under load loses, doubles and tears no line, and compresses all but the newest", () =>
  inDirectory(async (path) => {
    const { set, reports } = createWorkbench();
    const sink = open(set, {
      file: `${path}/x`,
      rotateSizeBytes: 1_000_000,
      rotateKeep: 100,
      rotateCompress: true,
    });
    for (let i = 0; i < RECORDS; i++) {
      append(sink, `${i} ${"x".repeat(i % 200)}`);
      if (i % 100 === 0) sink.flush();
      if (!sink.hasRoom) {
        sink.flush();
        await sink.whenRoom();
      }
    }
    await set.drain(LIMIT_MS);
    await until(
      "all are compressed",
      () => !fileNames(path).some((name) => /\.\d+$|tmp$/.test(name)),
    );
    set.close();
    assertEquals(reports, []);
    const lines = await readAll(path);
    assertEquals(lines.length, RECORDS);
    const wrong = lines.findIndex((line, i) => line !== `${i} ${"x".repeat(i % 200)}`);
    assertEquals(wrong, -1);
    for (const name of fileNames(path).filter((name) => !name.endsWith(".gz"))) {
      assertEquals((await Deno.stat(`${path}/${name}`)).size <= 1_000_000, true, name);
    }
  }));

test("random renames while records are written lose no line", () =>
  inDirectory(async (path) => {
    const { set, reports } = createWorkbench();
    const sink = open(set, { file: `${path}/x` });
    let moved = 0;
    let written = 0;
    while (moved < 3) {
      for (let i = 0; i < 1000; i++) append(sink, String(written++));
      sink.flush();
      await sink.whenRoom();
      if (fileNames(path).includes("x")) await Deno.rename(`${path}/x`, `${path}/moved.${moved++}`);
      await until("the file is back", () => {
        write(sink, String(written++));
        return fileNames(path).includes("x");
      });
    }
    await set.drain(LIMIT_MS);
    set.close();
    const text = ["moved.0", "moved.1", "moved.2", "x"]
      .map((name) => Deno.readTextFileSync(`${path}/${name}`)).join("");
    const lines = text.split("\n").slice(0, -1);
    assertEquals([lines.length, lines.findIndex((line, i) => line !== String(i))], [written, -1]);
    assertEquals(reports, []);
  }));
