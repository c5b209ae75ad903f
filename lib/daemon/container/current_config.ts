/**
 * The configuration in force, for all who look at it anew each time. `telchap apply` replaces it,
 * with the order among its services, between two events.
 */
import type { Config } from "../../config/model.ts";
import type { Family, Prerequisite } from "../../service/family.ts";

export class CurrentConfig {
  #config: Config;
  #family: CurrentFamily;

  constructor(config: Config, family: Family) {
    this.#config = config;
    this.#family = new CurrentFamily(family);
  }

  get config(): Config {
    return this.#config;
  }

  /** The order among the services in force: one object that follows each replacement. */
  get family(): Family {
    return this.#family;
  }

  /** The order as it is, which no replacement changes. */
  get presentFamily(): Family {
    return this.#family.present;
  }

  replace(config: Config, family: Family): void {
    this.#config = config;
    this.#family.present = family;
  }
}

class CurrentFamily implements Family {
  present: Family;

  constructor(present: Family) {
    this.present = present;
  }

  get startOrder(): readonly string[] {
    return this.present.startOrder;
  }

  get idle(): ReadonlySet<string> {
    return this.present.idle;
  }

  get hasEdges(): boolean {
    return this.present.hasEdges;
  }

  prerequisites(name: string): readonly Prerequisite[] {
    return this.present.prerequisites(name);
  }

  dependents(name: string): readonly string[] {
    return this.present.dependents(name);
  }

  depth(name: string): number {
    return this.present.depth(name);
  }
}
