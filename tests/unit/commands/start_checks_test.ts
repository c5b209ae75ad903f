import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../../../lib/commands/command_line.ts";
import {
  formatProcessTitle,
  refuseConfiguration,
  refuseOptions,
} from "../../../lib/commands/start_checks.ts";
import { test } from "../../test.ts";

function options(...args: string[]) {
  const context = { programName: "chaperone", version: "1", defaults: undefined };
  const line = parseCommandLine(args, context);
  if (line.kind === "exit") throw new Error(line.exit.stderr.join("\n"));
  return line.options;
}

const onStdout = (...stdout: string[]) => ({ stdout, stderr: [], exitCode: 1 });
const onStderr = (...stderr: string[]) => ({ stdout: [], stderr, exitCode: 1 });

function configured(serviceCount: number, ...args: string[]) {
  const isLogLevel = (text: string) => text === "info";
  return refuseConfiguration(options(...args), { serviceCount, isLogLevel });
}

test("refuseConfiguration names the place where there is no configuration", () => {
  const facts = { serviceCount: 0, isLogLevel: () => true, missingPath: "/etc/chaperone.d" };
  assertEquals(
    refuseConfiguration(options(), facts)?.stdout.at(-1),
    "There is nothing at '/etc/chaperone.d', where the configuration is looked for.",
  );
});

test("F-019: refuseOptions lets chaperone run whatever its process is, with --force and without", () => {
  assertEquals(refuseOptions(options("--force", "ls")), undefined);
  assertEquals(refuseOptions(options("ls")), undefined);
});

test("refuseOptions refuses --task without a command", () => {
  assertEquals(
    refuseOptions(options("--task")),
    onStderr("--task needs the command that it is to run, after the options"),
  );
});

test("refuseConfiguration refuses when there is nothing to do", () => {
  const nothing = onStdout(
    "There is nothing to run: no service is configured, and no command is given.",
    "Write a file such as /etc/chaperone.d/app.conf (`chaperone --init` makes one),",
    "or a command after the options.",
  );
  assertEquals(configured(0), nothing);
  assertEquals(configured(0, "--disable-services"), nothing);
  assertEquals(configured(0, "--show-dependencies"), nothing);
  assertEquals(configured(0, "ls"), undefined);
  assertEquals(configured(1), undefined);
});

test("refuseConfiguration refuses --disable-services without a command", () => {
  assertEquals(
    configured(2, "--disable-services", "--log-level", "bogus"),
    onStderr("--disable-services leaves nothing to run: write a command after the options"),
  );
  assertEquals(configured(2, "--disable-services", "ls"), undefined);
});

test("refuseConfiguration refuses an unknown log level", () => {
  assertEquals(
    configured(1, "--log-level", "bogus"),
    onStderr("--log-level is emerg, alert, crit, err, warn, notice, info or debug, not 'bogus'"),
  );
  assertEquals(configured(1, "--log-level", "info"), undefined);
});

test("refuseConfiguration lets --show-dependencies pass before the later checks", () => {
  assertEquals(
    configured(1, "--show-dependencies", "--disable-services", "--log-level", "bogus"),
    undefined,
  );
});

test("formatProcessTitle shows the command without its arguments", () => {
  assertEquals(formatProcessTitle("chaperone", undefined), "[chaperone]");
  assertEquals(formatProcessTitle("chaperone", ["/bin/bash", "-l"]), "[chaperone] /bin/bash");
});
