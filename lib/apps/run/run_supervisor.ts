/** Joins the supervisor to the system and to the parts of the daemon that come and go. */
import { COMMAND_NAME } from "../../base/service_name.ts";
import type { Container } from "../../daemon/container/container.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import type { Confiner } from "../../daemon/services/confiner.ts";
import { ExternalWatch } from "../../daemon/services/external_watch.ts";
import type { GroupKeeper } from "../../daemon/services/group_keeper.ts";
import type { OomWatch } from "../../daemon/services/oom_watch.ts";
import { ServiceOutput } from "../../daemon/services/service_output.ts";
import { Supervisor } from "../../daemon/services/supervisor.ts";
import type { Triggers } from "../../daemon/services/triggers.ts";
import { raiseDescriptorLimit } from "../../sys/launch/descriptor_limit.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { ownProgram } from "../../sys/self/program.ts";
import { isInteractive } from "../../sys/self/terminal.ts";
import { reach } from "../../sys/sockets/reach.ts";
import type { ReadinessWiring } from "./run_readiness.ts";
import type { RunRequest } from "./run_request.ts";

/** What the supervisor asks for when it is needed; absent as long as nothing needed it. */
export interface SupervisedParts {
  readonly container: Container;
  memory(): OomWatch | undefined;
  groups(): GroupKeeper | undefined;
  triggers(): Triggers | undefined;
  confiner(): Confiner | undefined;
  readiness(): ReadinessWiring["supervisorParts"] | undefined;
}

/**
 * Makes the supervisor; it starts nothing yet. What services do takes descriptors of chaperone's: from
 * here on it may have all that are allowed.
 */
export function createSupervisor(
  { config, family }: RunRequest,
  { os, logging }: { readonly os: OwnedOs; readonly logging: Logging },
  parts: SupervisedParts,
): Supervisor {
  raiseDescriptorLimit();
  return new Supervisor({
    services: config.services,
    family,
    os,
    journal: logging,
    capture: new ServiceOutput(logging.router, logging.sinks),
    externals: new ExternalWatch({ reach, setTimer: os.setTimer, nowMs: os.nowMs }),
    listener: parts.container,
    ownProgram: [...ownProgram().slice(0, 1), "own-files"],
    // A program at the terminal has it to itself, whatever the lines of services look like.
    capturesInherited: ({ name }) =>
      config.settings.console !== "plain" && !(name === COMMAND_NAME && isInteractive()),
    outOfMemory: (service) => {
      const isKnown = parts.memory()?.explains() ?? false;
      const isOfGroup = service !== undefined && parts.groups()?.explains(service) === true;
      return isKnown || isOfGroup;
    },
    groupEntrance: (service) => parts.groups()?.entrance(service),
    killGroup: (service) => parts.groups()?.kill(service),
    triggers: () => parts.triggers(),
    confine: (service, process) => parts.confiner()?.confine(service, process),
    launchVariables: (service) => parts.readiness()?.launchVariables(service) ?? {},
    launched: (service, child) => parts.readiness()?.launched(service, child),
  });
}
