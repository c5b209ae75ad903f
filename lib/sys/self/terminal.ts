/** What chaperone's own streams are. */

/** Says whether stdin is a terminal, which makes a session interactive. */
export function isInteractive(): boolean {
  return Deno.stdin.isTerminal();
}

/** Says whether somebody looks at what is written to stdout. */
export function isShown(): boolean {
  return Deno.stdout.isTerminal();
}

/** The size of the terminal that stdout is, undefined where it is none. */
export function terminalSize(): { readonly columns: number; readonly rows: number } | undefined {
  return Deno.stdout.isTerminal() ? Deno.consoleSize() : undefined;
}
