/**
 * What the binary is made of: a base runtime, a bill of materials, notices, a frozen lock file.
 * That two builds give the same bytes is in release_test.ts.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { zipSync } from "fflate";
import { fetchBaseRuntime, TESTED_VERSION } from "../../lib/build/base_runtime.ts";
import { BuildError, downloadEnvironment } from "../../lib/build/tools.ts";
import { COMPONENTS } from "../../lib/manual/licenses.ts";
import { test } from "../test.ts";
import { DIST } from "./harness/namespace.ts";
import { serveReleases } from "./harness/releases.ts";
import { mustRun, runCommand } from "./harness/running.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

async function sha256(path: string): Promise<string> {
  return (await mustRun(["sha256sum", path])).slice(0, 64);
}

const TARGET = "x86_64-unknown-linux-gnu";
const ARCHIVE = `/v${TESTED_VERSION}/denort-${TARGET}.zip`;

/** Fetches the tested base runtime from a server into a folder of its own, and returns its path. */
async function fetchFrom(url: string, use: (path: string) => Promise<void>): Promise<void> {
  const cacheDir = await Deno.makeTempDir();
  Deno.env.set("DENO_RELEASES", url);
  try {
    await use(await fetchBaseRuntime({ version: TESTED_VERSION, target: TARGET, cacheDir }));
  } finally {
    Deno.env.delete("DENO_RELEASES");
    await Deno.remove(cacheDir, { recursive: true });
  }
}

test("the base runtime of a release is the one that comes out of the npm package", async () => {
  const known = `${ROOT}.cache/denort-${TESTED_VERSION}-x86_64`;
  const archive = zipSync({ denort: await Deno.readFile(known) }, { level: 0 });
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", archive)).toHex();
  await using releases = serveReleases({ [ARCHIVE]: archive, [`${ARCHIVE}.sha256sum`]: sum });
  await fetchFrom(releases.url, async (path) => {
    assertEquals(await sha256(path), await sha256(known));
  });
  assertEquals(releases.asked, [ARCHIVE, `${ARCHIVE}.sha256sum`]);
});

test("a base runtime that is not the tested one is refused, wherever it comes from", async () => {
  const archive = zipSync({ denort: new Uint8Array([1, 2, 3]) });
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", archive)).toHex();
  const cases: [files: Record<string, Uint8Array<ArrayBuffer> | string>, reason: string][] = [
    [{ [ARCHIVE]: archive, [`${ARCHIVE}.sha256sum`]: sum }, "its SHA-256 is"],
    [{ [ARCHIVE]: archive, [`${ARCHIVE}.sha256sum`]: "0".repeat(64) }, "its publisher says 0000"],
  ];
  for (const [files, reason] of cases) {
    await using releases = serveReleases(files);
    await assertRejects(() => fetchFrom(releases.url, async () => {}), BuildError, reason);
  }
});

test("--base of a version that cannot be had is refused in a line", async () => {
  await using releases = serveReleases({});
  const { code, stderr } = await runCommand(
    [Deno.execPath(), "run", "--allow-all", `${ROOT}build.ts`, "--base", "2.4.1"],
    { env: { ...downloadEnvironment(), DENO_RELEASES: releases.url }, limitMs: 120_000 },
  );
  assertEquals(code, 1);
  assertMatch(stderr, /the base runtime of Deno 2\.4\.1 cannot be downloaded \(.* answers 404\)/);
});

interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly hashes: readonly { content: string }[] } };
  readonly components: readonly {
    readonly name: string;
    readonly type: string;
    readonly version?: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
}

test("the bill of materials names the binary, its parts and the libraries beside it", async () => {
  const bill = JSON.parse(await Deno.readTextFile(`${DIST}/chaperone.cdx.json`)) as Bill;
  assertEquals(bill.bomFormat, "CycloneDX");
  assertEquals(bill.metadata.component.hashes[0]?.content, await sha256(`${DIST}/chaperone`));
  const parts = bill.components.filter(({ type }) => type !== "file");
  assertEquals(parts.map(({ name }) => name), COMPONENTS.map(({ name }) => name));
  assertMatch(parts[0]?.hashes?.[0]?.content ?? "", /^[0-9a-f]{128}$/);
  const files = bill.components.filter(({ type }) => type === "file");
  assert(files.some(({ name }) => /\/libc\.so\.6$/.test(name)));
});

test("V8 takes the compiled code that the binary carries", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const sections = [
      "log.logging: {selector: '*.info', stdout: true}",
      "a.service: {command: 'true'}",
    ];
    await Deno.writeTextFile(`${folder}/chaperone.conf`, sections.join("\n"));
    const said = await mustRun([
      `${DIST}/chaperone`,
      "--force",
      "--config",
      `${folder}/chaperone.conf`,
    ]);
    assertMatch(said, /chaperone version .*, ready/);
    assertEquals(/the compiled code .*/.exec(said)?.[0], undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("every npm package that the binary contains is a component", async () => {
  // What the binary carries, before white space and comments were removed.
  let carried = "";
  for await (const { name } of Deno.readDir(`${ROOT}.cache/build/plain`)) {
    carried += await Deno.readTextFile(`${ROOT}.cache/build/plain/${name}`);
  }
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`)) as {
    imports: Record<string, string>;
  };
  const names = Object.values(imports).map((text) => /^npm:([^@/]+)@/.exec(text)?.[1] ?? text);
  // The bundler says in a comment which file it took each piece from.
  const inside = names.filter((name) => new RegExp(`// .*npm.*/${name}/\\d`).test(carried));
  assertEquals(inside.includes("yaml"), true);
  const known = COMPONENTS.map((component) => component.name);
  assertEquals(inside.filter((name) => !known.includes(name)), []);
});

test("every dependency has an exact version, and a reason in lib/README.md", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`)) as {
    imports: Record<string, string>;
  };
  const reasons = await Deno.readTextFile(`${ROOT}/lib/README.md`);
  for (const text of Object.values(imports)) {
    const [, name = ""] = /^npm:((?:@[^@/]+\/)?[^@/]+)@\d+\.\d+\.\d+(?:\/|$)/.exec(text) ?? [];
    assert(name !== "", text);
    assert(reasons.includes(`\`${name}\``), `${name} is not in lib/README.md`);
  }
});

test("the lock file is frozen wherever sources are checked", async () => {
  assertMatch(await Deno.readTextFile(`${ROOT}/tests/run.ts`), /"check", "--quiet", "--frozen"/);
  const { code, stderr } = await runCommand(
    [Deno.execPath(), "check", "--quiet", "--frozen", `${ROOT}/main.ts`],
    { env: downloadEnvironment(), limitMs: 60_000 },
  );
  assertEquals(code, 0, stderr);
});

test("--licenses prints the notice of every part", async () => {
  const { code, stdout, stderr } = await runCommand([`${DIST}/chaperone`, "--licenses"]);
  assertEquals([code, stderr], [0, ""]);
  for (const { name, notice } of COMPONENTS) assert(stdout.includes(notice), name);
});
