/** Standard input and output of programs that are filters. */
import { throwingSystemError } from "../libc/system_failure.ts";

/** Reads standard input to its end. */
export async function readStdin(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
}

/** Returns standard input piece by piece, to its end. */
export function stdinPieces(): AsyncIterable<Uint8Array> {
  return Deno.stdin.readable;
}

/** Writes to standard output. @throws {SystemError} */
export function writeStdout(bytes: Uint8Array): void {
  throwingSystemError("write", "stdout", () => {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
  });
}
