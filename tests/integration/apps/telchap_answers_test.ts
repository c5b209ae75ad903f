/** What telchap says where chaperone answers by half, refuses, or is not there: a false one answers. */
import { assertEquals } from "@std/assert";
import { BROKEN_OFF } from "../../../lib/apps/ask_failure.ts";
import { runTelchap } from "../../../lib/apps/telchap.ts";
import { type ControlAnswer, encodeFrame, FrameReader } from "../../../lib/wire/control_frame.ts";
import { test } from "../test.ts";
import { inFolder } from "./utility.ts";

interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The words of each request. */
  readonly asked: readonly (readonly string[])[];
}

/** The answers to one request, after which the connection is closed. */
type Script = readonly ControlAnswer[];

const END: ControlAnswer = { kind: "end", exitCode: 0 };
const REFUSED: ControlAnswer = { kind: "end", exitCode: 1 };

function said(text: string): ControlAnswer {
  return { kind: "text", text: `${text}\n` };
}

function logLine(text: string): ControlAnswer {
  return said(
    JSON.stringify({ service: "web.service", wallMs: 0, pid: 1, stream: "stdout", text }),
  );
}

/** Runs a line of telchap while somebody answers by the scripts, a request each. */
async function telchap(line: string, scripts: readonly Script[]): Promise<Told> {
  const asked: string[][] = [];
  let told: Omit<Told, "asked"> = { code: -1, stdout: "", stderr: "" };
  await inFolder(async (folder) => {
    const path = `${folder}/socket`;
    const listener = Deno.listen({ transport: "unix", path });
    const serving = serve(listener, scripts, asked);
    Deno.env.set("CHAPERONE_SOCKET", scripts.length === 0 ? `${folder}/none` : path);
    try {
      told = await captured(() => runTelchap(line.split(" ")));
    } finally {
      Deno.env.delete("CHAPERONE_SOCKET");
      listener.close();
      await serving;
    }
  });
  return { ...told, asked };
}

async function serve(listener: Deno.Listener, scripts: readonly Script[], asked: string[][]) {
  for (const script of scripts) {
    using connection = await listener.accept();
    const reader = new FrameReader(1024 * 1024);
    const chunk = new Uint8Array(65_536);
    const size = await connection.read(chunk) ?? 0;
    const [request] = reader.push(chunk.subarray(0, size)).values as { words: string[] }[];
    asked.push(request?.words ?? []);
    for (const answer of script) await connection.write(encodeFrame(answer));
  }
}

/** Takes what is written to this process's own streams meanwhile. */
async function captured(run: () => Promise<number>): Promise<Omit<Told, "asked">> {
  const decoder = new TextDecoder();
  const texts = { stdout: "", stderr: "" };
  const restores = (["stdout", "stderr"] as const).map((name) => {
    const stream = Deno[name];
    const { writeSync } = stream;
    stream.writeSync = (bytes) => {
      texts[name] += decoder.decode(bytes);
      return bytes.length;
    };
    return () => void (stream.writeSync = writeSync);
  });
  try {
    return { code: await run(), ...texts };
  } finally {
    for (const restore of restores) restore();
  }
}

test("logs --grep fails where chaperone ends before it has answered, as logs does", async () => {
  for (const line of ["logs web", "logs --grep one web", "logs --level debug web"]) {
    const { code, stderr } = await telchap(line, [[logLine("one")]]);
    assertEquals([code, stderr], [1, `${BROKEN_OFF}\n`], line);
  }
  const followed = await telchap("logs -f --grep one web", [[logLine("one"), logLine("two")]]);
  assertEquals([followed.code, followed.stdout, followed.stderr], [0, "one\n", ""]);
});

test("with --json a failure of telchap's own is a refusal in JSON", async () => {
  const { code, stdout, stderr } = await telchap("status --json", []);
  assertEquals([code, stderr], [3, ""]);
  assertEquals(
    /^chaperone does not seem to be listening.*No such file/.test(JSON.parse(stdout).error),
    true,
    stdout,
  );
  const broken = await telchap("status --json", [[]]);
  assertEquals([broken.code, broken.stdout], [1, `${JSON.stringify({ error: BROKEN_OFF })}\n`]);
  const misused = await telchap("logs --json --level loud", []);
  assertEquals([misused.code, Object.keys(JSON.parse(misused.stdout))], [2, ["error"]]);
});

test("wait --for log= --json says once what it was refused", async () => {
  const refusal = JSON.stringify({ error: "no such service: web" });
  const { code, stdout } = await telchap("wait --json --for log=/up/ web", [
    [said(refusal), REFUSED],
  ]);
  assertEquals([code, stdout], [1, `${refusal}\n`]);
  const found = await telchap("wait --json --for log=/up/ web", [[logLine("it is up")]]);
  assertEquals([found.code, found.stdout], [0, '{"reached":true,"line":"it is up"}\n']);
});

test("reexec --json asks the next incarnation for JSON", async () => {
  const answer = JSON.stringify({ last: "taken over" });
  const { code, stdout, asked } = await telchap("reexec --json", [[], [said(answer), END]]);
  assertEquals([code, stdout], [0, `${answer}\n`]);
  assertEquals(asked, [["reexec", "--json"], ["reexec", "--last", "--json"]]);
});
