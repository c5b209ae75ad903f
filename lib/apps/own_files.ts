/**
 * The process that gives files to their owners for chaperone: a disk that is slow, or a directory
 * that is large, holds up this process alone. It reads what to do from stdin, as JSON, and tells on
 * stdout, one JSON text a line.
 */
import { SystemError } from "../base/errors.ts";
import type { OwnedPlace } from "../config/model.ts";
import type { OwnNews } from "../door/own_news.ts";
import { readStdin } from "../sys/self/own_streams.ts";
import { ownTree } from "../sys/paths/own_tree.ts";
import { nowMs } from "../sys/libc/clock.ts";
import { print } from "../sys/self/print.ts";

/** Gives all places away, in their order; 1: one of them cannot be. */
export async function runOwnFiles(): Promise<number> {
  const places: readonly OwnedPlace[] = JSON.parse(new TextDecoder().decode(await readStdin()));
  for (const place of places) {
    const { path } = place;
    const beganMs = nowMs();
    try {
      const report = ownTree(path, place, ({ looked, changed }) => {
        tell({ kind: "progress", path, looked, changed });
      });
      tell({ kind: "done", path, ...report, tookMs: Math.round(nowMs() - beganMs) });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      tell({ kind: "failed", path, text: error.message });
      return 1;
    }
  }
  return 0;
}

function tell(news: OwnNews): void {
  print("stdout", [JSON.stringify(news)]);
}
