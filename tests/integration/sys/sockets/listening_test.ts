/** Who listens on a port, on a machine where somebody listens on very many. */
import { assert, assertEquals } from "@std/assert";
import { seekListener } from "../../../../lib/sys/sockets/listening.ts";
import { programTest } from "../../../e2e/harness/requirements.ts";

/** Ports of an address that nobody else uses; then it waits for the end of its input. */
const LISTEN_MUCH = `import resource, socket, sys
most = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 15000)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
held = []
for i in range(most - 10):
    held.append(socket.socket())
    held[-1].bind(("127.77.0.1", 20000 + i))
    held[-1].listen(1)
print(held[-1].getsockname()[1], flush=True)
sys.stdin.read()`;

/** How long this thread has had a processor; a busy machine adds nothing to it. */
function busyMs(): number {
  return Number(Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ")[0]) / 1e6;
}

/** Several seconds are what it took while the text was looked at anew with each part. */
const LIMIT_MS = 2000;

programTest("fifteen thousand listening sockets take no second to look through", async () => {
  const child = new Deno.Command("python3", {
    args: ["-c", LISTEN_MUCH],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const port = Number(new TextDecoder().decode((await reader.read()).value));
  const startMs = busyMs();
  const found = seekListener(port, { processes: () => [child.pid] });
  const tookMs = busyMs() - startMs;
  await child.stdin.close();
  await reader.cancel();
  await child.status;
  assertEquals(found, undefined);
  assert(tookMs < LIMIT_MS, `${tookMs} ms`);
}, ["python3"]);
