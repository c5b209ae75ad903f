/**
 * Streams between a process and whoever asked for it by telchap. chaperone makes both ends and hands
 * the caller's out: nothing that a caller has made ever comes in, so that no caller decides how long
 * a read, a write or a close of chaperone's takes. What then flows through them, chaperone does not
 * see.
 */
import type { CallerStreamOptions, CallerStreams } from "../../door/os.ts";
import { F_SETFL, O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDWR } from "../libc/fcntl.ts";
import { checked, cString, libc } from "../libc/libc.ts";
import type { ThreadOwner } from "../libc/thread_shares.ts";
import { openPipe } from "../processes/output_pipe.ts";
import { readersMayBeHeld } from "../processes/reads_aside.ts";
import { closeElsewhere } from "../sockets/passed_descriptors.ts";

/** From asm-generic/ioctls.h. */
const TIOCSWINSZ = 0x5414n;
const TIOCSPTLCK = 0x40045431n;
const TIOCGPTPEER = 0x5441n;

const MULTIPLEXER = "/dev/ptmx";
/** The process may open its own /dev/stdin, /dev/stdout and /dev/tty again. */
const OWNER_ONLY = 0o600;

/** Opens streams. @throws {SystemError} and leaves nothing open. */
export function openCallerStreams(options: CallerStreamOptions): CallerStreams {
  return options.terminal === undefined ? openPipes(options) : openTerminal(options);
}

function openPipes({ identity }: CallerStreamOptions): CallerStreams {
  const opened: number[] = [];
  // Who has another end may hold the lock of the pipe by now.
  const close = () => {
    for (const fd of opened) {
      if (readersMayBeHeld()) void closeElsewhere(fd, ownerOf(identity));
      else libc().close(fd);
    }
  };
  const open = () => {
    const { reader, writer } = openPipe();
    opened.push(reader, writer);
    return { reader, writer };
  };
  try {
    const [stdin, stdout, stderr] = [open(), open(), open()] as const;
    // The process reads this one: it waits, and the caller does not.
    libc().fcntl(stdin.reader, F_SETFL, 0);
    libc().fcntl(stdin.writer, F_SETFL, O_NONBLOCK);
    const own = { stdin: stdin.reader, stdout: stdout.writer, stderr: stderr.writer };
    for (const fd of Object.values(own)) give(fd, identity);
    return { own, ends: [stdin.writer, stdout.reader, stderr.reader], close };
  } catch (error) {
    close();
    throw error;
  }
}

function openTerminal({ identity, terminal }: CallerStreamOptions): CallerStreams {
  const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  const ours = checked("open", libc().open(cString(MULTIPLEXER), flags | O_NONBLOCK), MULTIPLEXER);
  const opened = [ours];
  // The last close hangs up, and waits for a process that just reads or writes.
  const close = () => {
    for (const fd of opened) void closeElsewhere(fd, ownerOf(identity));
  };
  try {
    checked("ioctl", libc().ioctl(ours, TIOCSPTLCK, new Int32Array([0])), MULTIPLEXER);
    const its = libc().ioctlNumber(ours, TIOCGPTPEER, BigInt(flags));
    opened.push(checked("ioctl", its, MULTIPLEXER));
    const { rows = 0, columns = 0 } = terminal ?? {};
    libc().ioctl(ours, TIOCSWINSZ, new Uint16Array([rows, columns, 0, 0]));
    give(its, identity);
    const own = { stdin: its, stdout: its, stderr: its, takesTerminal: true } as const;
    return { own, ends: [ours], close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Whose process can hold up who closes its streams. */
function ownerOf(identity: CallerStreamOptions["identity"]): ThreadOwner {
  return identity?.uid ?? "chaperone";
}

function give(fd: number, identity: CallerStreamOptions["identity"]): void {
  if (identity !== undefined) libc().fchown(fd, identity.uid, identity.gid);
  libc().fchmod(fd, OWNER_ONLY);
}
