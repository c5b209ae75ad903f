import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../test.ts";
import { inFolder } from "./utility.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Runs `telchap check …` in a folder. */
async function check(cwd: string, ...args: readonly string[]) {
  const flags = ["--quiet", "--no-check", "--allow-all", "--unstable-net", "--config"];
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `${ROOT}deno.json`, `${ROOT}main.ts`, "telchap", "check", ...args],
    cwd,
    env: { NO_COLOR: "1", PWD: "/", _CHAP_OPTIONS: "" },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

test("telchap check --root judges by the users and programs of the image", async () => {
  await inFolder(async (folder) => {
    const image = `${folder}/image`;
    await Deno.mkdir(`${image}/etc/chaperone.d`, { recursive: true });
    await Deno.mkdir(`${image}/bin`);
    await Deno.writeTextFile(`${image}/bin/only-there`, "", { mode: 0o755 });
    await Deno.writeTextFile(`${image}/etc/passwd`, "imaginary:x:77:77::/:/bin/sh\n");
    const file = `${image}/etc/chaperone.d/a.conf`;
    await Deno.writeTextFile(
      file,
      "log.logging: {stdout: true}\na.service: {command: only-there, uid: imaginary}\n",
    );
    const good = await check(folder, "--root", "image");
    assertEquals([good.code, good.stdout], [0, "1 service and 1 logging section, no error\n"]);
    const here = await check(folder, file);
    assertEquals(here.code, 1);
    assertMatch(here.stdout, /specified user \('imaginary'\) does not exist/);

    await Deno.writeTextFile(file, "a.service: {command: sleep 5, env_set: {A: '`touch ran`'}}\n");
    const bad = await check(folder, "--root", "image", "--format", "json");
    const { ok, findings } = JSON.parse(bad.stdout);
    assertEquals([bad.code, ok], [1, false]);
    assertEquals(findings.map(({ rule }: { rule: string }) => rule), [
      "configuration",
      "missing-executable",
      "output-lost",
    ]);
    assertEquals(findings[1].position, { file: "/etc/chaperone.d/a.conf", line: 1, column: 1 });
  });
});

test("telchap check --root reads a named configuration here and what it names there", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/image/etc/cron.d`, { recursive: true });
    await Deno.mkdir(`${folder}/image/bin`);
    await Deno.writeTextFile(`${folder}/image/bin/sh`, "", { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/image/etc/passwd`, "imaginary:x:77:77::/:/bin/sh\n");
    const crontab = `${folder}/image/etc/cron.d/jobs`;
    await Deno.writeTextFile(crontab, "5 4 * * * imaginary tidy\n");
    await Deno.writeTextFile(
      `${folder}/a.conf`,
      "log.logging: {stdout: true}\njobs.service: {type: crontab, file: /etc/cron.d/jobs}\n",
    );
    const good = await check(folder, "--root", "image", "a.conf");
    assertEquals(good.stdout, "1 service and 1 logging section, no error\n");
    await Deno.writeTextFile(crontab, "5 44 * * * imaginary tidy\n");
    const bad = await check(folder, "--root", "image", "a.conf");
    assertEquals(bad.code, 1);
    assertMatch(bad.stdout, /^error: \/etc\/cron.d\/jobs:1:1: .*44/);
  });
});

test("telchap check refuses a configuration and a root that are not there", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/image`);
    const empty = await check(folder, "--root", "image");
    assertEquals(empty.code, 1);
    assertMatch(empty.stdout, /^error: no such file or directory: '\/etc\/chaperone\.d'/);
    const nowhere = await check(folder, "--root", "nowhere");
    assertEquals([nowhere.code, nowhere.stdout], [2, ""]);
    assertMatch(nowhere.stderr, /^--root needs a directory, and 'nowhere' is none$/m);
  });
});

test("telchap check answers as SARIF and refuses other forms", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.conf`, "a.service: {command: /nonexistent/program}\n");
    const sarif = await check(folder, "--format=sarif", "a.conf");
    assertEquals(sarif.code, 1);
    const [result] = JSON.parse(sarif.stdout).runs[0].results;
    assertEquals([result.ruleId, result.level], ["missing-executable", "error"]);
    const xml = await check(folder, "--format=xml", "a.conf");
    assertEquals([xml.code, xml.stderr], [
      2,
      "--format is text, json or sarif, not 'xml'\n",
    ]);
    const missing = await check(folder, "b.conf");
    assertEquals([missing.code, missing.stdout], [
      1,
      "error: no such file or directory: 'b.conf' [configuration]\n1 error\n",
    ]);
  });
});
