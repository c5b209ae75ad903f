/** The whole screen of a terminal for a program that draws on it, and the keys that are pressed. */
import { SCREEN } from "../../base/ansi.ts";

export interface Screen {
  size(): { readonly columns: number; readonly rows: number };
  write(text: string): void;
  /** Gives the terminal back as it was. May be called again. */
  close(): void;
}

export interface ScreenListener {
  /** Keys as the terminal sends them. */
  readonly input: (text: string) => void;
  readonly resized: () => void;
  /** The terminal is gone, or the program is asked to end. */
  readonly ended: () => void;
}

/** Signals that end a program; Ctrl-C comes as a key. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Takes the terminal over; undefined where stdin and stdout are none, or one that cannot do this.
 */
export function openScreen(listener: ScreenListener): Screen | undefined {
  const { stdin, stdout } = Deno;
  const term = Deno.env.get("TERM") ?? "dumb";
  if (!stdin.isTerminal() || !stdout.isTerminal() || term === "dumb") return undefined;
  const write = (text: string) => {
    let bytes = new TextEncoder().encode(text);
    try {
      while (bytes.length > 0) bytes = bytes.subarray(stdout.writeSync(bytes));
    } catch {
      listener.ended(); // EIO: the terminal is gone.
    }
  };
  stdin.setRaw(true);
  write(SCREEN.enter + SCREEN.hideCursor);
  Deno.addSignalListener("SIGWINCH", listener.resized);
  for (const signal of ENDING) Deno.addSignalListener(signal, listener.ended);
  void readKeys(listener);
  let isOpen = true;
  return {
    size: () => Deno.consoleSize(),
    write,
    close() {
      if (!isOpen) return;
      isOpen = false;
      Deno.removeSignalListener("SIGWINCH", listener.resized);
      for (const signal of ENDING) Deno.removeSignalListener(signal, listener.ended);
      write(SCREEN.showCursor + SCREEN.leave);
      try {
        stdin.setRaw(false);
      } catch {
        // EIO: the terminal is gone.
      }
    },
  };
}

/** A read that is under way when the screen is closed ends with the program. */
async function readKeys({ input, ended }: ScreenListener): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  try {
    for (;;) {
      const count = await Deno.stdin.read(buffer);
      if (count === null) break;
      input(decoder.decode(buffer.subarray(0, count), { stream: true }));
    }
  } catch {
    // EIO: the terminal is gone.
  }
  ended();
}
