import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../test.ts";
import { inFolder, namesIn, runUtility } from "./utility.ts";

test("P305 envcp filters standard input, values inserted verbatim (P311)", async () => {
  await inFolder(async (cwd) => {
    const { stdout, code } = await runUtility(["envcp", "-"], {
      cwd,
      stdin: "$(A) ${A} $A $(NONE) $(EMPTY)| $(_U) `echo x` $(`echo y`)\n",
      env: { A: "$(B)", B: "no", EMPTY: "", _U: "u" },
    });
    assertEquals(stdout, "$(B) $(B) $A $(NONE) | u `echo x` `echo y`\n");
    assertEquals(code, 0);
  });
});

test("P309 envcp --shell-enable runs bracketed backticks only", async () => {
  await inFolder(async (cwd) => {
    const { stdout } = await runUtility(["envcp", "--shell", "-"], {
      cwd,
      stdin: "`echo x` $(`echo y`) $(A:+`echo z`)",
      env: { A: "1" },
    });
    assertEquals(stdout, "`echo x` y z");
  });
});

test("P312 envcp chooses a block of several lines", async () => {
  await inFolder(async (cwd) => {
    const { stdout } = await runUtility(["envcp", "--xprefix", "%%", "--xgrouping", "(", "-"], {
      cwd,
      stdin: "%%(MODE:|dev*|\ndebug on\na \\| b\n|\ndebug off\n)${MODE}%(MODE)",
      env: { MODE: "DEVEL" },
    });
    assertEquals(stdout, "\ndebug on\na | b\n${MODE}%(MODE)");
  });
});

test("envcp leaves bytes that are not UTF-8 as they are", async () => {
  await inFolder(async (cwd) => {
    const stdin = Uint8Array.from([0xff, 0x24, 0x28, 0x41, 0x29, 0xfe]);
    const { bytes } = await runUtility(["envcp", "-"], { cwd, stdin, env: { A: "ä" } });
    assertEquals([...bytes], [0xff, 0xc3, 0xa4, 0xfe]);
  });
});

test("P308 envcp -v -a says what it copies, and keeps mode and time", async () => {
  await inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/run.tpl`, "at $(PLACE)");
    await Deno.chmod(`${cwd}/run.tpl`, 0o750);
    await Deno.utime(`${cwd}/run.tpl`, 1000, 2000);
    await Deno.mkdir(`${cwd}/d`);
    const words = ["envcp", "-v", "-a", "--strip", ".tpl", "run.tpl", "d"];
    const { stdout } = await runUtility(words, { cwd, env: { PLACE: "home" } });
    assertEquals(stdout, `envcp run.tpl ${cwd}/d/run\n`);
    const info = await Deno.stat(`${cwd}/d/run`);
    assertEquals((info.mode ?? 0) & 0o777, 0o750);
    assertEquals(info.mtime?.getTime(), 2_000_000);
    assertEquals(await Deno.readTextFile(`${cwd}/d/run`), "at home");
  });
});

test("P306 envcp refuses before it writes anything", async () => {
  await inFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/d`);
    for (const name of ["a", "b", "d/b"]) await Deno.writeTextFile(`${cwd}/${name}`, name);
    const { stdout, code } = await runUtility(["envcp", "a", "b", "d"], { cwd });
    assertEquals(stdout, `error: file ${cwd}/d/b exists, won't overwrite\n`);
    assertEquals(code, 1);
    assertEquals(await namesIn(`${cwd}/d`), ["b"]);
  });
});

test("envcp leaves the target alone where a value is required", async () => {
  await inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/a`, "$(NONE:?needed here)");
    const { stderr, code } = await runUtility(["envcp", "a", "b"], { cwd });
    assertStringIncludes(stderr, "needed here");
    assertEquals(code, 1);
    assertEquals(await namesIn(cwd), ["a"]);
  });
});
