/** `why`: what there is to say about one service. */
import type { AnswerOf } from "../../commands/answers.ts";
import { CommandError, type ControlCall, listNames, namedServices, type Reply } from "./context.ts";
import { explain, formatExplanation } from "./explanation.ts";

const LAST_LINES = 5;

/** Returns the answer to `why`. */
export function why(command: ControlCall<"why">): Reply<AnswerOf<"why">> {
  const names = namedServices(command);
  const explanations = names.map((name) => explain(command, name, LAST_LINES));
  const [first] = explanations;
  if (first === undefined || (names.length > 1 && command.call.options.json)) {
    throw new CommandError(`more than one service is meant: ${listNames(names)}`);
  }
  const lines = explanations.flatMap((facts) => formatExplanation(command.context, facts));
  return { text: lines.join("\n"), value: first };
}
