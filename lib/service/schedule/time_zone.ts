/**
 * Time zones as schedules need them: the offset at a moment, and when it changes next.
 *
 * A zone answers only "what is the offset at this moment", and V8 slowly for a name. So time is cut
 * into spans of two weeks; a span whose offset is not the same at both ends has one change, which
 * is found by halving. What was found is kept. Limit: two changes within two weeks that cancel each
 * other out are not seen; no zone has had such.
 */
import { localOffsetMs } from "../../base/local_zone.ts";
import { type OffsetAt, parsePosixZone } from "../../base/posix_zone.ts";

const SECOND_MS = 1000;
const SPAN_MS = 14 * 86_400_000;

/** A moment at which the wall clock is set forward or back. Offsets are ahead of UTC. */
export interface OffsetChange {
  /** UTC. The first moment with the new offset. */
  readonly atMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

interface Span {
  readonly offsetMs: number;
  readonly change?: OffsetChange;
}

/** One time zone. Logically immutable: what it keeps are answers. */
export class TimeZone {
  readonly #lookUp: OffsetAt;
  readonly #spans = new Map<number, Span>();

  constructor(lookUp: OffsetAt) {
    this.#lookUp = lookUp;
  }

  /** Returns the offset in force at a moment. */
  offsetAt(utcMs: number): number {
    const { offsetMs, change } = this.#span(Math.floor(utcMs / SPAN_MS));
    return change !== undefined && utcMs >= change.atMs ? change.afterMs : offsetMs;
  }

  /** Returns the last change at or before a moment, as long as it is at most two weeks ago. */
  changeBefore(utcMs: number): OffsetChange | undefined {
    const index = Math.floor(utcMs / SPAN_MS);
    const here = this.#span(index).change;
    if (here !== undefined && here.atMs <= utcMs) return here;
    return this.#span(index - 1).change;
  }

  /** Returns the first change after one moment that is not after the other. */
  changeWithin(afterMs: number, untilMs: number): OffsetChange | undefined {
    const last = Math.floor(untilMs / SPAN_MS);
    for (let index = Math.floor(afterMs / SPAN_MS); index <= last; index++) {
      const { change } = this.#span(index);
      if (change !== undefined && change.atMs > afterMs) {
        return change.atMs <= untilMs ? change : undefined;
      }
    }
    return undefined;
  }

  #span(index: number): Span {
    const known = this.#spans.get(index);
    if (known !== undefined) return known;
    const beforeMs = this.#lookUp(index * SPAN_MS);
    const afterMs = this.#lookUp((index + 1) * SPAN_MS);
    const span: Span = beforeMs === afterMs
      ? { offsetMs: beforeMs }
      : { offsetMs: beforeMs, change: this.#findChange(index, beforeMs) };
    this.#spans.set(index, span);
    return span;
  }

  #findChange(index: number, beforeMs: number): OffsetChange {
    let low = (index * SPAN_MS) / SECOND_MS;
    let high = ((index + 1) * SPAN_MS) / SECOND_MS;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#lookUp(middle * SECOND_MS) === beforeMs) low = middle;
      else high = middle;
    }
    return { atMs: high * SECOND_MS, beforeMs, afterMs: this.#lookUp(high * SECOND_MS) };
  }
}

const zones = new Map<string | undefined, TimeZone>();

/**
 * Returns a zone of the IANA database, or one as POSIX writes them in TZ, or without a name the one
 * of this process (`TZ`, /etc/localtime). A zone is made once and shared by all schedules in it.
 *
 * @throws {RangeError} where there is no such zone.
 */
export function timeZone(name?: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = new TimeZone(name === undefined ? localOffsetMs : findOffset(name));
  zones.set(name, zone);
  return zone;
}

/** As TZ, a name may begin with a colon. @throws {RangeError} */
function findOffset(text: string): OffsetAt {
  const name = text.replace(/^:/, "");
  try {
    return namedOffset(name);
  } catch (error) {
    const offsetAt = error instanceof RangeError ? parsePosixZone(name) : undefined;
    if (offsetAt === undefined) throw error;
    return offsetAt;
  }
}

function namedOffset(name: string): OffsetAt {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  return (utcMs) => {
    const text = format.format(utcMs);
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
    if (match === null) throw new RangeError(`Cannot read the offset of ${name} from '${text}'`);
    const [, sign, hours = 0, minutes = 0, seconds = 0] = match;
    const total = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * SECOND_MS;
    return sign === "-" ? -total : total;
  };
}
