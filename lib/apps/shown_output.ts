/**
 * Text for stdout that services, files or strangers may have written: where a terminal shows it,
 * nothing in it steers the terminal.
 */
import { tameText } from "../log/terminal_text.ts";
import { writeStdout } from "../sys/self/own_streams.ts";
import { isShown } from "../sys/self/terminal.ts";

/** Returns the text as stdout may have it. */
export function asShown(text: string): string {
  return isShown() ? tameText(text) : text;
}

/** Writes the text, newlines and all. @throws {SystemError} where it cannot be written. */
export function writeShown(text: string): void {
  writeStdout(new TextEncoder().encode(asShown(text)));
}
