/** The pages of single services, and who may press what there. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Whole } from "../../../../lib/daemon/http/http_response.ts";
import { controlResponse, serviceResponse } from "../../../../lib/daemon/http/service_routes.ts";
import type { HttpRequest } from "../../../../lib/wire/http_message.ts";
import { test } from "../../../test.ts";
import { Asked, KEY, sampleServiceParts } from "./sample_service_parts.ts";

const OWNER = { mayControl: true, mayLook: true, uid: 1000 };
const STRANGER = { mayControl: false, mayLook: true, uid: 1001 };

function request(
  target: string,
  fields: Readonly<Record<string, string>> = {},
  method = "GET",
): HttpRequest {
  const [path = "", query = ""] = target.split("?");
  return { method, path, query, fields: new Map(Object.entries({ host: "here", ...fields })) };
}

function page(target: string, caller = OWNER, parts = sampleServiceParts()): Promise<Whole> {
  return serviceResponse(request(target), caller, parts);
}

test("the page of a service has its log, why, curves, history and buttons", async () => {
  const { status, body, fields } = await page("/service/db");
  assertEquals(status, 200);
  for (
    const text of [
      "<title>db – chaperone</title>",
      "ready for connections on port 5432",
      "Service: db",
      "starting → up",
      "2.0 KiB, at most 2.0 KiB",
      `action="/control/restart/db?key=${KEY}"`,
    ]
  ) assertStringIncludes(body, text);
  assert(!body.includes("backoff"), "the history of another service");
  assertMatch(fields["Content-Security-Policy"] ?? "", /form-action 'self'/);
});

test("a stranger sees states, and neither log, why nor buttons; nobody gets what is not there", async () => {
  const { body, fields } = await page("/service/db", STRANGER);
  for (const text of ["ready for connections on", "Service: db", KEY, "<form"]) {
    assert(!body.includes(text), text);
  }
  assertStringIncludes(body, "What it writes is shown to those only");
  assertMatch(fields["Content-Security-Policy"] ?? "", /form-action 'none'/);
  for (const path of ["none", "", "%", "db.service", "../"]) {
    assertEquals((await page(`/service/${path}`)).status, 404, path);
  }
  const looks = await page("/service/db", OWNER, sampleServiceParts({ isControlled: false }));
  assert(!looks.body.includes("<button>Restart"), looks.body);
});

test("the log of a service is searched, whatever is typed", async () => {
  assertStringIncludes((await page("/service/db?search=PORT+5432")).body, "on port 5432");
  const { body } = await page("/service/db?search=%3Cscript%3E%22");
  assertStringIncludes(body, "No line is like that.");
  assertStringIncludes(body, 'value="&lt;script&gt;&quot;"');
  assert(!body.includes("on port 5432") && !/<script>/.test(body), body);
});

function press(
  asked: Asked,
  { caller = OWNER, target = `/control/restart/db?key=${KEY}`, fields = {} } = {},
): Promise<Whole> {
  return controlResponse(request(target, fields, "POST"), caller, asked.parts);
}

test("a button acts as who presses it, is noted, and leads back to the page", async () => {
  const asked = new Asked();
  const { status, fields } = await press(asked, {
    fields: { origin: "http://here", "sec-fetch-site": "same-origin" },
  });
  assertEquals([status, fields["Location"]], [303, "/service/db"]);
  assertEquals(asked.words, ["1000: restart -- db"]);
  assertEquals(asked.told, ["user 1000 presses restart of db on the status page"]);
  asked.answer = { exitCode: 1, text: "Command error: it is not so" };
  const refused = await press(asked);
  assertEquals([refused.status, refused.body], [409, "Command error: it is not so\n"]);
});

test("what another site sends, a stranger, or somebody without the key changes nothing", async () => {
  const asked = new Asked();
  const target = "/control/restart/db";
  const attempts = [
    { caller: STRANGER },
    { target },
    { target: `${target}?key=` },
    { target: `${target}?key=${KEY}x` },
    { fields: { origin: "http://elsewhere" } },
    { fields: { origin: "null" } },
    { fields: { "sec-fetch-site": "cross-site" } },
    { fields: { "sec-fetch-site": "same-site" } },
  ];
  for (const attempt of attempts) {
    assertEquals((await press(asked, attempt)).status, 403, JSON.stringify(attempt));
  }
  for (const path of ["shutdown/db", "restart/", "restart/%", "exec/db", ""]) {
    const attempt = { target: `/control/${path}?key=${KEY}` };
    assertEquals((await press(asked, attempt)).status, 404, path);
  }
  assertEquals([asked.words, asked.told], [[], []]);
});

test("a stop that takes long is not waited for", async () => {
  const parts = sampleServiceParts({
    ask: () => new Promise(() => {}),
    wait: () => Promise.resolve(undefined),
  });
  const target = `/control/stop/db?key=${KEY}`;
  assertEquals((await controlResponse(request(target, {}, "POST"), OWNER, parts)).status, 303);
});
