/**
 * Registers tests of lib/sys: what they open of the C library is open before, so that it is no
 * leak.
 */
import { openLibc } from "../../lib/sys/libc/libc.ts";

export { test } from "../test.ts";

openLibc();
