/** The version of this program, the same as in deno.json (a test compares them). */
export const VERSION = "0.5.0";
