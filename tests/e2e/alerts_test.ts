/** Alerts of the compiled program, to a real server, a command and a file. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeCertificate } from "../integration/sinks/certificate.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Section, sh, STAYS } from "./scenario.ts";

interface Message {
  readonly events: readonly { event: string; count: number; text: string; lines?: string[] }[];
}

/** A web server on this machine, which answers as told. */
class Receiver implements AsyncDisposable {
  readonly messages: Message[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(
    answer: (count: number) => Response | Promise<Response> = () => new Response(""),
    tls: { readonly cert: string; readonly key: string } | undefined = undefined,
  ) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls };
    this.#server = Deno.serve(options, async (request) => {
      this.messages.push(await request.json());
      return await answer(this.messages.length);
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook?token=secret`;
  }

  /** The events of each message. */
  get told(): string[] {
    return this.messages.map(({ events }) => events.map(({ event }) => event).join(" "));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function container(alert: Section, services: Readonly<Record<string, Section>>) {
  return inNamespace({
    network: "host",
    config: configuration({
      "ops.alert": alert,
      "keeper.service": { command: sh(STAYS) },
      ...services,
    }),
  });
}

async function telchap(run: NamespaceRun, ...words: string[]): Promise<string> {
  const { stdout, stderr } = await run.exec(["timeout", "30", "telchap", ...words]);
  return stdout + stderr;
}

async function stop(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

namespaceTest(
  "a crash loop is told once, its end once more, and the container's end before it ends; over a re-execution, too",
  async () => {
    await using receiver = new Receiver();
    await using run = await container({
      webhook: receiver.url,
      events: ["restarts>3/10m", "recovered", "ended"],
      "group_wait": "1s",
    }, {
      "web.service": {
        command: sh("[ -e $TEST_DIR/well ] && exec sleep 1000; echo trouble; sleep 0.15; exit 3"),
        restart: true,
        "restart_limit": 1000,
        "restart_delay": 0,
      },
    });
    await waitUntil(() => receiver.messages[0], "the first message");
    await telchap(run, "reexec");
    await Deno.writeTextFile(`${run.directory}/well`, "");
    await waitUntil(() => receiver.messages[1], "the second message");
    assertEquals(receiver.told, ["restarts", "recovered"]);
    assertEquals(receiver.messages[0]?.events[0]?.lines?.at(-1), "trouble");
    await stop(run);
    assertEquals(receiver.told, ["restarts", "recovered", "ended"]);
  },
);

namespaceTest(
  "a server that is busy is asked again; one that hangs costs nobody else anything",
  async () => {
    await using receiver = new Receiver((count) =>
      new Response("", { status: count === 1 ? 503 : 200 })
    );
    const held = Promise.withResolvers<void>();
    await using hanging = new Receiver(() => held.promise.then(() => new Response("")));
    await using run = await container({
      webhook: receiver.url,
      events: ["failed"],
      "group_wait": 0,
    }, {
      "b.alert": { webhook: hanging.url, events: ["failed", "ended"], "group_wait": 0 },
      "web.service": { command: sh("sleep 0.3; exit 3") },
    });
    await waitUntil(() => receiver.messages[1], "a second attempt");
    await run.waitForLine(/ops\.alert: a message waits.*127\.0\.0\.1:\d+ answered 503$/);
    assertEquals(
      await telchap(run, "alert"),
      [
        "ops.alert: 1 sent, 0 waiting, 0 given up; 1 failed attempts, 0 events not told again",
        "b.alert: 0 sent, 1 waiting, 0 given up; 0 failed attempts, 0 events not told again",
        "",
      ].join("\n"),
    );
    await telchap(run, "stop", "keeper");
    assert(!run.output.texts().some((line) => line.includes("token=secret")));
    await run.signal("SIGTERM");
    const began = performance.now();
    await run.waitForExit();
    assert(performance.now() - began < 20_000);
    held.resolve();
  },
);

namespaceTest("telchap alert test tells by file and command, and what went wrong", async () => {
  const file = "$(TEST_DIR)/alerts.txt";
  const command = sh("cat >$TEST_DIR/command.txt");
  await using run = await container({ file, command, format: "text" }, {
    "b.alert": { webhook: "http://127.0.0.1:8999/hooks/(a):TOKEN?TOKEN" },
    "t.alert": { file: "$(TEST_DIR)/filled.json", template: '{"content": "{text}"}' },
  });
  await run.waitForLine(/: up$/);
  assertStringIncludes(await telchap(run, "alert", "test", "ops"), "a message was delivered");
  assertStringIncludes(await Deno.readTextFile(`${run.directory}/alerts.txt`), "this is a test");
  await waitUntil(async () => {
    const text = await Deno.readTextFile(`${run.directory}/command.txt`).catch(() => "");
    return text.includes("this is a test") || undefined;
  }, "the command");
  await telchap(run, "alert", "test", "t");
  const filled = JSON.parse(await Deno.readTextFile(`${run.directory}/filled.json`));
  assertStringIncludes(filled.content, "this is a test");
  const refused = await telchap(run, "alert", "test", "b");
  const why = "was not delivered: error sending request to 127.0.0.1:8999: client error";
  assertStringIncludes(refused, why);
  assertEquals(refused.includes("TOKEN"), false, refused);
  assertStringIncludes(
    await telchap(run, "alert", "test", "c"),
    "there are ops.alert, b.alert, t.alert",
  );
  const config = `${run.directory}/chaperone.d/test.conf`;
  await Deno.writeTextFile(
    config,
    (await Deno.readTextFile(config)).replace('"b.alert"', '"c.alert"'),
  );
  await telchap(run, "apply");
  assertStringIncludes(
    await telchap(run, "alert", "test", "b"),
    "there are ops.alert, c.alert, t.alert",
  );
  await stop(run);
});

namespaceTest(
  "a server with a bad certificate is refused in words and costs nobody else anything; a stop that is overdue is told",
  async () => {
    const folder = await Deno.makeTempDir();
    const [cert, key] = await makeCertificate(folder).finally(() =>
      Deno.remove(folder, { recursive: true })
    );
    await using secure = new Receiver(undefined, { cert, key });
    await using plain = new Receiver();
    const url = `https://localhost:${secure.port}/hook?token=secret`;
    await using run = await container({ webhook: url, events: ["stop_overdue"], "group_wait": 0 }, {
      "b.alert": { webhook: plain.url, events: ["stop_overdue"], "group_wait": 0 },
      "c.alert": { webhook: url, "tls_ca_file": "$(TEST_DIR)/cert.pem" },
      "web.service": {
        command: sh("trap '' TERM; echo up; while :; do sleep 1; done"),
        "stop_timeout": 0.2,
      },
    });
    await Deno.writeTextFile(`${run.directory}/cert.pem`, cert);
    await run.waitForLine(/web\[\d+\]: up$/);
    await telchap(run, "stop", "--wait", "web");
    await waitUntil(() => plain.messages[0], "the message");
    assertStringIncludes(plain.messages[0]?.events[0]?.text ?? "", "had not stopped after");
    await run.waitForLine(/ops\.alert: a message waits.*no authority that is trusted has signed/);
    assertStringIncludes(await telchap(run, "alert", "test", "ops"), "tls_ca_file");
    assertStringIncludes(await telchap(run, "alert", "test", "c"), "a message was delivered");
    assert(!run.output.texts().some((line) => line.includes("token=secret")));
    await stop(run);
  },
);
