/**
 * Takes the terminal that stdin is out of its line discipline, as cfmakeraw(3) does. Deno's own way
 * leaves output processing on, which would add to the newlines of a program that draws on the screen.
 */
import { libc } from "../libc/libc.ts";

/** From asm-generic/ioctls.h and asm-generic/termbits.h. */
const TCGETS = 0x5401n;
const TCSETSW = 0x5403n;
const TERMIOS_BYTES = 36;
const [INPUT_AT, OUTPUT_AT, CONTROL_AT, LOCAL_AT, CHARACTERS_AT] = [0, 4, 8, 12, 17] as const;
const VTIME = 5;
const VMIN = 6;
/** IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON. */
const INPUT_OFF = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;
const OPOST = 0x1;
/** ISIG ICANON ECHO ECHONL IEXTEN. */
const LOCAL_OFF = 0x1 | 0x2 | 0x8 | 0x40 | 0x8000;
const PARENB = 0x100;
const CS8 = 0x30;

const STDIN = 0;

/** Makes it raw; the result sets it back as it was, and may be called again. */
export function rawTerminal(): () => void {
  const before = new Uint8Array(new ArrayBuffer(TERMIOS_BYTES));
  if (libc().ioctl(STDIN, TCGETS, before) < 0) return () => {};
  libc().ioctl(STDIN, TCSETSW, makeRaw(before));
  return () => void libc().ioctl(STDIN, TCSETSW, before);
}

function makeRaw(before: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const raw = before.slice();
  const view = new DataView(raw.buffer);
  const change = (at: number, off: number, on = 0) => {
    const value = (view.getUint32(at, true) & ~off) | on;
    view.setUint32(at, value, true);
  };
  change(INPUT_AT, INPUT_OFF);
  change(OUTPUT_AT, OPOST);
  change(CONTROL_AT, PARENB, CS8);
  change(LOCAL_AT, LOCAL_OFF);
  raw[CHARACTERS_AT + VMIN] = 1;
  raw[CHARACTERS_AT + VTIME] = 0;
  return raw;
}
