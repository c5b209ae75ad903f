/** What a hook finds in its environment. */
import { assertEquals } from "@std/assert";
import type { ExitStatus } from "../../../../lib/base/exit_status.ts";
import { hookVariables } from "../../../../lib/service/life/hook_variables.ts";
import { initialState } from "../../../../lib/service/life/phase.ts";
import { test } from "../../../test.ts";

const signaled = { kind: "signaled", coreDumped: false } as const;

/** How the process ended: code, reason, signal, and the three variables of systemd. */
const ENDS: readonly (readonly [ExitStatus, ...string[]])[] = [
  [{ kind: "exited", code: 0 }, "0", "exited with code 0", "", "exited 0 success"],
  [{ kind: "exited", code: 3 }, "3", "exited with code 3", "", "exited 3 exit-code"],
  [
    { ...signaled, signal: 15 },
    ...["143", "was killed by SIGTERM", "SIGTERM", "killed TERM signal"],
  ],
  [
    { ...signaled, signal: 9, outOfMemory: true },
    ...["137", "was killed by the kernel (out of memory)", "SIGKILL", "killed KILL oom-kill"],
  ],
];

test("on_stop is told how the process ended, in chaperone's words and in systemd's", () => {
  for (const [lastStatus, code, reason, signal, systemd] of ENDS) {
    const state = { ...initialState(true), lastPid: 12, lastStatus };
    const { EXIT_CODE, EXIT_STATUS, SERVICE_RESULT, ...own } = hookVariables(
      "on_stop",
      "web.service",
      state,
    );
    assertEquals([EXIT_CODE, EXIT_STATUS, SERVICE_RESULT].join(" "), systemd);
    assertEquals(own, {
      _CHAP_HOOK: "on_stop",
      _CHAP_HOOK_SERVICE: "web.service",
      _CHAP_HOOK_PID: "12",
      MAINPID: "12",
      _CHAP_HOOK_CODE: code ?? "",
      _CHAP_HOOK_REASON: reason ?? "",
      ...(signal === "" ? {} : { _CHAP_HOOK_SIGNAL: signal ?? "" }),
    });
  }
});

test("on_start and on_ready are told of the process that runs, not how the last one ended", () => {
  const state = { ...initialState(true), lastStatus: { kind: "exited", code: 3 } } as const;
  for (const hook of ["on_start", "on_ready"] as const) {
    assertEquals(hookVariables(hook, "web.service", state), {
      _CHAP_HOOK: hook,
      _CHAP_HOOK_SERVICE: "web.service",
    });
  }
});
