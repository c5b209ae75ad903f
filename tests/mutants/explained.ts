/** Changes that make no difference, each with its reason: `explained.json`. */
import type { Mutant } from "./mutate.ts";

const FILE = new URL("./explained.json", import.meta.url);

/** Changes of a file that nothing can notice for one reason. */
export interface Explained {
  readonly path: string;
  readonly why: string;
  /** As `formatChange` has them. */
  readonly changes: readonly string[];
}

/** Returns all explanations. */
export async function readExplained(): Promise<readonly Explained[]> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

/** Returns a change as it is listed: where it is, what stands there and what the mutant makes of it. */
export function formatChange({ within, was, becomes }: Mutant): string {
  return `${within}: ${was}  →  ${becomes}`;
}
