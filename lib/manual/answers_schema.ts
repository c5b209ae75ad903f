/** The JSON schema of what telchap answers with `--json`, out of the table of answers. */
import { ANSWERS, REFUSAL } from "../commands/answers.ts";

/** Generates docs/telchap.schema.json. */
export function generateAnswersSchema(): string {
  const answers = Object.entries(ANSWERS).map(([name, { schema }]) => [name, schema]);
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Answers of telchap with --json",
    description: "An answer to the command NAME is valid by #/definitions/NAME, or by " +
      "#/definitions/refused where the exit status says so. logs and events answer with one value a " +
      "line.",
    definitions: { ...Object.fromEntries(answers), refused: REFUSAL.schema },
  };
  return JSON.stringify(schema, null, 2) + "\n";
}
