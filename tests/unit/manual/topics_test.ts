import { assert, assertEquals } from "@std/assert";
import { TOPIC_NAMES } from "../../../lib/commands/topic_names.ts";
import { explainTopic, topicWords } from "../../../lib/manual/topics.ts";
import { test } from "../../test.ts";

test("every topic and every directive is explained in lines of 80 columns", () => {
  for (const word of topicWords()) {
    const lines = explainTopic(word) ?? [];
    assert(lines.length >= 3, word);
    const wide = lines.filter((line) => line.length > 80 && !line.startsWith("  "));
    assertEquals(wide, [], word);
  }
});

test("a topic holds no other one", () => {
  for (const word of TOPIC_NAMES) {
    const lines = explainTopic(word) ?? [];
    assert(lines[2] !== "", word);
    // Of messages there are many.
    assert(lines.length < (word === "messages" ? 400 : 150), `${word}: ${lines.length} lines`);
  }
});

test("a directive of two kinds of section is explained for both", () => {
  const heads = explainTopic("env_set")?.filter((line) => /^\w+: env_set$/.test(line));
  assertEquals(heads, ["settings: env_set", "service: env_set"]);
});

test("a word that is a topic and a directive is explained as both", () => {
  const lines = explainTopic("signals") ?? [];
  assert(lines.includes("Signals") && lines.includes("settings: signals"));
});

test("there is no topic of a name that every object has", () => {
  assertEquals(explainTopic("constructor"), undefined);
});
