/** `audit`: what the processes of services may do, and what would better them most. */
import type { AnswerOf } from "../../commands/answers.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { RightsReader } from "../../door/rights_reader.ts";
import { mainPid } from "../../service/life/phase.ts";
import type { Seen } from "../../service/audit/rights.ts";
import { launchEnvironment } from "../services/launch_request.ts";
import {
  type ControlCall,
  type ControlContext,
  demandOwn,
  mayHandle,
  namedServices,
  type Reply,
  visibleServices,
} from "./context.ts";

/** Returns the answer to `audit`: of all services that are the caller's, or of those named. */
export async function audit(command: ControlCall<"audit">): Promise<Reply<AnswerOf<"audit">>> {
  const { context } = command;
  const library = await import("../../service/audit/audit_library.ts");
  const reader = await context.rightsReader();
  const services = context.config.services;
  const audited = namesOf(command).map((name) => {
    const config = context.supervisor.config(name);
    const surroundings = {
      landlockAbi: reader.landlockAbi,
      ownUid: context.os.uid,
      variables: variablesOf(context, config),
      services,
    };
    const rights = library.rightsOf(config, surroundings, seenOf(context, config, reader));
    return { rights, grade: library.gradeOf(rights) };
  });
  return {
    text: library.formatAudit(audited).join("\n"),
    value: { services: audited.map(library.auditValue) },
  };
}

function namesOf(command: ControlCall<"audit">): readonly string[] {
  const { context, call, session: { caller } } = command;
  if (call.operands.length === 0) {
    return visibleServices(command).filter((name) =>
      mayHandle(context, name, caller) && context.supervisor.state(name).enabled
    );
  }
  const names = namedServices(command);
  demandOwn(command, names);
  return names;
}

/** The names of what a process of the service would get, if it started at this moment. */
function variablesOf({ os }: ControlContext, config: ServiceConfig): readonly string[] {
  try {
    return Object.keys(launchEnvironment(os, config, {}));
  } catch {
    // A file is missing, or a `:?` fails: what would fail the start, too.
    return config.environment.names();
  }
}

/** Undefined for one that does not run. */
function seenOf(
  { supervisor }: ControlContext,
  { name, identity }: ServiceConfig,
  reader: RightsReader,
): Seen | undefined {
  const pid = mainPid(supervisor.state(name).phase);
  const rights = pid === undefined ? undefined : reader.rights(pid);
  if (pid === undefined || rights === undefined) return undefined;
  return {
    pid,
    rights,
    ports: reader.ports(supervisor.processes.processesOf(name), identity),
    writable: reader.writable(pid, rights),
  };
}
