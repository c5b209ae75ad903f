import { assertEquals } from "@std/assert";
import type { ExitStatus } from "../../../../lib/base/exit_status.ts";
import type { Supervisor } from "../../../../lib/daemon/services/supervisor.ts";
import { UntoldExits } from "../../../../lib/daemon/services/untold_exits.ts";
import { test } from "../../../test.ts";

/** Services of which only the last exit is known. */
function exitsOf(statuses: Map<string, ExitStatus | undefined>): UntoldExits {
  const services = {
    names: () => statuses.keys(),
    state: (name: string) => ({ lastStatus: statuses.get(name) }),
  };
  return new UntoldExits(services as unknown as Pick<Supervisor, "names" | "state">);
}

const failed = (): ExitStatus => ({ kind: "exited", code: 1 });

test("UntoldExits gives each end once, also one that is like the one before", () => {
  const statuses = new Map<string, ExitStatus | undefined>([["web", undefined], ["db", failed()]]);
  const exits = exitsOf(statuses);
  assertEquals([exits.take("web"), exits.take("db")], [undefined, failed()]);
  assertEquals(exits.take("db"), undefined);
  statuses.set("db", failed());
  assertEquals([exits.take("db"), exits.take("db")], [failed(), undefined]);
});

test("UntoldExits leaves out what another incarnation has told", () => {
  const statuses = new Map<string, ExitStatus | undefined>([["web", undefined], ["db", failed()]]);
  const exits = exitsOf(statuses);
  exits.skip();
  assertEquals([exits.take("web"), exits.take("db")], [undefined, undefined]);
  statuses.set("web", failed());
  assertEquals(exits.take("web"), failed());
});
