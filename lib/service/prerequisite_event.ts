/** What a waiting service learns about its prerequisites. */
import type { Event } from "./life/event.ts";
import type { PrerequisiteVerdict } from "./prerequisite_rule.ts";

/** What that depends on besides the verdict. */
export interface PrerequisiteContext {
  readonly ignoreFailures: boolean;
  /** When it may start at the earliest; asked for only where nothing else keeps it. */
  idleUntilMs(): number | undefined;
}

/** Returns the event that follows from the verdict; undefined as long as it has to wait. */
export function prerequisiteEvent(
  verdict: PrerequisiteVerdict,
  context: PrerequisiteContext,
): Event | undefined {
  if (verdict.kind === "pending") return undefined;
  if (verdict.kind === "missing") return { kind: "requirement-missing", text: verdict.text };
  if (verdict.kind === "failed") {
    // What has failed and is passed over costs those that need its success, and not the container.
    const ignored = context.ignoreFailures || verdict.failure.ignored;
    return { kind: "prerequisite-failed", failure: { ...verdict.failure, ignored } };
  }
  const idleUntilMs = context.idleUntilMs();
  return idleUntilMs === undefined
    ? { kind: "prerequisites-ready" }
    : { kind: "prerequisites-ready", idleUntilMs };
}
