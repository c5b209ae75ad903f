import type { OwnOutcome } from "../base/own_outcome.ts";

/** What the process tells that gives files to their owners, a line each. */
export type OwnNews =
  | ({ readonly kind: "progress" } & Pick<OwnOutcome, "path" | "looked" | "changed">)
  | ({ readonly kind: "done" } & OwnOutcome)
  | { readonly kind: "failed"; readonly path: string; readonly text: string };
