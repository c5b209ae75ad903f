/** A process whose rights the kernel tells otherwise than they were asked for. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Proof } from "../../../../lib/sys/sandbox/proof.ts";
import { Poller } from "../../../../lib/sys/libc/poller.ts";
import { PendingLaunches } from "../../../../lib/sys/launch/pending_launches.ts";
import { startProcess } from "../../../../lib/sys/launch/start.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { test } from "../../test.ts";
import { ObservedOs, shell } from "../observed_os.ts";

Object.values(libc());

/** Starts a process without any confinement, and has it judged by a proof. */
async function judged(proof: Proof): Promise<{ told: string | undefined; signal: string }> {
  const poller = new Poller();
  const discarded: number[] = [];
  const launches = new PendingLaunches(poller, (pid) => void discarded.push(pid));
  const told = Promise.withResolvers<string | undefined>();
  launches.listen((_pid, failure) => told.resolve(failure?.message));
  const { pid, launch } = startProcess(shell("exec sleep 1000"), () => {});
  if (launch === undefined) throw new Error("there is no launcher");
  launches.add(pid, { ...launch, proof });
  const text = await told.promise;
  if (text === undefined) libc().kill(pid, 9);
  const status = new Int32Array(1);
  libc().waitpid(pid, status, 0);
  launches.close();
  poller.close();
  return { told: text, signal: `${(status[0] ?? 0) & 0x7f} ${discarded.includes(pid)}` };
}

test("a process that has more rights than it was to have is killed, and told as failed", async () => {
  await using _observed = new ObservedOs();
  const kept = await judged({ noNewPrivs: true, filters: 0 });
  assertStringIncludes(kept.told ?? "", "ended at once: it has more rights than its configuration");
  assertStringIncludes(kept.told ?? "", "NoNewPrivs is 0");
  assertEquals(kept.signal, "9 true");
  const filtered = await judged({ noNewPrivs: false, filters: 1 });
  assertStringIncludes(filtered.told ?? "", "Seccomp is 0");
  // The control: what was asked for is what it has.
  const right = await judged({ noNewPrivs: false, filters: 0 });
  assertEquals(right, { told: undefined, signal: "9 false" });
});
