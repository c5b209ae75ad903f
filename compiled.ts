/** What build.ts compiles in place of main.ts: chaperone comes with what V8 has compiled of it, see cache_code.ts. */
import { runProgram } from "./lib/apps/programs.ts";
import type { runChaperone } from "./lib/apps/chaperone.ts";
import { loadCachedCode } from "./lib/sys/cached_code.ts";

await runProgram(() => {
  const { exports, isRefused } = loadCachedCode(import.meta.dirname ?? "", "chaperone.js");
  const run = exports["runChaperone"] as typeof runChaperone;
  const notices = isRefused
    ? ["the compiled code in this program does not fit its engine: starting took longer"]
    : [];
  return Promise.resolve((invocation) => run({ ...invocation, notices }));
});
