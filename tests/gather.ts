/**
 * Runs the tests of a folder: `deno run -A tests/gather.ts FOLDER PARTS [OPTION]...`; options are
 * those of `deno test`. That gives each file an isolate of its own and loads the program into it
 * anew, which takes longer than most tests do. So it is given a few modules that import many files
 * each.
 */
const ROOT = new URL("../", import.meta.url);

function testFiles(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return testFiles(new URL(`${name}/`, folder));
    return name.endsWith("_test.ts") ? [new URL(name, folder)] : [];
  });
}

/** Deals the files out to the parts, so that each has some of every folder. */
function writeParts(folder: string, files: readonly URL[], count: number): string[] {
  return Array.from({ length: count }, (_, part) => {
    const path = `${folder}/part_${part + 1}_test.ts`;
    const own = files.filter((_, index) => index % count === part);
    Deno.writeTextFileSync(path, own.map(({ href }) => `import "${href}";\n`).join(""));
    return path;
  });
}

const [folder = "", parts = "", ...options] = Deno.args;
const files = testFiles(new URL(`${folder}/`, ROOT)).sort((a, b) => a.href < b.href ? -1 : 1);
const scratch = Deno.makeTempDirSync({ prefix: "chaperone-tests-" });
try {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--allow-all", "--quiet", "--config", new URL("deno.json", ROOT).pathname],
      ...options,
      ...writeParts(scratch, files, Number(parts)),
    ],
    cwd: ROOT,
  }).spawn().status;
  Deno.exitCode = code;
} finally {
  Deno.removeSync(scratch, { recursive: true });
}
