/**
 * The floor of a start: a compiled program that only starts what it is given, and ends with its
 * status.
 */
const [program = "", ...args] = Deno.args;
const child = new Deno.Command(program, { args }).spawn();
Deno.exit((await child.status).code);
