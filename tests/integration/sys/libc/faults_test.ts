/** PID 1 outlives what nothing catches. */
import { namespaceTest } from "../../../e2e/harness/requirements.ts";
import { runTypeScript } from "../../harness.ts";

namespaceTest(
  "catchFaults tells uncaught errors and rejections instead of ending PID 1",
  async () => {
    await using run = await runTypeScript({
      source: `import { catchFaults } from "lib/sys/libc/faults.ts";
      let told = 0;
      catchFaults((error) => {
        console.log("told " + error.message);
        if (++told === 3) Deno.exit(5);
      });
      setTimeout(() => { throw new Error("thrown in a timer"); }, 0);
      Promise.reject(new Error("rejected"));
      Deno.addSignalListener("SIGUSR1", () => { throw new Error("thrown in a signal listener"); });
      setTimeout(() => Deno.kill(Deno.pid, "SIGUSR1"), 20);
      setInterval(() => {}, 1000);`,
    });
    await run.waitForLine(/^told rejected$/);
    await run.waitForLine(/^told thrown in a timer$/);
    await run.waitForLine(/^told thrown in a signal listener$/);
    await run.expectExit(5);
  },
);
