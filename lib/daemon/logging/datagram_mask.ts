/**
 * Masks the secrets of services in datagrams of /dev/log. Of which service a datagram is, nobody
 * knows for certain, so that each secret is masked in each of them.
 */
import { Redactor } from "../../log/redactor.ts";
import { PATTERNS_MAX_BYTES, SecretMatcher } from "../../log/secret_matcher.ts";

/** The secrets of services as another incarnation takes them over. */
export type SecretsHandover = readonly (readonly [service: string, patterns: Uint8Array[]])[];

export class DatagramMask {
  readonly #patternsOf = new Map<string, readonly Uint8Array[]>();
  #matcher: SecretMatcher | undefined;

  /**
   * Masks these patterns of a service instead of those before. False: with those of other services
   * they are more than can be looked for, and the last ones are left out.
   */
  set(service: string, patterns: readonly Uint8Array[]): boolean {
    this.#patternsOf.set(service, patterns);
    const all = [...this.#patternsOf.values()].flat();
    const different = [...new Map(all.map((bytes) => [bytes.join(), bytes])).values()];
    let sizeBytes = 0;
    const fitting = different.filter(({ length }) => {
      const fits = sizeBytes + length <= PATTERNS_MAX_BYTES;
      if (fits) sizeBytes += length;
      return fits;
    });
    if (fitting.length === 0) this.#matcher = undefined;
    else if (!this.#matcher?.isFor(fitting)) this.#matcher = new SecretMatcher(fitting);
    return fitting.length === different.length;
  }

  /** Returns the datagram with its secrets masked: itself where it has none. */
  mask(bytes: Uint8Array): Uint8Array {
    if (this.#matcher === undefined) return bytes;
    const redactor = new Redactor(this.#matcher);
    const told = redactor.push(bytes);
    const kept = redactor.end();
    if (kept.length === 0) return told;
    const whole = new Uint8Array(told.length + kept.length);
    whole.set(told);
    whole.set(kept, told.length);
    return whole;
  }

  handOver(): SecretsHandover {
    return [...this.#patternsOf].map(([service, patterns]) => [service, [...patterns]]);
  }

  takeOver(secrets: SecretsHandover): void {
    for (const [service, patterns] of secrets) this.set(service, patterns);
  }
}
