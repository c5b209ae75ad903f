/** Says what is taken from the processes of services, and what the kernel cannot take. */
import type { Confinement } from "../../base/confinement.ts";
import { ConfigError } from "../../base/errors.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { ConfinementPlan, Kernel, planConfinement } from "../../service/sandbox/confine.ts";
import type { Journal } from "../logging/journal.ts";

/** What a plan is made with. */
export interface ConfinerParts {
  readonly plan: typeof planConfinement;
  readonly kernel: Kernel;
  readonly journal: Journal;
}

/** Which process of a service it is: its own, or one that works for it. */
export interface ConfinedProcess {
  readonly program: string;
  readonly helps: boolean;
}

/** Whether anything is taken from the processes of a service. */
export function isConfined(config: ServiceConfig): boolean {
  return config.noNewPrivs === true || config.capabilities !== undefined ||
    config.sandbox !== undefined || config.syscalls !== undefined ||
    config.privateTmp === true || config.hideProc === true ||
    (config.readOnlyPaths ?? []).length > 0;
}

export class Confiner {
  readonly #parts: ConfinerParts;
  /** A filter takes longer to compile than a service to start again. */
  readonly #plans = new WeakMap<ServiceConfig, Map<string, ConfinementPlan>>();

  constructor(parts: ConfinerParts) {
    this.#parts = parts;
  }

  /**
   * Returns what is taken from a process; the first time of a service, tells what cannot be.
   * @throws {ConfigError} where the service requires what the kernel cannot do.
   */
  confine(config: ServiceConfig, process: ConfinedProcess): Confinement {
    const { confinement, lacking } = this.#planOf(config, process);
    if (lacking.length > 0 && config.sandbox?.require) {
      throw new ConfigError([{ message: `its sandbox cannot be: ${describeLacking(lacking)}` }]);
    }
    return confinement;
  }

  /** What of the sandbox of a service is not in force, in words; undefined where all is. */
  lacking(config: ServiceConfig): string | undefined {
    const lacking = [...this.#plans.get(config)?.values() ?? []].flatMap((plan) => plan.lacking);
    return lacking.length === 0 ? undefined : describeLacking([...new Set(lacking)]);
  }

  #planOf(config: ServiceConfig, { program, helps }: ConfinedProcess): ConfinementPlan {
    const { plan, kernel, journal } = this.#parts;
    const isFirst = !this.#plans.has(config);
    const plans = this.#plans.get(config) ?? new Map<string, ConfinementPlan>();
    this.#plans.set(config, plans);
    const key = `${helps} ${program}`;
    const found = plans.get(key) ?? plan(config, program, { kernel, helps });
    plans.set(key, found);
    if (isFirst && found.lacking.length > 0 && !config.sandbox?.require) {
      const text = `the sandbox of ${config.name} is incomplete: ${describeLacking(found.lacking)}`;
      journal.write({ level: "warn", text, service: config.name });
    }
    return found;
  }
}

function describeLacking(lacking: readonly string[]): string {
  return `this kernel cannot restrict ${lacking.join(", ")}`;
}
