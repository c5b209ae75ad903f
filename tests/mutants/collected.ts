/**
 * Stands in for tests/test.ts in a mutated tree: tests are kept, to be run as often as there are
 * mutants.
 */

export interface CollectedTest {
  readonly name: string;
  readonly fn: (context: Deno.TestContext) => void | Promise<void>;
}

export const collected: CollectedTest[] = [];

/** Keeps a test. */
export function test(name: string, fn: CollectedTest["fn"]): void {
  collected.push({ name, fn });
}
