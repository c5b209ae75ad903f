/**
 * The process that looks at watched files for chaperone: a share that hangs, or a directory that is
 * large, holds up this process alone. It reads what to look at from stdin, as JSON, has the queue at
 * descriptor 3, if there is one, told of later changes, and answers on stdout.
 */
import { compileGlob } from "../config/environment/glob.ts";
import type { LookAnswer, LookRequest, Stamps } from "../door/file_look.ts";
import { readStdin } from "../sys/self/own_streams.ts";
import { FileStamps } from "../sys/watch/file_stamps.ts";
import { WatchedFiles } from "../sys/watch/watched_files.ts";
import { print } from "../sys/self/print.ts";

const QUEUE_FD = 3;

/** Looks once; `words` says whether there is a queue. */
export async function runLookAtFiles(words: readonly string[]): Promise<number> {
  const request: LookRequest = JSON.parse(new TextDecoder().decode(await readStdin()));
  const queueFd = words.includes("queue") ? QUEUE_FD : undefined;
  print("stdout", [JSON.stringify(await look(request, queueFd))]);
  return 0;
}

async function look(
  { rules, identity }: LookRequest,
  queueFd: number | undefined,
): Promise<LookAnswer> {
  const files = new WatchedFiles({ identity, queueFd, compile: compileGlob });
  const stamps = new FileStamps(identity);
  const seen: Stamps[] = [];
  for (const patterns of rules) {
    const found: Record<string, string> = {};
    for (const file of patterns.flatMap((pattern) => files.find(pattern))) {
      const stamp = await stamps.of(file);
      if (stamp !== undefined) found[file.path] = stamp;
    }
    seen.push(found);
  }
  return {
    rules: seen,
    names: [...files.names],
    ...(files.blind === undefined ? {} : { blind: files.blind }),
    ...(files.leftOut === undefined ? {} : { leftOut: files.leftOut }),
  };
}
