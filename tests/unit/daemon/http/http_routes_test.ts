/** Who gets what of the pages where `http_control` names a token, without any connection. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Whole } from "../../../../lib/daemon/http/http_response.ts";
import { HttpRoutes } from "../../../../lib/daemon/http/http_routes.ts";
import { TokenGate } from "../../../../lib/daemon/http/token_gate.ts";
import { test } from "../../../test.ts";
import { SAMPLE_LINES, sampleReport } from "../../page/sample_report.ts";
import { Asked, KEY, sampleServiceParts } from "./sample_service_parts.ts";

const TOKEN = "0123456789abcdef";
const STRANGER = {
  caller: () => ({ mayControl: false, mayLook: false, uid: undefined }),
  address: "10.0.0.9",
};

function basic(password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${new TextEncoder().encode(`ann:${password}`).toBase64()}` };
}

class Bench {
  readonly asked = new Asked();
  readonly #routes: HttpRoutes;

  constructor({ hasGate = true } = {}) {
    const gate = new TokenGate({
      read: () => TOKEN,
      journal: { write: () => {} },
      nowMs: () => 0,
    });
    this.#routes = new HttpRoutes({
      readiness: () => ({ ready: true, unready: [] }),
      report: () => sampleReport(),
      lines: (count) => SAMPLE_LINES.slice(-count),
      changes: () => 0,
      nowMs: () => 0,
      loopbackHost: undefined,
      services: hasGate ? { ...this.asked.parts, gate } : sampleServiceParts(),
    });
  }

  async get(target: string, fields: Readonly<Record<string, string>> = {}, method = "GET") {
    const [path = "", query = ""] = target.split("?");
    const request = {
      method,
      path,
      query,
      fields: new Map(Object.entries({ host: "box:9100", ...fields })),
    };
    const response = this.#routes.respond(request, STRANGER);
    return await (response.kind === "later" ? response.response : response as Whole);
  }
}

test("with the token a stranger sees the log and presses buttons, and is told by name", async () => {
  const bench = new Bench();
  const { body, fields } = await bench.get("/", basic(TOKEN));
  assertStringIncludes(body, "port 5432");
  assert(!body.includes("Sign in"));
  assertStringIncludes(fields["Content-Security-Policy"] ?? "", "form-action 'self'");
  const service = await bench.get("/service/db", basic(TOKEN));
  assertStringIncludes(service.body, `action="/control/restart/db?key=${KEY}"`);
  const press = (more: Readonly<Record<string, string>>, key = KEY) =>
    bench.get(`/control/restart/db?key=${key}`, { ...basic(TOKEN), ...more }, "POST");
  const pressed = await press({ origin: "https://box:9100", "sec-fetch-site": "same-origin" });
  assertEquals([pressed.status, pressed.fields["Location"]], [303, "/service/db"]);
  const who = "'ann' (by the token, from 10.0.0.9)";
  assertEquals(bench.asked.told, [`${who} presses restart of db on the status page`]);
  assertEquals(bench.asked.words.slice(1), ["undefined: restart -- db"]);
  // Another page in the same browser, whose requests come with the token.
  const foreign = [
    await press({ origin: "http://box:8080", "sec-fetch-site": "same-site" }),
    await press({ origin: "http://elsewhere" }),
    await press({}, "guessed"),
  ];
  assertEquals(foreign.map(({ status }) => status), [403, 403, 403]);
  assertEquals(bench.asked.words.length, 2);
});

test("without the token there is a link to sign in, and neither log nor buttons", async () => {
  const bench = new Bench();
  for (const fields of [{}, basic("wrong-wrong-wrong")]) {
    const { body } = await bench.get("/", fields);
    assertStringIncludes(body, '<a class="sign-in" href="/sign-in?to=%2F">Sign in</a>');
    assert(!body.includes("port 5432") && !body.includes("<form"));
    const service = await bench.get("/service/db", fields);
    assertStringIncludes(service.body, 'href="/sign-in?to=%2Fservice%2Fdb"');
    assert(!service.body.includes(KEY) && !service.body.includes("port 5432"));
    const pressed = await bench.get(`/control/stop/db?key=${KEY}`, fields, "POST");
    assertEquals(pressed.status, 403);
    assertEquals((await bench.get("/sign-in?to=/", fields)).status, 401);
  }
  assertEquals((await bench.get("/sign-in?to=/service/db", basic(TOKEN))).status, 303);
  assertEquals([bench.asked.words, bench.asked.told.length], [[], 1]);
  const closed = new Bench({ hasGate: false });
  assertEquals((await closed.get("/sign-in", basic(TOKEN))).status, 404);
  assert(!(await closed.get("/")).body.includes("Sign in"));
});

test("the page has the lines that its address chooses, for who may see any", async () => {
  const bench = new Bench();
  const { body } = await bench.get("/?search=5432&level=info", basic(TOKEN));
  assertStringIncludes(body, "port 5432");
  assertStringIncludes(body, 'value="5432"');
  const none = await bench.get("/?level=err&search=5432", basic(TOKEN));
  assertStringIncludes(none.body, "No line is like that.");
  const stranger = await bench.get("/?search=5432");
  assert(!stranger.body.includes("port 5432") && !stranger.body.includes('value="5432"'));
});
