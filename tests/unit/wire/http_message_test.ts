import { assertEquals } from "@std/assert";
import {
  findHeadEnd,
  formatHead,
  HEAD_MAX_BYTES,
  mayBeRequest,
  parseHead,
  parseStatusLine,
} from "../../../lib/wire/http_message.ts";
import { test } from "../../test.ts";
import { Dice, roundsOf, SEED, withSeed } from "../random_text.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function parse(text: string) {
  const parsed = parseHead(encode(text));
  if (parsed.kind === "refused") return parsed.status;
  const { method, path, query, fields } = parsed.request;
  return { method, path, query, fields: Object.fromEntries(fields) };
}

test("parseHead reads method, path, query and fields", () => {
  assertEquals(
    parse("GET /status?a=1&b HTTP/1.1\r\nHost: a:1\r\nAccept:  x \r\nACCEPT: y\r\n\r\n"),
    { method: "GET", path: "/status", query: "a=1&b", fields: { host: "a:1", accept: "x, y" } },
  );
});

test("parseHead takes the absolute form, HTTP/1.0 without Host, and bare newlines", () => {
  assertEquals(parse("GET http://h:1/x HTTP/1.1\r\nHost: h\r\n\r\n"), {
    method: "GET",
    path: "/x",
    query: "",
    fields: { host: "h" },
  });
  assertEquals(parse("HEAD / HTTP/1.0\n\n"), { method: "HEAD", path: "/", query: "", fields: {} });
});

test("parseHead refuses what is no request, and what has a body", () => {
  const cases: [text: string, status: number][] = [
    ["", 400],
    ["GET\r\n\r\n", 400],
    ["GET / \r\n\r\n", 400],
    ["GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET /\u0000 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
    ["PRI * HTTP/2.0\r\n\r\n", 400],
    ["GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
    [`GET / HTTP/1.1\r\nHost: a\r\n${"x: y\r\n".repeat(64)}\r\n`, 431],
  ];
  for (const [text, status] of cases) assertEquals(parse(text), status, JSON.stringify(text));
});

test("parseHead never throws on random bytes", () => {
  const dice = new Dice(SEED);
  const start = encode("GET / HTTP/1.1\r\n");
  for (let round = 0; round < roundsOf(2000); round++) {
    const noise = Uint8Array.from({ length: dice.below(80) }, () => dice.below(256));
    withSeed(() => parseHead(noise));
    withSeed(() => parseHead(Uint8Array.from([...start, ...noise])));
  }
});

test("findHeadEnd finds the empty line wherever the pieces were cut", () => {
  for (const text of ["GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", "GET / HTTP/1.0\n\nrest"]) {
    const bytes = encode(text);
    const end = text.indexOf("rest");
    assertEquals(findHeadEnd(bytes.subarray(0, end - 1), 0), -1);
    for (let from = 0; from < end; from++) assertEquals(findHeadEnd(bytes, from), end, `${from}`);
  }
});

test("mayBeRequest dismisses TLS and binary noise by the first byte", () => {
  assertEquals(mayBeRequest(encode("")), true);
  assertEquals(mayBeRequest(encode("G")), true);
  assertEquals(mayBeRequest(Uint8Array.of(0x16, 3, 1)), false);
  assertEquals(mayBeRequest(encode("\r\n")), false);
});

test("formatHead ends with an empty line", () => {
  assertEquals(
    new TextDecoder().decode(formatHead(503, { A: "b", C: "d" })),
    "HTTP/1.1 503 Service Unavailable\r\nA: b\r\nC: d\r\n\r\n",
  );
});

test("parseStatusLine reads the code of an answer and nothing else", () => {
  assertEquals(parseStatusLine("HTTP/1.1 200 OK\r\n"), 200);
  assertEquals(parseStatusLine("HTTP/1.0 503\r\n"), 503);
  assertEquals(parseStatusLine("SSH-2.0-x"), undefined);
  assertEquals(parseStatusLine(""), undefined);
});

test("the largest head is decoded without running out of stack", () => {
  const head = `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(HEAD_MAX_BYTES)}`.slice(
    0,
    HEAD_MAX_BYTES,
  );
  assertEquals(parseHead(encode(head)).kind, "request");
});
