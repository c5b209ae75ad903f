/** `chaperone mcp` of the compiled program, asked by the official SDK. */
import { Client } from "@modelcontextprotocol/client";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, sh } from "./scenario.ts";

const CONFIG = configuration({
  settings: { "detect_exit": false, "shutdown_timeout": 3 },
  "own.service": {
    command: sh("echo hello; echo bad >&2; exec sleep 1000"),
    uid: 1000,
    stdout: "log",
  },
  "web.service": { command: sh("echo secret; exec sleep 1000"), stdout: "log" },
  "job.service": { type: "cron", interval: "@yearly", command: sh("exit 3") },
});

const AS_1000 = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"];

async function start(): Promise<NamespaceRun> {
  const run = await inNamespace({ config: CONFIG, args: ["--no-exitkills", "sleep", "1000"] });
  await run.exec(["telchap", "wait", "web", "own"]);
  return run;
}

interface Result {
  readonly content: readonly { readonly text: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

/** What is used of the SDK's client; its own types need more than a type check is given. */
interface SdkClient {
  connect(transport: Program, options: object): Promise<void>;
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: object, form: undefined, options: object): Promise<Result>;
  close(): Promise<void>;
}

/** A busy machine takes its time. */
const PATIENTLY = { timeout: 300_000 };

/** As the SDK's own transport on stdio, which leaves a timer behind when it is closed. */
class Program {
  onmessage?: (message: unknown) => void;
  onclose?: () => void;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #output = Promise.resolve();

  constructor([command, ...args]: [string, ...string[]]) {
    const options = { args, stdin: "piped", stdout: "piped", stderr: "inherit" } as const;
    this.#child = new Deno.Command(command, options).spawn();
    this.#input = this.#child.stdin.getWriter();
  }

  start(): Promise<void> {
    this.#output = this.#read();
    return Promise.resolve();
  }

  send(message: unknown): Promise<void> {
    return this.#input.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  }

  async close(): Promise<void> {
    await this.#input.close();
    await this.#output;
    assertEquals((await this.#child.status).code, 0);
    this.onclose?.();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.onmessage?.(JSON.parse(line));
    }
    assertEquals(rest, "");
  }
}

/** A client of the SDK that has started the program. */
class Agent {
  readonly #client = new Client({ name: "test", version: "1" }) as unknown as SdkClient;

  async connect(run: NamespaceRun, argv: readonly string[]): Promise<void> {
    await this.#client.connect(new Program(await run.entering(argv)), PATIENTLY);
    // The client holds answers against what this says of them.
    await this.#client.listTools();
  }

  async tools(): Promise<string[]> {
    return (await this.#client.listTools()).tools.map(({ name }) => name);
  }

  /** The text of an answer, after `!` where the tool failed. */
  async call(name: string, given: object = {}): Promise<string> {
    const { content: [first], isError } = await this.#ask(name, given);
    return isError ? `! ${first?.text}` : `${first?.text}`;
  }

  async value(name: string, given: object = {}): Promise<unknown> {
    return (await this.#ask(name, given)).structuredContent;
  }

  async #ask(name: string, given: object): Promise<Result> {
    return await this.#client.callTool({ name, arguments: given }, undefined, PATIENTLY);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

namespaceTest("mcp: root looks at everything, and acts", async () => {
  await using run = await start();
  await using agent = new Agent();
  await agent.connect(run, ["chaperone", "mcp"]);
  assertEquals(await agent.tools(), [
    ...["status", "why", "logs", "events", "runs", "diff"],
    ...["start", "stop", "restart", "run", "apply"],
  ]);
  assertMatch(await agent.call("status"), /^own .*\n(.*\n)*web /m);
  const { services } = await agent.value("status") as { services: { name: string }[] };
  assertEquals(services.map(({ name }) => name).slice(0, 3), [
    "own.service",
    "web.service",
    "job.service",
  ]);
  assertMatch(await agent.call("why", { service: "web" }), /secret/);
  assertEquals(await agent.call("logs", { service: "own" }), "hello\nbad");
  assertEquals(await agent.call("logs", { service: "own", level: "warn" }), "bad");
  assertEquals(await agent.call("logs", { grep: "^h", lines: 1 }), "own | hello");
  assertMatch(await agent.call("run", { service: "job" }), /^! job exited with code 3/);
  assertMatch(JSON.stringify(await agent.value("runs")), /"failed":1/);
  assertMatch(await agent.call("events", { service: "web" }), /web/);
  assertEquals(await agent.call("stop", { service: "web" }), "services stopped.");
  assertMatch(await agent.call("start", { service: "web" }), /services started/);
  const more = CONFIG.replace("job.service", "more.service");
  await Deno.writeTextFile(`${run.directory}/chaperone.d/test.conf`, more);
  assertMatch(await agent.call("diff"), /more/);
  // The connection of each call is its own: another incarnation answers the next one.
  assertEquals((await run.exec(["telchap", "reexec"])).code, 0);
  assertMatch(await agent.call("apply"), /more/);
  assertStringIncludes(await agent.call("why", { service: "none" }), "! ");
  assertEquals(await agent.call("logs", { lines: 0 }), "! 'lines' is a number from 1 to 1000");
});

namespaceTest("mcp: as uid 1000 its own service is restarted, another's is refused", async () => {
  await using run = await start();
  await using agent = new Agent();
  await agent.connect(run, [...AS_1000, "chaperone", "mcp"]);
  const { services } = await agent.value("status") as { services: { name: string }[] };
  assertEquals(services.map(({ name }) => name), ["own.service"]);
  const pid = async () => (await agent.value("why", { service: "own" }) as { pid: number }).pid;
  const before = await pid();
  assertMatch(await agent.call("restart", { service: "own" }), /services restarted/);
  assertEquals(await pid() === before, false);
  const refused = /^! Command error: not permitted: you do not run as the user of web/;
  for (const tool of ["restart", "stop", "why", "logs"]) {
    assertMatch(await agent.call(tool, { service: "web" }), refused, tool);
  }
  const onlyRoot = /^! Command error: not permitted: only root/;
  for (const tool of ["apply", "diff"]) assertMatch(await agent.call(tool), onlyRoot, tool);
  assertMatch((await run.exec(["telchap", "why", "own"])).stdout, /telchap \(uid 1000\)/);
  await run.waitForLine(/telchap: user 1000 may not do 'restart', it was refused$/);

  await using reader = new Agent();
  await reader.connect(run, ["chaperone", "mcp", "--read-only"]);
  assertEquals(await reader.tools(), ["status", "why", "logs", "events", "runs", "diff"]);
});

namespaceTest("mcp: where no chaperone is it says so; other words are programs", async () => {
  await using run = await inNamespace({ program: ["sleep", "1000"] });
  await using agent = new Agent();
  await agent.connect(run, ["chaperone", "mcp"]);
  assertStringIncludes(await agent.call("status"), "! chaperone does not seem to be listening");
  const { stdout, code } = await run.exec(["chaperone", "mcp", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "docker exec -i -u app CONTAINER chaperone mcp --read-only");
});
