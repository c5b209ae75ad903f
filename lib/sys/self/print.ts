/**
 * Writes lines straight to chaperone's own streams: before logging exists, and for programs without
 * it.
 */

/** Prints lines; a stream that is closed or full takes what it takes. */
export function print(stream: "stdout" | "stderr", lines: readonly string[]): void {
  if (lines.length === 0) return;
  let bytes = new TextEncoder().encode(lines.join("\n") + "\n");
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno[stream].writeSync(bytes));
  } catch {
    // EPIPE, EBADF, EAGAIN: there is nobody to tell.
  }
}
