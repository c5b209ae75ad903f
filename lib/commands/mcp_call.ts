/** When a call is one of mcp. Apart, since every call of chaperone asks. */

/**
 * Returns the arguments where the call is one of `chaperone mcp`, undefined where it is one of
 * chaperone. There are programs called mcp, and `chaperone mcp run server.py` starts one: the word
 * counts alone or before options, and process 1 has nobody to ask.
 */
export function mcpArguments(
  args: readonly string[],
  isInit: boolean,
): readonly string[] | undefined {
  const [first, ...rest] = args;
  if (first !== "mcp" || isInit) return undefined;
  return rest.every((word) => word.startsWith("-")) ? rest : undefined;
}
