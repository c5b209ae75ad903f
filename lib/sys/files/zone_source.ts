/**
 * Where local time comes from, as tzset(3) says: the variable TZ, as the name of a zone file or as
 * POSIX writes zones, else the content of /etc/localtime, never the name that a link has. Names
 * that no file is there for V8 knows, too: images without tzdata may still say `TZ=Europe/Vienna`.
 */
import { type OffsetAt, parsePosixZone } from "../../base/posix_zone.ts";
import { parseZoneFile, ZONE_FILE_MAX_BYTES } from "../../base/zone_file.ts";
import { isZoneOfV8 } from "../../base/zone_name.ts";

const LOCAL_ZONE = "/etc/localtime";
const ZONE_DIRECTORY = "/usr/share/zoneinfo";

/** Names for which nothing needs to be looked at. */
const UTC_NAMES: ReadonlySet<string> = new Set(["", "UTC", "UTC0", "Etc/UTC", "GMT", "GMT0"]);

/** Local time, and what of the variable is not understood. */
export interface LocalZone {
  /** Absent: V8 knows it, and takes it from the same variable. */
  readonly offsetAt?: OffsetAt;
  readonly problem?: string;
}

const utc: OffsetAt = () => 0;

/** Whether there is a variable that could be wrong. */
export function isZoneStated(): boolean {
  return !UTC_NAMES.has(Deno.env.get("TZ") ?? "");
}

/**
 * Finds out what local time is. Never throws: what is not understood is UTC, as for the C library.
 */
export function findLocalZone(): LocalZone {
  const stated = Deno.env.get("TZ");
  if (stated === undefined) return { offsetAt: readZone(LOCAL_ZONE) ?? utc };
  const name = stated.replace(/^:/, "");
  if (UTC_NAMES.has(name)) return { offsetAt: utc };
  const directory = Deno.env.get("TZDIR") || ZONE_DIRECTORY;
  const offsetAt = readZone(name.startsWith("/") ? name : `${directory}/${name}`) ??
    parsePosixZone(name);
  if (offsetAt !== undefined) return { offsetAt };
  if (isZoneOfV8(name)) return {};
  return {
    offsetAt: utc,
    problem: `TZ='${stated}' is neither a time zone that is known here nor one as tzset(3) ` +
      "describes them: times are those of UTC",
  };
}

/**
 * Returns the zone that a file holds; `undefined` where it does not exist, cannot be read, or holds
 * none.
 */
function readZone(path: string): OffsetAt | undefined {
  try {
    // A FIFO or a device must not hold up PID 1.
    if (!Deno.statSync(path).isFile) return undefined;
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(ZONE_FILE_MAX_BYTES);
    let size = 0;
    while (size < bytes.length) {
      const count = file.readSync(bytes.subarray(size)) ?? 0;
      if (count === 0) break;
      size += count;
    }
    return parseZoneFile(bytes.subarray(0, size));
  } catch {
    return undefined; // It is missing, or not ours to read: the next source counts.
  }
}
