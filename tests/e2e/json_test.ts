/** `--json` of every command of the compiled program, held against the schema in docs. */
import { Ajv } from "ajv";
import { assertEquals } from "@std/assert";
import { ANSWERS } from "../../lib/commands/answers.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, sh } from "./scenario.ts";

const SCHEMA = new URL("../../docs/telchap.schema.json", import.meta.url);

const CONFIG = configuration({
  settings: { "detect_exit": false, "shutdown_timeout": 3, "state_dir": "/run/state" },
  "web.service": {
    command: sh("echo hello; trap 'exit 0' TERM; trap : HUP; while :; do sleep 0.1; done"),
    stdout: "log",
    "reload_signal": "HUP",
  },
  "late.service": { command: "sleep 1000", after: "web", enabled: false },
  "broken.service": { command: "false", "ignore_failures": true, type: "oneshot" },
  "job.service": { type: "cron", interval: "@yearly", command: "true" },
  "ops.alert": { file: "/run/alerts" },
});

/**
 * By command, in this order: lines whose answers differ in shape; those after `!` are refused, those
 * after `?` fail and say so in the form of the command.
 */
const LINES: Readonly<Record<keyof typeof ANSWERS, readonly string[]>> = {
  status: ["status", "status web job", "! status none"],
  loglevel: ["loglevel", "loglevel info", "! loglevel loud"],
  start: ["start --enable late", "start --wait web"],
  stop: ["stop --wait late", "stop late"],
  reset: ["reset late", "reset --force broken"],
  disable: ["disable late"],
  enable: ["enable late"],
  dependencies: ["dependencies"],
  restart: ["restart --wait web"],
  reload: ["reload web", "! reload late"],
  run: ["run --wait job", "run job"],
  signal: ["signal web HUP", "! signal web LOUD"],
  wait: [
    "wait web",
    "? wait --for completed --timeout 0.1 web",
    "wait --for log=/hello/ web",
    "! wait --for log=/hello/ none",
  ],
  logs: ["logs", "logs --grep hello web"],
  events: ["events", "events -n 2"],
  runs: ["runs", "runs job"],
  "post-mortem": ["post-mortem --previous 0"],
  alert: ["alert", "alert test ops", "! alert test none"],
  why: ["why web", "why broken", "why job", "why late"],
  show: ["show web"],
  tree: ["tree"],
  graph: ["graph"],
  blame: ["blame"],
  audit: ["audit", "audit web"],
  diff: ["diff"],
  apply: ["apply"],
  check: ["check", "check --audit"],
  launch: ["launch --name more -- sleep 1000", "! launch --name more -- sleep 1000"],
  forget: ["forget more", "! forget web"],
  names: ["names"],
  reexec: ["reexec --last"],
  shutdown: ["shutdown 600", "shutdown --cancel"],
};

async function start(): Promise<NamespaceRun> {
  const run = await inNamespace({ config: CONFIG, args: ["--no-exitkills", "sleep", "1000"] });
  await run.exec(["sh", "-c", "until telchap wait web; do sleep 0.1; done"]);
  return run;
}

namespaceTest("F-074: every answer with --json is as docs/telchap.schema.json says", async () => {
  const schema = JSON.parse(await Deno.readTextFile(SCHEMA));
  const ajv = new Ajv({ allErrors: true });
  ajv.addSchema(schema, "telchap");
  await using run = await start();
  const wrong: string[] = [];
  for (const [name, lines] of Object.entries(LINES)) {
    for (const line of lines) {
      const [, mark = "", call = ""] = /^(?:([!?]) )?(.*)$/.exec(line) ?? [];
      const [command = "", ...rest] = call.split(" ");
      const place = name === "check" ? [`${run.directory}/chaperone.d`] : [];
      const words = ["telchap", command, "--json", ...rest, ...place];
      const { stdout, code } = await run.exec(["timeout", "30", ...words]);
      if ((code !== 0) !== (mark !== "")) wrong.push(`${line} ended with ${code}: ${stdout}`);
      const form = mark === "!" ? "refused" : name;
      const validate = ajv.getSchema(`telchap#/definitions/${form}`);
      const values = stdout.trim().split("\n");
      if (values.length === 0) wrong.push(`${line} says nothing`);
      for (const value of values) {
        if (validate?.(JSON.parse(value))) continue;
        wrong.push(`${line}: ${ajv.errorsText(validate?.errors)} in ${value.slice(0, 400)}`);
      }
    }
  }
  assertEquals(wrong, []);
});

namespaceTest(
  "blame --trace writes the start-up where its caller stands, or to stdout",
  async () => {
    await using run = await start();
    const write = 'cd "$TEST_DIR" && telchap blame --trace boot.json';
    const { stdout } = await run.exec(["sh", "-c", write]);
    assertEquals(
      stdout,
      "The start-up is in boot.json: open it in Perfetto or chrome://tracing.\n",
    );
    const { traceEvents } = JSON.parse(await Deno.readTextFile(`${run.directory}/boot.json`));
    const names = traceEvents.map(({ name }: { name: string }) => name);
    assertEquals(names.includes("start web"), true, names.join());
    const shown = await run.exec(["telchap", "blame", "--trace", "-"]);
    assertEquals(JSON.parse(shown.stdout).displayTimeUnit, "ms");
    const refused = await run.exec(["telchap", "blame", "--trace", "/none/boot.json"]);
    assertEquals([refused.code, refused.stderr], [
      1,
      "telchap cannot write the trace: No such file or directory: '/none/boot.json'\n",
    ]);
  },
);
