/** Has files looked at by a process of chaperone's own, which is killed where it takes too long. */
import { SystemError } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { FileLooker, LookListener, LookOutcome } from "../../door/file_look.ts";
import type { Child, SpawnRequest } from "../../door/os.ts";
import type { OwnedOs } from "../os.ts";
import { ownProgram } from "../self/program.ts";
import { openChangeQueue } from "./change_queue.ts";

/** Longer than a share takes that works. */
const LIMIT_MS = 30_000;

/** More than a thousand paths take. */
const ANSWER_MAX_CHARS = 4 * 1024 * 1024;

type LookerOs = Pick<OwnedOs, "spawnAside" | "hold" | "setTimer" | "pollDescriptor" | "isInit">;

/** Makes what looks at files. */
export function createFileLooker(os: LookerOs): FileLooker {
  return {
    openQueue: () => openChangeQueue(os),
    look(request, queue, listener) {
      try {
        const child = os.spawnAside(spawnRequest(os, JSON.stringify(request), queue?.descriptor));
        return follow(os, child, listener);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        const { message: text } = error;
        return os.setTimer(0, () => listener.done({ kind: "failed", text }));
      }
    },
  };
}

function spawnRequest(os: LookerOs, text: string, descriptor: number | undefined): SpawnRequest {
  const program = ownProgram().slice(0, 1);
  return {
    argv: [...program, "look-at-files", ...(descriptor === undefined ? [] : ["queue"])],
    env: {},
    stdin: { text },
    stdout: "pipe",
    stderr: "null",
    ...(descriptor === undefined ? {} : { descriptors: [descriptor] }),
    ownSession: true,
    limits: [],
    ...(os.isInit ? {} : { endsWithChaperone: true }),
  };
}

/** Reads the answer to its end; the end of the process follows, and concerns nobody. */
function follow(
  os: LookerOs,
  { pid, stdout }: Child,
  { late, done }: LookListener,
): () => void {
  const held = os.hold(pid);
  const decoder = new TextDecoder();
  let text = "";
  let problem = "it has ended without an answer";
  let isOver = false;
  const kill = () => void held?.signal(SIGNAL.SIGKILL, { group: true });
  const stop = () => {
    isOver = true;
    cancelTimer();
    held?.close();
    stdout?.close();
  };
  const cancelTimer = os.setTimer(LIMIT_MS, () => {
    problem = `it took longer than ${LIMIT_MS / 1000} s`;
    kill();
    late(problem);
  });
  stdout?.start((bytes) => {
    text += decoder.decode(bytes, { stream: true });
    if (text.length <= ANSWER_MAX_CHARS) return undefined;
    text = "";
    problem = "it says too much";
    kill();
    return undefined;
  }, () => {
    if (isOver) return;
    stop();
    done(outcomeOf(text, problem));
  });
  return () => {
    if (isOver) return;
    kill();
    stop();
  };
}

function outcomeOf(text: string, problem: string): LookOutcome {
  try {
    return { kind: "looked", answer: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: "failed", text: problem };
  }
}
