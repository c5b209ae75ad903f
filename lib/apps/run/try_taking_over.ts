/**
 * Lets the binary that is in chaperone's place say whether it could take over. Part of
 * run_handover.ts.
 */
import { SystemError } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { OutputPipe } from "../../door/os.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { handoverVariables, ownProgram, programArguments } from "../../sys/self/program.ts";
import { createStateFile } from "../../sys/self/state_file.ts";
import { closeFile } from "../../sys/files/files.ts";
import { TAKES_OVER } from "../../daemon/container/handover.ts";

/**
 * To start and to load a configuration takes a tenth of a second, a large one some; many times that
 * on a slow or busy machine. Only whoever asked waits for it.
 */
const LIMIT_MS = 60_000;

/** Where the process finds the state: the first descriptor after its streams. */
const STATE_DESCRIPTOR = 3;

/** More of an answer is not kept. */
const ANSWER_MAX_BYTES = 4096;

/** More of what a program says is not quoted: a usage, a stack. */
const QUOTED_LINES_MAX = 4;

/** Returns why the binary could not go on from this state; undefined where it could. */
export async function tryTakingOver(
  os: OwnedOs,
  state: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  const [path = ""] = ownProgram();
  const { kind } = os.findExecutable(path, undefined);
  if (kind === "missing") return `${path} cannot be run: there is no such file`;
  if (kind === "not-executable") return `${path} cannot be run: it is not executable`;
  try {
    const answer = await run(os, path, state);
    if (answer === TAKES_OVER) return undefined;
    if (answer === undefined) return `${path} does not answer within ${LIMIT_MS / 1000} s`;
    return answer === "" ? `${path} says nothing` : `${path} says: ${quote(answer)}`;
  } catch (error) {
    if (error instanceof SystemError) return `${path} cannot be run: ${error.message}`;
    throw error;
  }
}

/** Puts what may be several lines into one message. */
function quote(answer: string): string {
  const lines = answer.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.slice(0, QUOTED_LINES_MAX).join(" ");
}

async function run(
  os: OwnedOs,
  path: string,
  state: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  const descriptor = createStateFile(state);
  try {
    const { pid, stdout, stderr } = os.spawnAside({
      argv: [path, ...programArguments()],
      env: { ...handoverVariables("try", STATE_DESCRIPTOR), NO_COLOR: "1" },
      stdout: "pipe",
      stderr: "pipe",
      descriptors: [descriptor],
      ownSession: true,
      limits: [],
    });
    const late = Promise.withResolvers<undefined>();
    const cancel = os.setTimer(LIMIT_MS, () => late.resolve(undefined));
    const texts = Promise.all([readText(stdout), readText(stderr)]).then((parts) => parts.join(""));
    const answer = await Promise.race([texts, late.promise]);
    cancel();
    if (answer === undefined) os.kill(-pid, SIGNAL.SIGKILL);
    return answer?.trim();
  } finally {
    closeFile(descriptor);
  }
}

function readText(pipe: OutputPipe | undefined): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const decoder = new TextDecoder();
  let text = "";
  const take = (bytes: Uint8Array): undefined => {
    if (text.length < ANSWER_MAX_BYTES) text += decoder.decode(bytes, { stream: true });
  };
  if (pipe === undefined) resolve(text);
  else pipe.start(take, () => resolve(text));
  return promise;
}
