import { SystemError } from "../../../../lib/base/errors.ts";

/** Says a value to whoever runs the program. */
export function report(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

/** Returns which call failed and why, or what it returned. */
export function outcomeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `${error.call} ${error.errno}`;
  }
}
