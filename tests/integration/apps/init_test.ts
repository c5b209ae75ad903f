import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../test.ts";
import { inFolder, namesIn } from "./utility.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Runs `chaperone --init …` in a folder. */
async function init(cwd: string, ...args: readonly string[]) {
  const flags = ["--quiet", "--no-check", "--allow-all", "--unstable-net", "--config"];
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `${ROOT}deno.json`, `${ROOT}main.ts`, "--init", ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

/** Lays out an image with a Redis whose program is found by way of an absolute link. */
async function layOutImage(root: string): Promise<void> {
  await Deno.mkdir(`${root}/usr/bin`, { recursive: true });
  await Deno.mkdir(`${root}/etc/alternatives`, { recursive: true });
  await Deno.symlink("/usr/bin", `${root}/bin`);
  await Deno.writeTextFile(`${root}/usr/bin/redis-real`, "", { mode: 0o755 });
  await Deno.symlink("/usr/bin/redis-real", `${root}/etc/alternatives/redis`);
  await Deno.symlink("/etc/alternatives/redis", `${root}/usr/bin/redis-server`);
  await Deno.writeTextFile(`${root}/usr/bin/nginx`, "not a program", { mode: 0o644 });
  await Deno.writeTextFile(`${root}/etc/passwd`, "redis:x:101:101::/var/lib/redis:/bin/false\n");
}

test("--init proposes services for the image below --root and overwrites nothing", async () => {
  await inFolder(async (folder) => {
    await layOutImage(`${folder}/image`);
    const args = ["--root", "image", "--to", "new/chaperone.d"];
    const first = await init(folder, ...args);
    assertEquals([first.code, first.stderr], [0, ""]);
    const directory = `${folder}/new/chaperone.d`;
    const names = ["010-start.conf", "100-services.conf", "chaperone.schema.json"];
    assertEquals((await namesIn(directory)).sort(), names);
    const services = await Deno.readTextFile(`${directory}/100-services.conf`);
    assertMatch(services, /^# yaml-language-server: \$schema=chaperone.schema.json\n/);
    assertMatch(services, /^ {2}command: \/usr\/bin\/redis-server --bind 127\.0\.0\.1/m);
    assertMatch(services, /^ {2}uid: redis$/m);
    assert(!services.includes("nginx.service"));

    await Deno.remove(`${directory}/010-start.conf`);
    await Deno.writeTextFile(`${directory}/100-services.conf`, "mine");
    const second = await init(folder, ...args);
    assertEquals(second.code, 1);
    assertMatch(second.stderr, /100-services.conf exists and is left alone/);
    assertEquals(await Deno.readTextFile(`${directory}/100-services.conf`), "mine");
    assertEquals((await namesIn(directory)).sort(), names.slice(1));
  });
});

test("--init --from-s6 reads the scripts beside the services of s6-overlay", async () => {
  await inFolder(async (folder) => {
    const overlay = `${folder}/image/etc/s6-overlay`;
    await Deno.mkdir(`${overlay}/s6-rc.d/prepare`, { recursive: true });
    await Deno.mkdir(`${overlay}/scripts`);
    await Deno.writeTextFile(`${overlay}/s6-rc.d/prepare/type`, "oneshot\n");
    await Deno.writeTextFile(`${overlay}/s6-rc.d/prepare/up`, "/etc/s6-overlay/scripts/prepare\n");
    await Deno.writeTextFile(`${overlay}/scripts/prepare`, "#!/command/with-contenv bash\ntrue\n");
    const source = ["--from-s6", "image/etc/s6-overlay/s6-rc.d"];
    const { code, stdout } = await init(folder, "--stdout", "--root", "image", ...source);
    assertEquals(code, 0);
    assertMatch(stdout, /^ {2}command: \/bin\/bash \/etc\/s6-overlay\/scripts\/prepare$/m);
  });
});

test("--init --stdout prints a conversion and touches nothing", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/Procfile`, "web: ./web\n");
    await Deno.mkdir(`${folder}/sv/app`, { recursive: true });
    await Deno.writeTextFile(`${folder}/sv/app/run`, "#!/bin/sh\nexec chpst -u app ./app\n");
    const procfile = await init(folder, "--stdout", "--from-procfile", "Procfile");
    assertMatch(procfile.stdout, /^web\.service:\n {2}command: '\.\/web'\n {2}exit_kills: true$/m);
    const runit = await init(folder, "--from-runit", "sv/", "--stdout");
    assertMatch(runit.stdout, /^app\.service:\n {2}uid: app\n {2}command: '?\.\/app'?$/m);
    assertEquals((await namesIn(folder)).sort(), ["Procfile", "sv"]);
  });
});

test("--init names scripts by their path in the image, wherever it was called", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/rootfs/etc/service/app`, { recursive: true });
    await Deno.writeTextFile(`${folder}/rootfs/etc/service/app/run`, "#!/bin/sh\na; exec b\n");
    const here = await init(folder, "--stdout", "--from-runit", "rootfs/etc/service");
    const path = `${folder}/rootfs/etc/service/app`;
    assertMatch(here.stdout, new RegExp(`^  command: ${path}/run\n  directory: ${path}$`, "m"));
    const image = ["--root", "rootfs", "--from-runit", "rootfs/etc/service/"];
    const there = await init(folder, "--stdout", ...image);
    assertMatch(there.stdout, /^ {2}command: \/etc\/service\/app\/run$/m);
  });
});

test("--init leaves out units that are masked", async () => {
  await inFolder(async (folder) => {
    await Deno.symlink("/dev/null", `${folder}/off.service`);
    await Deno.writeTextFile(`${folder}/on.service`, "[Service]\nExecStart=/bin/on\n");
    const units = ["--from-systemd", "off.service", "on.service"];
    const { stdout, code } = await init(folder, "--stdout", ...units);
    assertEquals([code, [...stdout.matchAll(/^\w+\.service:/gm)].map(String)], [0, [
      "on.service:",
    ]]);
  });
});

test("--init tells what it cannot read and what it does not understand", async () => {
  await inFolder(async (folder) => {
    const missing = await init(folder, "--from-compose", "compose.yaml");
    assertEquals(missing.code, 1);
    assertMatch(missing.stderr, /No such file or directory: 'compose.yaml'/);
    const nothing = await init(folder, "--from-s6");
    assertMatch(nothing.stderr, /^--from-s6 needs a source\nUsage:/);
    const word = await init(folder, "chaperone.d");
    assertMatch(word.stderr, /^'chaperone.d' is no option: write --to DIR/);
    assertEquals([nothing.code, word.code], [1, 1]);
    assertEquals(await namesIn(folder), []);
  });
});
