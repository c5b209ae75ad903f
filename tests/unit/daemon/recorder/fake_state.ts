/** A state directory in memory, whose disk can be full. */
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import type { StateDirectory, StateFile } from "../../../../lib/door/state_os.ts";

export class FakeState implements StateDirectory {
  readonly path = "/state";
  readonly files = new Map<string, string>();
  /** How many bytes the disk still takes. */
  roomBytes = Infinity;
  openCount = 0;

  append(name: string): StateFile {
    this.openCount++;
    // It stays the same file under another name.
    const content = { name };
    this.files.set(name, this.files.get(name) ?? "");
    this.#open.push(content);
    return {
      sizeBytes: (this.files.get(name) ?? "").length,
      write: (bytes) => {
        const taken = Math.min(bytes.length, this.roomBytes);
        if (taken === 0) {
          return Promise.reject(new SystemError("write", ERRNO.ENOSPC, this.path));
        }
        this.roomBytes -= taken;
        const text = new TextDecoder().decode(bytes.subarray(0, taken));
        this.files.set(content.name, (this.files.get(content.name) ?? "") + text);
        return Promise.resolve(taken);
      },
      close: () => void this.openCount--,
    };
  }

  rename(from: string, to: string): void {
    this.files.set(to, this.files.get(from) ?? "");
    this.files.delete(from);
    for (const each of this.#open) if (each.name === from) each.name = to;
  }

  read(name: string, mostBytes: number): Promise<Uint8Array | undefined> {
    const text = this.files.get(name);
    if (text === undefined) return Promise.resolve(undefined);
    return Promise.resolve(new TextEncoder().encode(text).subarray(-mostBytes));
  }

  has(name: string): boolean {
    return this.files.has(name);
  }

  replace(name: string, bytes: Uint8Array | undefined): Promise<void> {
    if (bytes === undefined) {
      this.files.delete(name);
    } else if (bytes.length > this.roomBytes) {
      return Promise.reject(new SystemError("write", ERRNO.ENOSPC, this.path));
    } else {
      this.files.set(name, new TextDecoder().decode(bytes));
    }
    return Promise.resolve();
  }

  close(): void {}

  readonly #open: { name: string }[] = [];
}
