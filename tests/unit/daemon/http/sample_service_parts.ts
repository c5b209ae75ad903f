/** What the pages of services are made of, for tests. */
import type { ServiceParts } from "../../../../lib/daemon/http/service_parts.ts";
import type { Caller } from "../../../../lib/base/caller.ts";
import { NOON_MS, SAMPLE_LINES, sampleReport } from "../../page/sample_report.ts";

export const KEY = "key-of-the-page";

/** Returns the parts of a container where nothing goes wrong; what is given wins. */
export function sampleServiceParts(changes: Partial<ServiceParts> = {}): ServiceParts {
  return {
    report: () => sampleReport(),
    linesOf: (service) => SAMPLE_LINES.filter((line) => line.service === service),
    events: () => [
      { wallMs: NOON_MS, service: "db.service", from: "starting", to: "up", detail: "pid 14" },
      { wallMs: NOON_MS, service: "api.service", from: "up", to: "backoff", detail: "<b>" },
    ],
    curves: () => ({ memory: [NaN, 1024, 2048], cpu: [NaN, NaN, 0.5] }),
    ask: () => Promise.resolve({ exitCode: 0, text: "Service: db" }),
    isControlled: true,
    gate: undefined,
    key: () => KEY,
    tell: () => {},
    wait: () => new Promise(() => {}),
    ...changes,
  };
}

/** Keeps what was asked. */
export class Asked {
  readonly words: string[] = [];
  readonly told: string[] = [];
  answer = { exitCode: 0, text: "" };

  readonly parts = sampleServiceParts({
    ask: (words: readonly string[], { uid }: Caller) => {
      this.words.push(`${uid}: ${words.join(" ")}`);
      return Promise.resolve(this.answer);
    },
    tell: (text) => void this.told.push(text),
  });
}
