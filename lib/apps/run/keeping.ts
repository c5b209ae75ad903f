/** What it takes to keep a socket's file in place. */
import type { Journal } from "../../daemon/logging/journal.ts";
import type { KeptSocketParts } from "../../daemon/sockets/kept_socket.ts";
import { fileIdentity } from "../../sys/paths/file_watch.ts";
import type { OwnedOs } from "../../sys/os.ts";

type KeepingParts = Pick<KeptSocketParts, "watchFile" | "identityOf" | "setTimer" | "journal">;

/** Returns the parts that are the same for all sockets. */
export function keepingParts(os: OwnedOs, journal: Journal): KeepingParts {
  const { watchFile, setTimer } = os;
  return { watchFile, setTimer, identityOf: fileIdentity, journal };
}
