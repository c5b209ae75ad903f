/** What chaperone's own streams are. */

/** Says whether stdin is a terminal, which makes a session interactive. */
export function isInteractive(): boolean {
  return Deno.stdin.isTerminal();
}
