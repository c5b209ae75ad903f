import { assertEquals } from "@std/assert";
import { judgeDatagram } from "../../../lib/service/notify_proxy.ts";
import { test } from "../../test.ts";

const RULES = { wait: "none", forwards: true, command: "run me" } as const;

test("P318 judgeDatagram notes each line and passes it on", () => {
  const text = "READY=1\nmainpid=7\nSTATUS=fine\nERRNO=3\nFOO=x\nnonsense\nEMPTY=";
  assertEquals(judgeDatagram(text, RULES), {
    forward: "READY=1\nmainpid=7\nSTATUS=fine\nERRNO=3\nFOO=x",
    notes: [
      "READY=1 (ignored but passed on)",
      "Process PID (=7) notification (ignored but passed on)",
      "Status message = 'fine' (ignored but passed on)",
      "Process ERROR (=3) notification (ignored but passed on)",
      "FOO=x (ignored but passed on)",
    ],
  });
});

test("P318 judgeDatagram passes nothing on where there is nobody", () => {
  assertEquals(judgeDatagram("READY=1", { ...RULES, forwards: false }), {
    forward: "",
    notes: ["READY=1 (ignored)"],
  });
});

test("P316 judgeDatagram ends a wait for readiness at READY and ERRNO", () => {
  const rules = { ...RULES, wait: "ready" } as const;
  assertEquals(judgeDatagram("READY=1", rules).end, 0);
  assertEquals(judgeDatagram("READY=0", rules).end, undefined);
  assertEquals(judgeDatagram("ERRNO=12", rules).end, 12);
  assertEquals(judgeDatagram("ERRNO=256", rules).end, 255);
  assertEquals(judgeDatagram("STOPPING=1", rules).end, "command");
  assertEquals(judgeDatagram("ERRNO=12", rules).notes, [
    "error notification (12) received from run me",
  ]);
});

test("P317 judgeDatagram ends a wait for the stop at STOPPING, not at READY", () => {
  const rules = { ...RULES, wait: "stop" } as const;
  assertEquals(judgeDatagram("READY=1", rules).end, undefined);
  assertEquals(judgeDatagram("READY=1\nSTOPPING=1", rules).end, "command");
});

test("P316 judgeDatagram says what ends a wait, and takes the first that does", () => {
  const rules = { ...RULES, wait: "ready" } as const;
  assertEquals(judgeDatagram("READY=1\nERRNO=3\nSTATUS=late", rules), {
    forward: "READY=1\nERRNO=3\nSTATUS=late",
    notes: [
      "ready notification received (will exit)",
      "Process ERROR (=3) notification (ignored but passed on)",
      "Status message = 'late' (ignored but passed on)",
    ],
    end: 0,
  });
  assertEquals(judgeDatagram("stopping=1", rules), {
    forward: "stopping=1",
    notes: ["STOP notification received from run me (will exit)"],
    end: "command",
  });
});

test("P316 judgeDatagram takes as an error what is a number of at most nine digits", () => {
  const rules = { ...RULES, wait: "stop" } as const;
  const cases: [text: string, end: number | undefined][] = [
    ["ERRNO=0", 0],
    ["ERRNO=254", 254],
    ["ERRNO=255", 255],
    ["ERRNO=123456789", 255],
    ["ERRNO=1234567890", undefined],
    ["ERRNO=-1", undefined],
    ["ERRNO=x1", undefined],
    ["STOPPING=0", undefined],
  ];
  for (const [text, end] of cases) assertEquals(judgeDatagram(text, rules).end, end, text);
});
