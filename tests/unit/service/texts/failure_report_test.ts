import { assertEquals } from "@std/assert";
import { formatFailureReport } from "../../../../lib/service/texts/failure_report.ts";
import { test } from "../../../test.ts";

test("formatFailureReport says which service, how it ended, what it wrote and what depends on it", () => {
  assertEquals(
    formatFailureReport({
      service: "db.service",
      text: "db.service terminated abnormally with <ProcStatus exit_status=3>",
      status: { kind: "exited", code: 3 },
      pid: 12,
      ranMs: 90_500,
      restarts: 3,
      lines: ["opening files", "no space left"],
      dependents: ["app.service", "web.service"],
    }),
    [
      "why db.service failed: db.service terminated abnormally with <ProcStatus exit_status=3>",
      "  its process 12 exited with code 3 after 1 min 31 s, having been restarted 3 times",
      "  what depends on it: app.service, web.service",
      "  the last it wrote:",
      "  | opening files",
      "  | no space left",
    ],
  );
});

test("formatFailureReport explains ends that are not plain from their names", () => {
  const second = (status: Parameters<typeof formatFailureReport>[0]["status"] & object) =>
    formatFailureReport({
      service: "a.service",
      text: "t",
      status,
      restarts: 0,
      lines: [],
      dependents: [],
    }).slice(1);
  const killed = { kind: "signaled", signal: 9, coreDumped: false } as const;
  assertEquals(second({ ...killed, outOfMemory: true }), [
    "  its process was killed by the kernel (out of memory)",
    "  the memory limit of the container had been reached",
    "  it has written nothing",
  ]);
  assertEquals(second(killed), [
    "  its process was killed by SIGKILL",
    "  chaperone did not send that signal: somebody else did, or the host was out of memory",
    "  it has written nothing",
  ]);
  assertEquals(
    second({ kind: "exited", code: 127 })[1],
    "  code 127 usually means that a program was not found",
  );
  assertEquals(
    second({ kind: "signaled", signal: 11, coreDumped: true })[0],
    "  its process was killed by SIGSEGV (core dumped)",
  );
});

test("formatFailureReport of a service that was never launched says what is known", () => {
  assertEquals(
    formatFailureReport({
      service: "a.service",
      text: "Exec format error: '/bin/a'",
      restarts: 0,
      lines: [],
      dependents: [],
    }),
    ["why a.service failed: Exec format error: '/bin/a'"],
  );
});

test("formatFailureReport says nothing twice", () => {
  const facts = { service: "a.service", restarts: 0, lines: [], dependents: [] } as const;
  assertEquals(formatFailureReport(facts), []);
  const status = { kind: "exited", code: 3 } as const;
  const rest = ["  its process 7 exited with code 3", "  it has written nothing"];
  assertEquals(formatFailureReport({ ...facts, status, pid: 7 }), [
    "more about the failure of a.service:",
    ...rest,
  ]);
  const text = "a.service exited with code 3";
  assertEquals(formatFailureReport({ ...facts, text, status, pid: 7 }), [
    "why a.service failed:",
    ...rest,
  ]);
});

test("formatFailureReport says how often the process was restarted", () => {
  for (const [restarts, expected] of [[0, ""], [1, "once"], [2, "2 times"]] as const) {
    const status = { kind: "exited", code: 1 } as const;
    const facts = { service: "a.service", text: "t", lines: [], dependents: [] };
    assertEquals(
      formatFailureReport({ ...facts, status, restarts })[1],
      "  its process exited with code 1" +
        (expected === "" ? "" : `, having been restarted ${expected}`),
    );
  }
});

test("formatFailureReport explains code 126, and no other code", () => {
  const of = (code: number) =>
    formatFailureReport({
      ...{ service: "a.service", text: "t", restarts: 0, lines: [], dependents: [] },
      status: { kind: "exited", code },
    }).slice(2, -1);
  assertEquals(of(126), ["  code 126 usually means that a program could not be executed"]);
  assertEquals(of(125), []);
});
