/** The descriptors that a process gets for its streams, and what chaperone keeps of them. */
import type { SpawnRequest } from "../../door/os.ts";
import { checked, cString, libc } from "../libc/libc.ts";
import { openPipe } from "./output_pipe.ts";

/** From fcntl.h. */
const O_RDWR_CLOEXEC = 0o2 | 0o2000000;
const F_DUPFD_CLOEXEC = 1030;

/** From linux/memfd.h. */
const MFD_CLOEXEC = 1;

const DEV_NULL = "/dev/null";
const STDIN = 0;
const TARGET = { stdout: 1, stderr: 2 } as const;
const FIRST_FREE = 3;

/** The descriptors of one process to be. */
export interface Streams {
  /** What the process gets: each `source` is to become `target`, and is above every target. */
  readonly descriptors: { readonly source: number; readonly target: number }[];
  /** Reading ends of pipes, which chaperone keeps. */
  readonly readers: { stdout?: number; stderr?: number; ready?: number };
  /** What is open for the process alone. */
  readonly temporary: number[];
}

/**
 * Opens what the request asks for, as the user that is in force: a process may then open its own
 * /dev/stdout again.
 * @throws {SystemError} and leaves nothing open.
 */
export function openStreams(request: SpawnRequest): Streams {
  const { stdin, stdout, stderr, descriptors = [], readyDescriptor = 0 } = request;
  const streams: Streams = { descriptors: [], readers: {}, temporary: [] };
  const floor = Math.max(FIRST_FREE + descriptors.length, readyDescriptor + 1);
  try {
    if (stdin !== "inherit") pass(streams, openStdin(streams, stdin), STDIN, floor);
    connect(streams, stdout, "stdout", floor);
    connect(streams, stderr, "stderr", floor);
    for (const [i, fd] of descriptors.entries()) pass(streams, fd, FIRST_FREE + i, floor);
    if (readyDescriptor > 0) passPipe(streams, "ready", readyDescriptor, floor);
  } catch (error) {
    closeSources(streams);
    closeReaders(streams.readers);
    throw error;
  }
  return streams;
}

/** A text of any length is read from memory: a pipe would block whoever fills it. */
function openStdin(
  streams: Streams,
  stdin: number | { readonly text: string } | undefined,
): number {
  if (stdin === undefined) return openNull(streams);
  if (typeof stdin === "number") return stdin;
  const { memfd_create: create, pwrite } = libc();
  const fd = checked("memfd_create", create(cString("stdin"), MFD_CLOEXEC));
  streams.temporary.push(fd);
  const bytes = new TextEncoder().encode(stdin.text);
  // Writes to memory are not cut short; pwrite leaves the position at the beginning.
  checked("write", pwrite(fd, bytes, BigInt(bytes.length), 0n));
  return fd;
}

/** Closes what was opened for the process alone: it has it now, or does not exist. */
export function closeSources(streams: Streams): void {
  for (const fd of streams.temporary) libc().close(fd);
}

/** Closes the reading ends, where nothing is going to be read. */
export function closeReaders(readers: Streams["readers"]): void {
  for (const fd of Object.values(readers)) libc().close(fd);
}

function connect(
  streams: Streams,
  wanted: SpawnRequest["stdout"],
  name: "stdout" | "stderr",
  floor: number,
): void {
  if (wanted === "inherit") return;
  const target = TARGET[name];
  if (typeof wanted === "number") return pass(streams, wanted, target, floor);
  if (wanted === "pipe") return passPipe(streams, name, target, floor);
  pass(streams, openNull(streams), target, floor);
}

function openNull(streams: Streams): number {
  const own = checked("open", libc().open(cString(DEV_NULL), O_RDWR_CLOEXEC), DEV_NULL);
  streams.temporary.push(own);
  return own;
}

function passPipe(
  streams: Streams,
  name: keyof Streams["readers"],
  target: number,
  floor: number,
): void {
  const { reader, writer } = openPipe();
  streams.readers[name] = reader;
  streams.temporary.push(writer);
  pass(streams, writer, target, floor);
}

/** Below `floor` are the targets: what is there would be overwritten before its turn, so a copy goes. */
function pass(streams: Streams, fd: number, target: number, floor: number): void {
  let source = fd;
  if (fd < floor) {
    source = checked("fcntl", libc().fcntl(fd, F_DUPFD_CLOEXEC, floor), `${fd}`);
    streams.temporary.push(source);
  }
  streams.descriptors.push({ source, target });
}
