/** Looks at what processes may do, for an audit. */
import type { RightsReader } from "../../door/rights_reader.ts";
import { writablePlaces } from "../paths/writable_places.ts";
import { readRights } from "../processes/process_rights.ts";
import { listeningPorts } from "../sockets/listening.ts";
import { landlockAbi } from "./landlock_ruleset.ts";

/** Of this machine. */
export const rightsReader: RightsReader = {
  get landlockAbi() {
    return landlockAbi();
  },
  rights: readRights,
  ports: (pids, user) =>
    listeningPorts({ processes: () => pids, ...(user === undefined ? {} : { identity: user }) }),
  writable: (pid, rights) => writablePlaces(rights, pid),
};
