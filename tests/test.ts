/** Registers a test with Deno's leak checks on: versions since 2.8 leave them off by default. */
export function test(name: string, fn: (t: Deno.TestContext) => void | Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true });
}
