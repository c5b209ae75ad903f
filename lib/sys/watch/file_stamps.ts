/** What watched files hold, as short texts that can be compared. */
import { SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { readServiceFile } from "../paths/service_files.ts";
import type { FoundFile } from "./watched_files.ts";

/** Larger files are told apart by size and time. */
const CONTENT_MAX_BYTES = 4 * 1024 * 1024;
/** Read in one look. */
const ALL_MAX_BYTES = 32 * 1024 * 1024;
const STAMP_BYTES = 8;

export class FileStamps {
  readonly #identity: Identity | undefined;
  #leftBytes = ALL_MAX_BYTES;

  constructor(identity: Identity | undefined) {
    this.#identity = identity;
  }

  /**
   * Returns the stamp of a file; undefined where it is not there any more. Its path is the one that
   * was written, so that a link of the user's leads to nothing that the user may not read.
   */
  async of({ path, status }: FoundFile): Promise<string | undefined> {
    const sizeBytes = status?.sizeBytes ?? 0;
    const isLarge = sizeBytes > CONTENT_MAX_BYTES || sizeBytes > this.#leftBytes;
    this.#leftBytes -= isLarge ? 0 : sizeBytes;
    try {
      if (!isLarge) return await stampOf(readServiceFile(path, this.#identity));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    return status && `${status.identity} ${status.sizeBytes} ${status.modifiedMs}`;
  }
}

async function stampOf(text: string | undefined): Promise<string | undefined> {
  if (text === undefined) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const bytes = [...new Uint8Array(digest, 0, STAMP_BYTES)];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
