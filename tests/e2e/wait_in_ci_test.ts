/** The lines that docs/operating.md gives a CI job, run beside a container of each kind. */
import { assertEquals } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, sh } from "./scenario.ts";

const PAGE = new URL("../../docs/operating.md", import.meta.url);

/** What stands for docker: the container runs already, or is about to. */
const DOCKER = `docker() {
  case "$1" in
    run) ;;
    logs) echo "the log" ;;
    exec) shift 2; case "$1" in run-the-tests) echo "tests run" ;; *) "$@" ;; esac ;;
  esac
}
`;

async function linesOfPage(timeout: string): Promise<string> {
  const text = await Deno.readTextFile(PAGE);
  const block = /```sh\n(docker run -d[^`]*telchap wait[^`]*)```/.exec(text)?.[1] ?? "";
  assertEquals(block.split("\n").length, 4, "three lines");
  return DOCKER + block.replace("60s", timeout);
}

const late = (isReady: string) =>
  configuration({
    settings: { "detect_exit": false, "shutdown_timeout": 1 },
    "late.service": {
      command: "sleep 1000",
      ready: { exec: isReady, interval: "0.2s", timeout: "300s" },
    },
  });

namespaceTest(
  "wait in CI: the tests run once a container is ready that becomes so late",
  async () => {
    const isReady = "test -e $(TEST_DIR)/ready";
    await using run = await inNamespace({
      config: late(isReady),
      args: ["--no-exitkills", "sleep", "1000"],
    });
    const makeReady =
      `(until telchap status 2>/dev/null | grep -q 'late.*starting'; do sleep 0.1; done; ` +
      "echo made ready; touch $TEST_DIR/ready) &\n";
    const script = makeReady + await linesOfPage("60s");
    const { stdout, code } = await run.exec(["timeout", "90", "sh", "-c", script], {
      env: { TEST_DIR: run.directory },
    });
    assertEquals(
      stdout,
      "made ready\nthe container is ready.\ntests run\n",
    );
    assertEquals(code, 0);
  },
);

namespaceTest(
  "wait in CI: the job fails with the log of a container that is never ready",
  async () => {
    await using run = await inNamespace({
      config: late("false"),
      args: ["--no-exitkills", "sleep", "1000"],
    });
    const script = await linesOfPage("2s");
    const { stdout, code } = await run.exec(["timeout", "90", "sh", "-c", script]);
    assertEquals(
      [/^not ready, not within [\d.]+ s: .*late.*\nthe log\n$/.test(stdout), code],
      [true, 1],
      stdout,
    );
  },
);

namespaceTest(
  "wait in CI: a container whose chaperone is not there yet is waited for",
  async () => {
    await using run = await inNamespace({
      config: configuration({ "web.service": { command: sh("echo listening; exec sleep 1000") } }),
      setup: "sleep 2",
    });
    const waits = [[], ["--for", "log=/^listen/", "web"]];
    const answers = await Promise.all(
      waits.map((words) => run.exec(["telchap", "wait", "--timeout", "60s", ...words])),
    );
    assertEquals(answers.map(({ stdout, code }) => [stdout, code]), [
      ["the container is ready.\n", 0],
      ["listening\n", 0],
    ]);
  },
);
