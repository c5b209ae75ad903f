/**
 * Looks whether what a service waits for is there. The rules are those of
 * service/prerequisite_rule.ts.
 */
import type { Family, Prerequisite } from "../../service/family.ts";
import { judgePrerequisite, type PrerequisiteVerdict } from "../../service/prerequisite_rule.ts";
import type { ServiceEntry } from "./service_entry.ts";

export interface PrerequisitesParts {
  /** The order in force. */
  readonly family: Family;
  entryOf(name: string): ServiceEntry | undefined;
}

const SATISFIED: PrerequisiteVerdict = { kind: "satisfied" };

export class Prerequisites {
  readonly #parts: PrerequisitesParts;

  constructor(parts: PrerequisitesParts) {
    this.#parts = parts;
  }

  /** Goes on where the last look stopped: a service with very many prerequisites stays cheap. */
  judge(entry: ServiceEntry): PrerequisiteVerdict {
    const list = this.#parts.family.prerequisites(entry.config.name);
    for (; entry.prerequisitesMet < list.length; entry.prerequisitesMet++) {
      const wanted = list[entry.prerequisitesMet];
      const verdict = wanted ? this.#judgeOne(entry, wanted) : SATISFIED;
      if (verdict.kind !== "satisfied") return verdict;
    }
    return SATISFIED;
  }

  /** What a waiting service still waits for, by name. */
  pending(entry: ServiceEntry): string[] {
    const list = this.#parts.family.prerequisites(entry.config.name);
    return list.filter((wanted) => this.#judgeOne(entry, wanted).kind !== "satisfied")
      .map(({ name }) => name);
  }

  #judgeOne(entry: ServiceEntry, { name, condition }: Prerequisite): PrerequisiteVerdict {
    const other = this.#parts.entryOf(name);
    if (other === undefined) return SATISFIED;
    const verdict = judgePrerequisite(other.state, condition, entry.state.restarting);
    if (verdict.kind !== "failed" || verdict.failure.text.includes(name)) return verdict;
    return {
      kind: "failed",
      failure: { ...verdict.failure, text: `${name}: ${verdict.failure.text}` },
    };
  }
}
