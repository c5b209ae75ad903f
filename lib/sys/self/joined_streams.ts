/**
 * Joins this program's own streams to those of a process that chaperone has started for it: what is
 * typed goes in, what comes out is shown. Used by `telchap exec` alone.
 */
import { ERRNO } from "../../base/errors.ts";
import { F_DUPFD_CLOEXEC } from "../libc/fcntl.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { PolledPipe } from "../processes/output_pipe.ts";
import { rawTerminal } from "./raw_terminal.ts";

/** From asm-generic/ioctls.h. */
const TIOCSWINSZ = 0x5414n;

const READ_BYTES = 64 * 1024;
/** What end a program that has a terminal in its care. Ctrl-C comes as a key. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

export interface JoinedStreams {
  /** Resolves when the process, and all that it has started, have closed their output. */
  readonly ended: Promise<void>;
  /** Resolves when this program is told to end, where it has a terminal to give back. */
  readonly interrupted: Promise<void>;
  /** Gives the terminal back as it was. */
  leave(): void;
}

/** Joins the ends that were handed over: of stdin, stdout and stderr, or that of a terminal. */
export function joinStreams(poller: Poller, ends: readonly number[]): JoinedStreams {
  const [first = -1, stdout = -1, stderr = -1] = ends;
  if (ends.length === 1) return joinTerminal(poller, first);
  void feed(poller, first).then(() => libc().close(first));
  const ended = Promise.all([show(poller, stdout, "stdout"), show(poller, stderr, "stderr")]);
  return { ended: ended.then(() => {}), interrupted: new Promise(() => {}), leave() {} };
}

function joinTerminal(poller: Poller, end: number): JoinedStreams {
  const interrupted = Promise.withResolvers<void>();
  const giveBack = rawTerminal();
  const resized = () => {
    const { columns, rows } = Deno.consoleSize();
    libc().ioctl(end, TIOCSWINSZ, new Uint16Array([rows, columns, 0, 0]));
  };
  Deno.addSignalListener("SIGWINCH", resized);
  for (const signal of ENDING) Deno.addSignalListener(signal, interrupted.resolve);
  // The poller waits for a descriptor in one way only.
  void feed(poller, libc().fcntl(end, F_DUPFD_CLOEXEC, 0));
  return {
    ended: show(poller, end, "stdout"),
    interrupted: interrupted.promise,
    leave: giveBack,
  };
}

/** Writes what is read from stdin, to its end or until nobody takes it any more. */
async function feed(poller: Poller, end: number): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  try {
    for (;;) {
      const size = await Deno.stdin.read(buffer);
      if (size === null) return;
      for (let rest = buffer.subarray(0, size); rest.length > 0;) {
        const written = libc().write(end, rest, BigInt(rest.length));
        if (written >= 0) rest = rest.subarray(written);
        else if (lastErrno() !== ERRNO.EAGAIN) return; // EPIPE, EIO: the process has closed it.
        else await new Promise<void>((resolve) => poller.once(end, "writable", resolve));
      }
    }
  } catch {
    // EIO, EBADF: there is no stdin, or the terminal is gone.
  }
}

/** Resolves at the end of the output. Where nobody takes it here, the process is told by EPIPE. */
function show(poller: Poller, end: number, stream: "stdout" | "stderr"): Promise<void> {
  return new Promise((resolve) => {
    const pipe = new PolledPipe(poller, end, { isTrusted: true });
    pipe.start((bytes) => {
      try {
        for (let rest = bytes; rest.length > 0;) {
          rest = rest.subarray(Deno[stream].writeSync(rest));
        }
      } catch {
        pipe.close();
        resolve();
      }
      return undefined;
    }, resolve);
  });
}
