/** The limit of launches: one timer for all, which stays until chaperone is at rest. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { Poller } from "../../../../lib/sys/libc/poller.ts";
import { PendingLaunches } from "../../../../lib/sys/launch/pending_launches.ts";
import { openPipe } from "../../../../lib/sys/processes/output_pipe.ts";
import { test } from "../../test.ts";

Object.values(libc());

/** No process has this number, so that no signal reaches any. */
const NOBODY = 2 ** 30;

function underWay() {
  const { reader, writer } = openPipe();
  return { launch: { descriptor: reader, steps: [] }, end: () => libc().close(writer) };
}

test("a launch that is under way when chaperone comes to rest still has its limit", async () => {
  const poller = new Poller();
  const told = Promise.withResolvers<string | undefined>();
  const launches = new PendingLaunches(poller, () => {}, 20);
  launches.listen((_pid, failure) => told.resolve(failure?.message));
  const { launch, end } = underWay();
  launches.add(NOBODY, launch);
  launches.rest();
  assertStringIncludes(await told.promise ?? "", "was not executed within");
  end();
  await poller.close();
});

test("one that begins while the timer of a former one is set has its whole limit", async () => {
  const poller = new Poller();
  const told: [number, boolean][] = [];
  const all = Promise.withResolvers<void>();
  const launches = new PendingLaunches(poller, () => {}, 50);
  launches.listen((pid, failure) => {
    told.push([pid, failure === undefined]);
    if (told.length === 2) all.resolve();
  });
  const [first, second] = [underWay(), underWay()];
  launches.add(NOBODY, first.launch);
  first.end();
  launches.take(NOBODY)?.();
  launches.add(NOBODY + 1, second.launch);
  await all.promise;
  assertEquals(told, [[NOBODY, true], [NOBODY + 1, false]]);
  second.end();
  await poller.close();
});

// That no timer is left is what every test is looked at for.
test("at rest nothing is left that would wake chaperone", async () => {
  const poller = new Poller();
  const launches = new PendingLaunches(poller, () => {});
  const { launch, end } = underWay();
  launches.add(NOBODY, launch);
  end();
  launches.take(NOBODY)?.();
  launches.rest();
  await poller.close();
});
