/**
 * Calls of the C library by the address of the function, 4 µs each: Deno compiles no trampoline for
 * them. lib/sys/libc/libc.ts has the calls by name.
 */

/** As the dynamic loader finds it. */
export const LIBRARY = "libc.so.6";

/** Returns a function of the C library. */
export function callByAddress(
  symbol: string,
  definition: Deno.ForeignFunction,
): (...args: unknown[]) => unknown {
  const pointer = new Deno.UnsafeFnPointer(addressOf(symbol), definition);
  return pointer.call.bind(pointer) as (...args: unknown[]) => unknown;
}

/** Returns where a function is. The library stays: the program itself is linked with it. */
function addressOf(symbol: string): Deno.PointerObject<never> {
  const library = Deno.dlopen(LIBRARY, { [symbol]: { type: "pointer" } });
  const address = library.symbols[symbol] as Deno.PointerObject<never>;
  library.close();
  return address;
}
