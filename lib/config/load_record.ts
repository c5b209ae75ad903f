/**
 * What a configuration was loaded from: loading from the record gives the same configuration again,
 * whatever has become of the files and of what backticks say.
 */
import type { AccountTexts } from "../base/accounts.ts";
import type { Identity } from "../base/identity.ts";
import type { LaunchedService } from "./launched.ts";
import type { ConfigFiles } from "./source/config_files.ts";

type Kind = "file" | "directory" | "other" | "absent";

/** Plain data. */
export interface LoadRecord {
  /** The user of the command line, looked up or created. */
  readonly user?: string;
  readonly accounts: AccountTexts;
  readonly kinds: readonly (readonly [string, Kind])[];
  readonly lists: readonly (readonly [string, readonly string[]])[];
  readonly texts: readonly (readonly [string, string])[];
  /** Services that no file declares. */
  readonly launched?: readonly LaunchedService[];
  /** What backticks have said so far, by user and command. */
  readonly backticks: readonly (readonly [string, string])[];
}

/** Files that remember what was asked of them. */
export class RecordingFiles implements ConfigFiles {
  readonly #files: ConfigFiles;
  readonly #kinds = new Map<string, Kind>();
  readonly #lists = new Map<string, readonly string[]>();
  readonly #texts = new Map<string, string>();

  /** What `record` knows is answered from it. */
  constructor(files: ConfigFiles, record?: LoadRecord) {
    this.#files = files;
    for (const [path, kind] of record?.kinds ?? []) this.#kinds.set(path, kind);
    for (const [path, names] of record?.lists ?? []) this.#lists.set(path, names);
    for (const [path, text] of record?.texts ?? []) this.#texts.set(path, text);
  }

  stat(path: string): "file" | "directory" | "other" | undefined {
    const kind = remember(this.#kinds, path, () => this.#files.stat(path) ?? "absent");
    return kind === "absent" ? undefined : kind;
  }

  list(directory: string): readonly string[] {
    return remember(this.#lists, directory, () => this.#files.list(directory));
  }

  read(path: string, how?: { readonly isNamed?: boolean }): string {
    return remember(this.#texts, path, () => this.#files.read(path, how));
  }

  readFor(path: string, user: Identity | undefined): string {
    return remember(this.#texts, path, () => this.#files.readFor(path, user));
  }

  /** Kept under another name than what was read without a look at who can change it. */
  readRoots(path: string): string {
    return remember(this.#texts, `${path} (root's)`, () => this.#files.readRoots(path));
  }

  /** All answers so far. */
  get answers(): Pick<LoadRecord, "kinds" | "lists" | "texts"> {
    return { kinds: [...this.#kinds], lists: [...this.#lists], texts: [...this.#texts] };
  }
}

function remember<T>(known: Map<string, T>, path: string, ask: () => T): T {
  if (known.has(path)) return known.get(path) as T;
  const answer = ask();
  known.set(path, answer);
  return answer;
}
