/** No test takes so long, on a busy machine neither. */
const LIMIT_MS = 480_000;

/**
 * Registers a test with Deno's leak checks on: versions since 2.8 leave them off by default. One
 * that hangs fails, and the others of its file follow.
 */
export function test(name: string, fn: (t: Deno.TestContext) => void | Promise<void>): void {
  Deno.test({
    name,
    fn: (t) => withinLimit(fn(t)),
    sanitizeOps: true,
    sanitizeResources: true,
  });
}

function withinLimit(running: void | Promise<void>): void | Promise<void> {
  if (running === undefined) return;
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not ended within ${LIMIT_MS / 1000} s`)),
      LIMIT_MS,
    );
  });
  return Promise.race([running, late]).finally(() => clearTimeout(timer));
}
