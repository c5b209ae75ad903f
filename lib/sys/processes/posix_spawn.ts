/**
 * posix_spawn(3) with nothing of chaperone's own state left in the process: no signal blocked or
 * ignored, no descriptor but those that are named. It takes 0.1 ms however large chaperone is,
 * where fork(2) copies page tables for a millisecond and more. The calling thread sleeps until the
 * process has executed its program, or cannot: so that must be one that nobody else can hold up.
 */
import { encodeBytes } from "../../base/byte_text.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import { libc } from "../libc/libc.ts";

/** From spawn.h. */
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

/** Larger than `posix_spawnattr_t` and `posix_spawn_file_actions_t`: 336 and 80 bytes in glibc. */
const ATTRIBUTES_BYTES = 1024;
const FILE_ACTIONS_BYTES = 256;
/** `sigset_t` of glibc. */
const SIGNAL_SET_BYTES = 128;

const POINTER_BYTES = 8;

/** What is to be executed, and with what. */
export interface PosixSpawn {
  /** As C reads it. */
  readonly path: Block;
  readonly argv: Block;
  readonly env: Block;
  /** The process finds each `source` as `target`; no source is below any target. */
  readonly descriptors: readonly { readonly source: number; readonly target: number }[];
  readonly ownSession: boolean;
}

/** Memory that C reads or writes. */
export type Block = Uint8Array<ArrayBuffer>;

/** Storage for C: made as a buffer, since V8 moves small typed arrays. */
export function allocate(sizeBytes: number): Block {
  return new Uint8Array(new ArrayBuffer(sizeBytes));
}

const processId = new Int32Array(new ArrayBuffer(4));
const fileActions = allocate(FILE_ACTIONS_BYTES);

let attributesOf: { readonly ownSession: Block; readonly sameSession: Block } | undefined;

function createAttributes(flags: number): Block {
  const attributes = allocate(ATTRIBUTES_BYTES);
  const {
    posix_spawnattr_init: init,
    posix_spawnattr_setflags: setFlags,
    posix_spawnattr_setsigdefault: setDefaults,
    posix_spawnattr_setsigmask: setMask,
  } = libc();
  init(attributes);
  setFlags(attributes, flags | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  setDefaults(attributes, allocate(SIGNAL_SET_BYTES).fill(0xff));
  setMask(attributes, allocate(SIGNAL_SET_BYTES));
  return attributes;
}

function attributesFor(ownSession: boolean): Block {
  attributesOf ??= {
    ownSession: createAttributes(POSIX_SPAWN_SETSID),
    sameSession: createAttributes(0),
  };
  return ownSession ? attributesOf.ownSession : attributesOf.sameSession;
}

/**
 * Returns strings as C has them: a list of pointers that ends with NULL, and then the strings, with
 * the bytes that they stand for (lib/base/byte_text.ts).
 */
export function pointerList(strings: readonly string[], target: string): Block {
  const listBytes = (strings.length + 1) * POINTER_BYTES;
  const encoded = strings.map(encodeBytes);
  const block = allocate(encoded.reduce((sum, bytes) => sum + bytes.length + 1, listBytes));
  const pointers = new BigUint64Array(block.buffer, 0, strings.length + 1);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(block));
  let at = listBytes;
  for (const [i, bytes] of encoded.entries()) {
    if (bytes.includes(0)) throw new SystemError("execve", ERRNO.EINVAL, target);
    pointers[i] = address + BigInt(at);
    block.set(bytes, at);
    at += bytes.length + 1;
  }
  return block;
}

/** Returns variables as C has them. */
export function environmentList(env: Readonly<Record<string, string>>, target: string): Block {
  return pointerList(Object.entries(env).map(([name, value]) => `${name}=${value}`), target);
}

/**
 * What `fileActions` places: nearly all processes get descriptors of the same numbers, and to fill
 * it asks for a limit for each.
 */
let placed: PosixSpawn["descriptors"] | undefined;

/** Has `fileActions` place these. Returns an errno. */
function place(descriptors: PosixSpawn["descriptors"]): number {
  if (placed !== undefined && isSame(placed, descriptors)) return 0;
  const {
    posix_spawn_file_actions_init: init,
    posix_spawn_file_actions_destroy: destroy,
    posix_spawn_file_actions_adddup2: addDup2,
  } = libc();
  if (placed !== undefined) destroy(fileActions);
  init(fileActions);
  placed = descriptors;
  for (const { source, target } of descriptors) {
    const errno = addDup2(fileActions, source, target);
    if (errno === 0) continue;
    destroy(fileActions);
    placed = undefined;
    return errno;
  }
  return 0;
}

function isSame(a: PosixSpawn["descriptors"], b: PosixSpawn["descriptors"]): boolean {
  return a.length === b.length &&
    a.every(({ source, target }, at) => b[at]?.source === source && b[at]?.target === target);
}

/**
 * Starts a process and returns its number; or a negative errno, that of its execve(2) among others.
 */
export function spawnProgram(
  { path, argv, env, descriptors, ownSession }: PosixSpawn,
): number {
  const attributes = attributesFor(ownSession);
  const errno = place(descriptors) ||
    libc().posix_spawn(processId, path, fileActions, attributes, argv, env);
  return errno === 0 ? processId[0] as number : -errno;
}
