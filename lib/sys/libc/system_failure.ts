/** Turns what Deno throws into `SystemError`, so that callers react to one class and to numbers. */
import { ERRNO, SystemError } from "../../base/errors.ts";

/**
 * Returns a `SystemError` for an error that Deno threw for a failed system call, and what is no
 * such error (a mistake in the program) unchanged.
 */
export function toSystemError(error: unknown, call: string, target?: string): unknown {
  if (error instanceof SystemError || !(error instanceof Error)) return error;
  const code = (error as Error & { code?: unknown }).code;
  if (typeof code !== "string") return error;
  const errno = (ERRNO as Readonly<Record<string, number>>)[code];
  if (errno !== undefined) return new SystemError(call, errno, target);
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return number === undefined ? error : new SystemError(call, Number(number), target);
}

/**
 * Runs a call that throws as Deno does.
 * @throws {SystemError} in place of Deno's error.
 */
export function throwingSystemError<T>(call: string, target: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toSystemError(error, call, target);
  }
}
