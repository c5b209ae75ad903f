/**
 * chaperone as the incarnation that another one has executed: loads the configuration in force
 * from what it was loaded from, and goes on with the services that run.
 */
import { ConfigError, SystemError } from "../../base/errors.ts";
import { VERSION } from "../../base/version.ts";
import type { ChaperoneOptions } from "../../commands/command_line.ts";
import { formatConfigError } from "../../config/source/problems.ts";
import { descriptorsIn, type Handover, toHandover } from "../../daemon/container/handover.ts";
import { buildFamily, CircularDependencyError } from "../../service/family.ts";
import { takeDescriptorLimit } from "../../sys/launch/descriptor_limit.ts";
import { continueClock, wallMs } from "../../sys/libc/clock.ts";
import { TAKES_OVER } from "../../daemon/container/handover.ts";
import { print } from "../../sys/self/print.ts";
import { ownPid, parentPid } from "../../sys/self/program.ts";
import { closeOnExec } from "../../sys/self/self_execution.ts";
import { takeStateFile } from "../../sys/self/state_file.ts";
import { decodePlainData } from "../../wire/plain_data.ts";
import { createLoader, type Variables } from "./load_recorded.ts";
import { runLoaded } from "./run_container.ts";
import type { Invocation } from "./run_request.ts";

/** EX_SOFTWARE of sysexits.h: services run, and nobody can go on with them. The container ends. */
const CANNOT_GO_ON = 70;

/** The monotonic clock goes on by the wall clock meanwhile, which somebody may set. */
const GAP_MAX_MS = 60_000;

/** How this incarnation was executed. */
export interface TakeOverRequest {
  readonly invocation: Invocation;
  readonly options: ChaperoneOptions;
  readonly variables: Variables;
}

/** Goes on where the other incarnation has stopped; in mode `try` only says whether it could. */
export async function takeOver(
  { mode, descriptor }: { readonly mode: "take" | "try"; readonly descriptor: number },
  request: TakeOverRequest,
): Promise<number> {
  try {
    const handover = readHandover(descriptor, mode === "take" ? ownPid() : parentPid());
    if (mode === "take") takeDescriptorLimit(handover.descriptorLimit);
    const { options, variables } = request;
    const load = createLoader({ options, variables, user: handover.record.user });
    const loaded = await load({ known: handover.record });
    if (mode === "take") {
      prepare(handover);
      return await runLoaded({ ...request, loaded, reload: load, handover });
    }
    buildFamily(loaded.config.services);
    print("stdout", [TAKES_OVER]);
    return 0;
  } catch (error) {
    print("stderr", [`chaperone ${VERSION} cannot take over: ${explain(error)}`]);
    return CANNOT_GO_ON;
  }
}

class NoHandover extends Error {}

function readHandover(descriptor: number, pid: number): Handover {
  const bytes = takeStateFile(descriptor);
  const handover = bytes && toHandover(decodePlainData(bytes), pid);
  if (handover !== undefined) return handover;
  throw new NoHandover("what it was left is of another format; restart the container instead");
}

/** Lets the clock go on, and no other program inherit what this one has. */
function prepare(handover: Handover): void {
  const gapMs = Math.min(Math.max(0, wallMs() - handover.wallMs), GAP_MAX_MS);
  continueClock(handover.nowMs + gapMs);
  closeOnExec(descriptorsIn(handover));
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return formatConfigError(error);
  const isKnown = error instanceof CircularDependencyError || error instanceof SystemError ||
    error instanceof NoHandover;
  if (isKnown || !(error instanceof Error)) return String((error as Error).message ?? error);
  return error.stack ?? error.message;
}
