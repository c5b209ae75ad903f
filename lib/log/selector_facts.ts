/** What can be said of a selector without a record at hand. */
import { PRIORITY_COUNT, STREAM_PRIORITY } from "./priorities.ts";
import { LEAVE, parseSelector, Selector, SelectorError } from "./selector.ts";

/**
 * Whether there is no record that `selector` takes; one that cannot be parsed is left to others.
 */
export function selectsNothing(selector: string): boolean {
  const compiled = compile(selector);
  if (compiled === undefined) return false;
  for (let priority = 0; priority < PRIORITY_COUNT; priority++) {
    if (compiled.verdict(priority) !== LEAVE) return false;
  }
  return true;
}

/** Whether `selector` may take what the service `program` prints on a stream. */
export function takesOutput(
  selector: string,
  program: string,
  stream: "stdout" | "stderr",
): boolean {
  const compiled = compile(selector);
  return compiled?.verdictForProgram(STREAM_PRIORITY[stream], program) !== LEAVE;
}

function compile(selector: string): Selector | undefined {
  try {
    return new Selector(parseSelector(selector));
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
