/** Keeps a call of the C library and makes it often. Says how often something was opened for it. */
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { report } from "./report.ts";

const { umask } = libc(); // Kept: the table is not asked for it again.
const { dlopen } = Deno;
let opened = 0;
Object.assign(Deno, {
  dlopen(...words: Parameters<typeof dlopen>) {
    opened += 1;
    return dlopen(...words);
  },
});
for (let i = 0; i < 200; i++) umask(0o022);
report({ opened });
