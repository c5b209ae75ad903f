/** Who is let in by the token of `http_control`, and who is not listened to any more. */
import { assertEquals, assertMatch } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { signInResponse } from "../../../../lib/daemon/http/sign_in.ts";
import { TokenGate } from "../../../../lib/daemon/http/token_gate.ts";
import { test } from "../../../test.ts";

const TOKEN = "0123456789abcdef";

function basic(name: string, password: string): string {
  return `Basic ${new TextEncoder().encode(`${name}:${password}`).toBase64()}`;
}

class Bench {
  text = `${TOKEN}\n`;
  problem: string | undefined;
  reads = 0;
  nowMs = 0;
  readonly told: string[] = [];
  readonly gate = new TokenGate({
    read: () => {
      this.reads++;
      if (this.problem !== undefined) {
        throw new SystemError("open", ERRNO.EACCES, "/t", this.problem);
      }
      return this.text;
    },
    journal: { write: ({ text }) => void this.told.push(text) },
    nowMs: () => this.nowMs,
  });

  admit(password: string, address = "10.0.0.1", name = "ann"): string | undefined {
    return this.gate.admit(basic(name, password), address);
  }
}

test("whoever has the token is let in by any name, and nobody else is", () => {
  const bench = new Bench();
  assertEquals(bench.admit(TOKEN), "ann");
  assertEquals(bench.admit(TOKEN, "10.0.0.1", "a\nb\x1b[1m <i>"), "a_b__1m _i_");
  assertEquals(bench.admit(TOKEN, "10.0.0.1", " "), "somebody");
  assertEquals(bench.admit(TOKEN, "10.0.0.1", "x".repeat(99))?.length, 40);
  for (const wrong of ["", "0", TOKEN.slice(1), `${TOKEN}0`, `${TOKEN}\n`, TOKEN.toUpperCase()]) {
    assertEquals(bench.admit(wrong), undefined, wrong);
  }
  for (const field of [undefined, "", `Bearer ${TOKEN}`, TOKEN]) {
    assertEquals(bench.gate.admit(field, "10.0.0.1"), undefined);
  }
  assertEquals(bench.told, []);
});

test("a token that is exchanged or taken away lets nobody in from the next second on", () => {
  const bench = new Bench();
  assertEquals([bench.admit(TOKEN), bench.admit(TOKEN), bench.reads], ["ann", "ann", 1]);
  bench.text = "another-token-of-more";
  bench.nowMs = 1000;
  assertEquals([bench.admit(TOKEN), bench.admit("another-token-of-more")], [undefined, "ann"]);
  bench.problem = "everybody may read it: chmod 600";
  bench.nowMs = 2000;
  assertEquals(bench.admit("another-token-of-more"), undefined);
  bench.nowMs = 3000;
  assertEquals(bench.admit("another-token-of-more"), undefined);
  assertEquals(bench.told, [
    "status server: nobody can sign in by the token of http_control: Permission denied: '/t' " +
    "(everybody may read it: chmod 600)",
  ]);
  bench.problem = undefined;
  bench.nowMs = 4000;
  assertEquals(bench.admit("another-token-of-more"), "ann");
});

test("what is no token is told, once, and opens nothing", () => {
  for (
    const text of ["", "short", "x".repeat(257), "with a blank in the middle", "grüße-grüße-grüße"]
  ) {
    const bench = new Bench();
    bench.text = text;
    bench.gate.check();
    bench.nowMs = 5000;
    assertEquals(bench.admit(text), undefined, text);
    assertEquals(bench.told.length, 1, text);
    assertMatch(bench.told[0] ?? "", /the file does not hold one: a token has 16 to 256 letters/);
  }
});

test("after ten wrong tokens a sender is not listened to for the rest of the minute", () => {
  const bench = new Bench();
  // A page that is open with a former token asks every other second.
  for (let at = 0; at < 30; at++) assertEquals(bench.admit("of-yesterday"), undefined);
  assertEquals([bench.admit(TOKEN), bench.gate.unheardMs("10.0.0.1")], ["ann", 0]);
  bench.nowMs = 20_000;
  for (let at = 0; at < 9; at++) bench.admit(`wrong-${at}`);
  assertEquals([bench.admit(TOKEN), bench.gate.unheardMs("10.0.0.1")], [undefined, 40_000]);
  assertEquals(bench.admit(TOKEN, "10.0.0.2"), "ann");
  assertEquals(bench.told, [
    "status server: 10 wrong tokens from 10.0.0.1 within a minute: it is not listened to for the " +
    "rest of it",
  ]);
  bench.nowMs = 59_999;
  assertEquals(bench.admit(TOKEN), undefined);
  bench.nowMs = 60_000;
  assertEquals([bench.gate.unheardMs("10.0.0.1"), bench.admit(TOKEN)], [0, "ann"]);
});

test("of very many senders the first is forgotten, and nothing grows", () => {
  const bench = new Bench();
  const exhaust = (address: string) => {
    for (let at = 0; at < 10; at++) bench.admit(`wrong-${at}`, address);
  };
  exhaust("first");
  for (let at = 0; at < 63; at++) exhaust(`a${at}`);
  assertEquals(bench.admit(TOKEN, "first"), undefined);
  exhaust("one more");
  assertEquals(bench.admit(TOKEN, "first"), "ann");
  assertEquals(bench.admit(TOKEN, "one more"), undefined);
});

const STRANGER = { mayControl: false, mayLook: false, uid: undefined };
const ANN = { mayControl: true, mayLook: true, uid: undefined, by: "'ann'" };

test("signing in asks for name and token, leads back to a page, and is told", () => {
  const told: string[] = [];
  const signIn = (query: string, caller = STRANGER, unheardMs = 0) =>
    signInResponse(query, caller, { unheardMs, tell: (text) => void told.push(text) });
  const asked = signIn("to=/");
  assertEquals(asked.status, 401);
  assertEquals(asked.fields["WWW-Authenticate"], 'Basic realm="chaperone", charset="UTF-8"');
  const late = signIn("", STRANGER, 1500);
  assertEquals([late.status, late.fields["Retry-After"]], [429, "2"]);
  for (
    const [query, to] of [
      ["", "/"],
      ["to=%2Fservice%2Fweb", "/service/web"],
      ["to=/service/web%2540a", "/service/web%40a"],
      ["to=//elsewhere", "/"],
      ["to=https://elsewhere", "/"],
      ["to=/service/a/../../x", "/"],
      ["to=/service/a%0d%0aX-Y: z", "/"],
      ["to=/control/stop/web", "/"],
    ] as const
  ) {
    const { status, fields } = signIn(query, ANN);
    assertEquals([status, fields["Location"]], [303, to], query);
  }
  assertEquals(new Set(told), new Set(["'ann' signs in to the status page"]));
});
