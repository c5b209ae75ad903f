/**
 * Looks whether what a service waits for is there. The rules are those of
 * service/prerequisite_rule.ts.
 */
import type { Family, Prerequisite } from "../../service/family.ts";
import type { Event } from "../../service/life/event.ts";
import { prerequisiteEvent } from "../../service/prerequisite_event.ts";
import {
  judgeEdge,
  judgePrerequisite,
  type PrerequisiteVerdict,
} from "../../service/prerequisite_rule.ts";
import type { ServiceEntry } from "./service_entry.ts";
import type { SupervisorListener } from "./supervisor_parts.ts";

export interface PrerequisitesParts {
  /** The order in force. */
  readonly family: Family;
  readonly listener: Pick<SupervisorListener, "idleUntilMs">;
  entryOf(name: string): ServiceEntry | undefined;
}

const SATISFIED: PrerequisiteVerdict = { kind: "satisfied" };

export class Prerequisites {
  readonly #parts: PrerequisitesParts;

  constructor(parts: PrerequisitesParts) {
    this.#parts = parts;
  }

  /** What follows for a service that waits; undefined as long as it has to. */
  news(entry: ServiceEntry): Event | undefined {
    const { name, ignoreFailures } = entry.config;
    return prerequisiteEvent(this.#judge(entry), {
      ignoreFailures,
      idleUntilMs: () => this.#parts.listener.idleUntilMs(name),
    });
  }

  /** Goes on where the last look stopped: a service with very many prerequisites stays cheap. */
  #judge(entry: ServiceEntry): PrerequisiteVerdict {
    const { family } = this.#parts;
    const list = family.prerequisites(entry.config.name);
    // What is required can be lost while the others are waited for.
    if (family.hasEdges) entry.prerequisitesMet = 0;
    const lacking = family.hasEdges ? this.#lacking(entry, list) : undefined;
    if (lacking !== undefined) return lacking;
    for (; entry.prerequisitesMet < list.length; entry.prerequisitesMet++) {
      const wanted = list[entry.prerequisitesMet];
      const verdict = wanted ? this.#judgeOne(entry, wanted) : SATISFIED;
      if (verdict.kind !== "satisfied") return verdict;
    }
    return SATISFIED;
  }

  /** What is required and not to be had decides, whatever else is waited for. */
  #lacking(entry: ServiceEntry, list: readonly Prerequisite[]): PrerequisiteVerdict | undefined {
    for (const wanted of list) {
      const verdict = wanted.kind === "requires" ? this.#judgeOne(entry, wanted) : SATISFIED;
      if (verdict.kind === "missing") return verdict;
    }
    return undefined;
  }

  /** What a waiting service still waits for, by name. */
  pending(entry: ServiceEntry): string[] {
    const list = this.#parts.family.prerequisites(entry.config.name);
    const names = list.filter((wanted) => this.#judgeOne(entry, wanted).kind !== "satisfied")
      .map(({ name }) => name);
    return [...new Set(names)];
  }

  #judgeOne(entry: ServiceEntry, wanted: Prerequisite): PrerequisiteVerdict {
    const { name, condition, kind } = wanted;
    const other = this.#parts.entryOf(name);
    if (other === undefined) return SATISFIED;
    if (kind !== undefined) return judgeEdge(other.state, { ...wanted, kind });
    const verdict = judgePrerequisite(other.state, condition, entry.state.restarting);
    if (verdict.kind !== "failed" || verdict.failure.text.includes(name)) return verdict;
    return {
      kind: "failed",
      failure: { ...verdict.failure, text: `${name}: ${verdict.failure.text}` },
    };
  }
}
