import { assert, assertEquals } from "@std/assert";
import { StateJournal } from "../../../../lib/daemon/recorder/state_journal.ts";
import { test } from "../../../test.ts";
import { FakeState } from "./fake_state.ts";

function journal(state: FakeState, more: { sizeBytes?: number; now?: { ms: number } } = {}) {
  const failures: string[] = [];
  const made = new StateJournal(state, {
    name: "x",
    formerName: "x.old",
    sizeBytes: more.sizeBytes ?? 1000,
    head: () => ["head\n"],
    failed: (error) => void failures.push(error.message),
    nowMs: () => more.now?.ms ?? 0,
  });
  return { made, failures };
}

test("lines of one turn are written at once, after a new line where the file holds anything", async () => {
  const state = new FakeState();
  const { made } = journal(state);
  made.append("a\n");
  made.append("b\n");
  await made.written();
  assertEquals(state.files.get("x"), "a\nb\n");
  made.close();
  const again = journal(state).made;
  again.append("c\n");
  await again.written();
  assertEquals(state.files.get("x"), "a\nb\n\nc\n");
});

test("two files make a ring of bounded size; a new one begins with its head", async () => {
  const state = new FakeState();
  const { made } = journal(state, { sizeBytes: 200 });
  for (let at = 0; at < 100; at++) {
    made.append(`${"x".repeat(30)}${at}\n`);
    await made.written();
    for (const text of state.files.values()) assert(text.length < 150);
  }
  assert(state.files.get("x")?.startsWith("head\n"));
  assert(state.files.get("x")?.endsWith("99\n"));
  assertEquals(state.openCount, 1);
});

test("a file that is full when it is opened makes room first", async () => {
  const state = new FakeState();
  state.files.set("x", "y".repeat(200));
  const { made } = journal(state, { sizeBytes: 200 });
  made.append("a\n");
  await made.written();
  assertEquals(state.files.get("x.old")?.length, 200);
  assertEquals(state.files.get("x"), "a\n");
});

test("a full disk is told once, what is lost is counted, and it is tried again after a minute", async () => {
  const state = new FakeState();
  const now = { ms: 0 };
  const { made, failures } = journal(state, { now });
  state.roomBytes = 3;
  made.append("abcdef\n");
  await made.written();
  assertEquals(failures.length, 1);
  assert(made.isFailing);
  state.roomBytes = 1000;
  made.append("lost\n");
  await made.written();
  assertEquals(state.files.get("x"), "abc");
  now.ms = 60_000;
  made.append("there\n");
  await made.written();
  assertEquals(state.files.get("x"), "abc\nthere\n");
  assertEquals(made.takeLost(), 2);
  assertEquals(made.takeLost(), 0);
  assertEquals(failures.length, 1);
  assert(!made.isFailing);
});
