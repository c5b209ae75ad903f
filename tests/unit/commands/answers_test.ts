import { Ajv } from "ajv";
import { assert, assertEquals } from "@std/assert";
import { ANSWERS } from "../../../lib/commands/answers.ts";
import { TELCHAP_COMMANDS } from "../../../lib/commands/telchap_commands.ts";
import { generateAnswersSchema } from "../../../lib/manual/answers_schema.ts";
import { test } from "../../test.ts";

test("F-074: every command that has --json is in the table of answers, and no other", () => {
  const commands = TELCHAP_COMMANDS
    .filter(({ options }) => options.some(({ name }) => name === "json"));
  assertEquals(commands.map(({ name }) => name).sort(), Object.keys(ANSWERS).sort());
});

test("the schema of answers is one, and takes what fits alone", () => {
  const ajv = new Ajv({ allErrors: true });
  ajv.addSchema(JSON.parse(generateAnswersSchema()), "telchap");
  const shutdown = ajv.getSchema("telchap#/definitions/shutdown");
  const wait = ajv.getSchema("telchap#/definitions/wait");
  assert(shutdown?.({ delaySecs: 1.5 }) && shutdown({ canceled: false }));
  assert(wait?.({ reached: true, state: "ready" }), "what is optional may be absent");
  for (const value of [{}, { delaySecs: "1" }, { canceled: true, more: 1 }, null, []]) {
    assertEquals(shutdown?.(value), false, JSON.stringify(value));
  }
  assertEquals(wait?.({ reached: true, state: "well" }), false);
});
