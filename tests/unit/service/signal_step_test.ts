import { assertEquals } from "@std/assert";
import { parseSignal, type ReceivedSignal } from "../../../lib/base/signals.ts";
import type { SignalRule } from "../../../lib/config/model.ts";
import { decideSignal } from "../../../lib/service/signal_step.ts";
import { test } from "../../test.ts";

const number = (name: string) => parseSignal(name) ?? 0;

function decide(
  name: string,
  origin: ReceivedSignal["origin"],
  { rules = [], command = false }: { rules?: readonly SignalRule[]; command?: boolean } = {},
): string {
  const step = decideSignal({ signal: number(name), origin }, rules, command);
  if (step.kind !== "shutdown") return step.kind;
  const { exitCode, reason, forced } = step.cause;
  return `${exitCode}: ${reason}${forced ? ", forced" : ""}`;
}

for (const name of ["SIGTERM", "SIGQUIT", "SIGPWR", "SIGRTMIN+3"]) {
  test(`F-018: ${name} ends the container in order, whoever sends it`, () => {
    for (const origin of ["inside", "outside", "kernel"] as const) {
      assertEquals(decide(name, origin), `0: ${name} was received`);
      assertEquals(decide(name, origin, { command: true }), `0: ${name} was received`);
    }
  });
}

test("F-018: SIGWINCH ends the container only where it comes from outside", () => {
  assertEquals(decide("SIGWINCH", "outside"), "0: SIGWINCH was received");
  assertEquals(decide("SIGWINCH", "inside"), "unknown");
  assertEquals(decide("SIGWINCH", "inside", { command: true }), "forward");
  assertEquals(decide("SIGWINCH", "kernel"), "ignore", "of a terminal that changes its size");
  assertEquals(decide("SIGWINCH", "kernel", { command: true }), "ignore");
});

test("SIGINT is told to whoever started the container as EINTR", () => {
  const step = decideSignal({ signal: number("SIGINT"), origin: "kernel" }, [], false);
  assertEquals(step.kind === "shutdown" ? step.cause.errno : undefined, 4);
});

test("SIGINT ends the container with 130, SIGHUP opens log files again", () => {
  assertEquals(decide("SIGINT", "kernel"), "130: SIGINT was received, forced");
  assertEquals(decide("SIGHUP", "outside", { command: true }), "reopen");
});

for (const name of ["SIGUSR1", "SIGUSR2", "SIGCONT", "SIGALRM", "SIGRTMIN+4"]) {
  test(`F-021: ${name} is the command's where there is one that ends the container`, () => {
    assertEquals(decide(name, "outside", { command: true }), "forward");
    assertEquals(decide(name, "inside", { command: true }), "forward");
    assertEquals(decide(name, "outside"), "unknown");
  });
}

test("what the configuration says of a signal comes before what it means", () => {
  const rules: SignalRule[] = [
    { signal: number("SIGHUP"), action: { kind: "reload", names: ["web"] } },
    { signal: number("SIGUSR1"), action: { kind: "shutdown" } },
    { signal: number("SIGTERM"), action: { kind: "forward" } },
    { signal: number("SIGWINCH"), action: { kind: "ignore" } },
  ];
  assertEquals(decide("SIGHUP", "outside", { rules }), "reload");
  assertEquals(decide("SIGUSR1", "inside", { rules }), "0: SIGUSR1 was received");
  assertEquals(decide("SIGTERM", "outside", { rules, command: true }), "forward");
  assertEquals(decide("SIGWINCH", "outside", { rules }), "ignore");
  assertEquals(decide("SIGQUIT", "outside", { rules }), "0: SIGQUIT was received");
});
