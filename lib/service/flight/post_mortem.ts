/** Which life is reported, and in which form: text for people, a value for programs. */
import { type FlightLife, guessBreakOff, livesOf } from "./flight_life.ts";
import type { FlightReading } from "./flight_record.ts";
import { tellLife } from "./flight_story.ts";

/** A life, told. */
export interface PostMortem {
  readonly text: string;
  readonly value: ReturnType<typeof valueOf>;
}

/**
 * Returns the life that was `previous` lives before the present one, 0 being that one; undefined
 * where it is not kept. Without `presentId` nothing runs, and the last life is the first before
 * now.
 */
export function findLife(
  reading: Pick<FlightReading, "records">,
  previous: number,
  presentId?: string,
): FlightLife | undefined {
  const lives = livesOf(reading);
  const past = lives.filter(({ id }) => id !== presentId);
  if (previous === 0) return lives.find(({ id }) => id === presentId);
  return past.at(-previous);
}

/** Tells that life; undefined where it is not kept. */
export function postMortemReport(
  reading: FlightReading,
  previous: number,
  presentId?: string,
): PostMortem | undefined {
  const life = findLife(reading, previous, presentId);
  if (life === undefined) return undefined;
  const isPresent = life.id === presentId;
  return {
    text: tellLife(life, reading, { isPresent }).join("\n"),
    value: valueOf(life, reading, isPresent),
  };
}

function valueOf(life: FlightLife, reading: FlightReading, isPresent: boolean) {
  return {
    life: life.id,
    from: toIso(life.fromMs),
    to: toIso(life.toMs),
    exitCode: life.end?.exitCode ?? null,
    reason: life.end?.reason ?? (isPresent ? null : guessBreakOff(life)),
    isComplete: life.begin !== undefined,
    states: [...life.states.values()].map(({ service, to, atMs, detail }) => ({
      service,
      state: to,
      since: toIso(atMs),
      detail,
    })),
    records: life.records.map(({ atMs, life: _, ...event }) => ({ at: toIso(atMs), ...event })),
    damaged: reading.damaged,
    foreign: reading.foreign,
  };
}

function toIso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
