/** Asks a chaperone over its control socket. */
import { ERRNO, SystemError } from "../base/errors.ts";
import {
  ANSWER_MAX_BYTES,
  type ControlRequest,
  encodeFrame,
  FrameReader,
  toAnswer,
} from "../wire/control_frame.ts";
import { controlSocketCandidates } from "../sys/sockets/control_paths.ts";
import { connectControl } from "../sys/sockets/control_client.ts";

/** No chaperone listens. The message is that of the system. */
export class NobodyAnswers extends Error {}

/** One listens, but not to this user. */
export class MayNotAsk extends Error {}

/** How it is asked. */
export interface AskOptions {
  /** Aborted when the caller has seen enough. */
  readonly enough?: AbortSignal | undefined;
  /**
   * The caller's last request: once it is answered, the connection closes with the process. Where
   * that request ends the container, chaperone can thus tell when the process has ended.
   */
  readonly isLast?: boolean;
}

/**
 * Sends a request and calls back with each piece of the answer. Resolves with the exit code,
 * undefined where the connection ended before, or the caller has seen enough.
 * Rejects with `NobodyAnswers` or `MayNotAsk`, and with what `receive` throws.
 */
export async function askChaperone(
  request: ControlRequest,
  receive: (text: string) => void,
  { enough, isLast = false }: AskOptions = {},
): Promise<number | undefined> {
  const connection = await connectAny(connectControl);
  let isOpen = true;
  let staysOpen = false;
  const close = () => {
    if (isOpen) connection.close();
    isOpen = false;
  };
  enough?.addEventListener("abort", close, { once: true });
  try {
    // It may have been enough before there was anything to close.
    if (enough?.aborted) return undefined;
    if (!await hasWritten(connection, encodeFrame(request))) return undefined;
    const reader = new FrameReader(ANSWER_MAX_BYTES);
    for (;;) {
      const chunk = await readOrEnd(connection);
      if (chunk === undefined) return undefined;
      const { values, problem } = reader.push(chunk);
      for (const value of values) {
        const answer = toAnswer(value);
        if (answer?.kind === "end") {
          staysOpen = isLast;
          return answer.exitCode;
        }
        if (answer?.kind === "text") receive(answer.text);
      }
      if (problem !== undefined) throw new NobodyAnswers(`not understood: ${problem}`);
    }
  } finally {
    enough?.removeEventListener("abort", close);
    if (!staysOpen) close();
  }
}

type Connection = Awaited<ReturnType<typeof connectControl>>;

async function hasWritten(
  connection: Connection,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    await connection.write(bytes);
    return true;
  } catch {
    return false; // EPIPE: it was accepted by nobody, or dropped at once.
  }
}

async function readOrEnd(connection: Connection): Promise<Uint8Array | undefined> {
  try {
    return await connection.read();
  } catch {
    return undefined; // ECONNRESET: chaperone dropped the connection, or ended.
  }
}

/**
 * Connects to the socket that is there, in the given way. Reports the most telling failure: a socket
 * that exists says more than one that does not. Rejects with `NobodyAnswers` or `MayNotAsk`.
 */
export async function connectAny<T>(connect: (path: string) => Promise<T> | T): Promise<T> {
  let failure: SystemError | undefined;
  for (const path of controlSocketCandidates()) {
    try {
      return await connect(path);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (failure?.errno === ERRNO.ENOENT && error.errno !== ERRNO.ENOENT) failure = error;
      failure ??= error;
    }
  }
  if (failure?.errno === ERRNO.EACCES || failure?.errno === ERRNO.EPERM) {
    throw new MayNotAsk(failure.message);
  }
  throw new NobodyAnswers(failure?.message ?? "no socket to try");
}
