/**
 * What chaperone and the process that looks at watched files for it tell each other. chaperone itself
 * goes near none of these files: one on a share that hangs would hold it up.
 */
import type { Identity } from "../base/identity.ts";

/** What is to be looked at. */
export interface LookRequest {
  /** For each rule its paths and patterns, absolute. */
  readonly rules: readonly (readonly string[])[];
  /** Whose eyes; absent: chaperone's own. */
  readonly identity?: Identity;
}

/** What each file is at the moment, by path: another text where its content is another one. */
export type Stamps = Readonly<Record<string, string>>;

/** What was seen. */
export interface LookAnswer {
  /** For each rule. */
  readonly rules: readonly Stamps[];
  /** Names whose change matters besides those in the patterns: those that links lead through. */
  readonly names: readonly string[];
  /** Why not every change will be told by the kernel; absent: every one will. */
  readonly blind?: string;
  /** What is left out, since there is too much. */
  readonly leftOut?: string;
}

/** How a look ended. */
export type LookOutcome =
  | { readonly kind: "looked"; readonly answer: LookAnswer }
  | { readonly kind: "failed"; readonly text: string };

/** What has happened to files, as far as one read tells. */
export interface ChangeNews {
  readonly names: ReadonlySet<string>;
  /** Something has happened to a file or directory itself, or too much to be told. */
  readonly isUnnamed: boolean;
}

/** Where the kernel reports changes. A new one for each look, which says which changes it wants. */
export interface ChangeQueue {
  readonly descriptor: number;
  /** Calls back again and again while there is news, until `ignore`. */
  watch(onNews: () => void): void;
  ignore(): void;
  /** Takes news, a bounded number. */
  read(): ChangeNews;
  close(): void;
}

/** Listens to how a look goes. */
export interface LookListener {
  /** It takes longer than it should; `done` is called once its process has ended. */
  late(text: string): void;
  done(outcome: LookOutcome): void;
}

export interface FileLooker {
  /** Undefined where the kernel has none to give: there are few for each user of a machine. */
  openQueue(): ChangeQueue | undefined;
  /** Looks, and has the queue told of what comes later; the result gives it up. */
  look(
    request: LookRequest,
    queue: ChangeQueue | undefined,
    listener: LookListener,
  ): () => void;
}
