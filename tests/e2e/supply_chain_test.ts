/** What the binary is made of: the same bytes each time, a bill of materials, notices, a frozen lock file. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { downloadEnvironment } from "../../build.ts";
import { COMPONENTS } from "../../lib/manual/licenses.ts";
import { test } from "../test.ts";
import { DIST } from "./harness/namespace.ts";
import { mustRun, runCommand } from "./harness/running.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** All that a build reads; its cache is left behind. */
const SOURCES = [
  "main.ts",
  "build.ts",
  "deno.json",
  "deno.lock",
  "lib",
  "config",
];

async function sha256(path: string): Promise<string> {
  return (await mustRun(["sha256sum", path])).slice(0, 64);
}

async function buildCopy(of: string): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "chaperone-build-" });
  await mustRun(["cp", "-r", ...SOURCES.map((name) => `${of}/${name}`), copy]);
  const options = { env: downloadEnvironment(), limitMs: 300_000 };
  await mustRun([Deno.execPath(), "run", "--allow-all", `${copy}/build.ts`], options);
  return copy;
}

test("two builds of the same sources, in different folders, give the same bytes", async () => {
  const one = await buildCopy(ROOT);
  // Of the copy, since somebody may be writing in the project.
  const two = await buildCopy(one);
  try {
    const bill = JSON.parse(await Deno.readTextFile(`${one}/dist/chaperone.cdx.json`)) as Bill;
    const deno = bill.components.find(({ name }) => name === "deno")?.version;
    const { size } = await Deno.stat(`${one}/.cache/build/bundle/chaperone.js.cache`);
    assertEquals(size > 0, deno?.startsWith("2.5.") === true, "compiled code, or none");
    for (const name of ["chaperone", "chaperone.cdx.json"]) {
      assertEquals(await sha256(`${two}/dist/${name}`), await sha256(`${one}/dist/${name}`), name);
    }
  } finally {
    for (const folder of [one, two]) await Deno.remove(folder, { recursive: true });
  }
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
  const binary = new TextDecoder("latin1").decode(await Deno.readFile(`${DIST}/chaperone`));
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`)) as {
    imports: Record<string, string>;
  };
  const names = Object.values(imports).map((text) => /^npm:([^@/]+)@/.exec(text)?.[1] ?? text);
  // The bundler says in a comment which file it took each piece from.
  const inside = names.filter((name) => new RegExp(`// .*npm.*/${name}/\\d`).test(binary));
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
    const [, name = ""] = /^npm:([^@/]+)@\d+\.\d+\.\d+(?:\/|$)/.exec(text) ?? [];
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
