/** The harness of this folder, tried on a value without a system. */
import { namespaceTest } from "../e2e/harness/requirements.ts";
import { runTypeScript } from "./harness.ts";

namespaceTest("runTypeScript runs source that imports the project as PID 1", async () => {
  await using run = await runTypeScript({
    source: `import { signalName } from "lib/base/signals.ts";
      console.log(Deno.pid, signalName(15), Deno.args.join());
      Deno.exit(3);`,
    args: ["a", "b c"],
  });
  await run.waitForLine(/^1 SIGTERM a,b c$/);
  await run.expectExit(3);
});
