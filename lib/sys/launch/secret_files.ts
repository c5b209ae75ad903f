/**
 * Secrets that a process is handed: each in a sealed file in memory that its user alone may read,
 * at a descriptor that a variable names. Neither the environment nor a disk ever holds one.
 */
import { encodeBytes } from "../../base/byte_text.ts";
import type { Identity } from "../../base/identity.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { SecretText, SpawnRequest } from "../../door/os.ts";
import { checked, lastErrno, libc } from "../libc/libc.ts";
import { createMemoryFile, sealMemoryFile } from "../libc/memory_file.ts";
import { firstFree, type StreamRequest } from "./streams.ts";

const OWNER_READS = 0o400;

/**
 * Calls `start` with a request whose secrets are open files, and closes these afterwards.
 * @throws {SystemError} where the kernel makes no file in memory: a disk is no place for a secret.
 */
export function withSecretFiles<T>(
  request: SpawnRequest & StreamRequest,
  start: (request: SpawnRequest & StreamRequest) => T,
): T {
  const { secrets = [] } = request;
  if (secrets.length === 0) return start(request);
  const first = firstFree(request);
  const variables = secrets.map(({ name }, at) => [`${name}_FILE`, `/proc/self/fd/${first + at}`]);
  const env = { ...request.env, ...Object.fromEntries(variables) };
  const memoryFiles: number[] = [];
  try {
    for (const secret of secrets) memoryFiles.push(openSecret(secret, request.identity));
    return start({ ...request, env, memoryFiles });
  } finally {
    for (const fd of memoryFiles) libc().close(fd);
  }
}

function openSecret({ name, text }: SecretText, owner: Identity | undefined): number {
  const { pwrite, fchown, fchmod, close } = libc();
  const fd = createMemoryFile("secret", "data");
  try {
    const bytes = encodeBytes(text);
    if (pwrite(fd, bytes, BigInt(bytes.length), 0n) !== bytes.length) {
      throw new SystemError("write", ERRNO.ENOSPC, `secret ${name}`);
    }
    if (owner !== undefined) checked("fchown", fchown(fd, owner.uid, owner.gid), name);
    checked("fchmod", fchmod(fd, OWNER_READS), name);
    if (!sealMemoryFile(fd)) throw new SystemError("fcntl", lastErrno(), name);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}
