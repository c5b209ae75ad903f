/**
 * Which section each service is of. `a.service` with `for_each: b.1` and `a.b.service` with
 * `instances: 1` would make a service of one name, of which only one could run.
 */
import type { ServiceSection } from "./directives.ts";
import type { Problems } from "./source/problems.ts";

/** The names of services that are taken. */
export class MadeNames {
  /** Sections by the names of their services. */
  readonly #owners: Map<string, string>;
  readonly #problems: Problems;

  /** The names of sections are taken, whether a service is called like that or not. */
  constructor(sections: readonly ServiceSection[], problems: Problems) {
    this.#owners = new Map(sections.map(({ name }) => [name, name]));
    this.#problems = problems;
  }

  /** Takes the names of what a section has made; reports those that are taken, and leaves them out. */
  take<T extends { readonly name: string }>(section: ServiceSection, services: readonly T[]): T[] {
    return services.filter(({ name }) => {
      const owner = this.#owners.get(name) ?? section.name;
      this.#owners.set(name, owner);
      if (owner !== section.name) this.#refuse(section, name, owner);
      return owner === section.name;
    });
  }

  #refuse(section: ServiceSection, name: string, owner: string): void {
    const who = owner === name ? "which is the name of another section" : `and so does ${owner}`;
    const message = `${section.name} makes '${name}', ${who}`;
    if (section.word("type") !== "crontab") {
      section.fail(section.has("for_each") ? "for_each" : "instances", message);
      return;
    }
    // Whoever may write a crontab must not keep the others from starting.
    this.#problems.warn(`${message}: the line is left out`, section.placeOf("file"));
  }
}
