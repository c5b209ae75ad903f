/** What the pages of single services need of the daemon. */
import type { PhaseChange } from "../../page/event_text.ts";
import type { ContainerReport, LogLine } from "../../page/report.ts";
import type { UsageCurves } from "../../page/service_page.ts";
import type { Caller } from "../../base/caller.ts";
import type { TokenGate } from "./token_gate.ts";

export interface ServiceParts {
  readonly report: () => ContainerReport;
  /** What a service wrote, oldest first. */
  readonly linesOf: (service: string) => readonly LogLine[];
  /** What has happened to services, oldest first. */
  readonly events: () => readonly PhaseChange[];
  readonly curves: (service: string) => UsageCurves;
  /** Carries out a line of telchap with the rights of a caller. */
  readonly ask: (
    words: readonly string[],
    caller: Caller,
  ) => Promise<{ readonly exitCode: number; readonly text: string }>;
  /** Whether the page may act, see `http_control`. */
  readonly isControlled: boolean;
  /** Who may act by a token; undefined: nobody. */
  readonly gate: TokenGate | undefined;
  /** What proves that a button of this server was pressed. */
  readonly key: () => string;
  /** Takes note of an action. */
  readonly tell: (text: string) => void;
  /** Resolves with undefined after so long. */
  readonly wait: (delayMs: number) => Promise<undefined>;
}
