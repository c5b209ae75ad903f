/** Reads the accounts of this system. */
import { AccountFiles } from "../base/accounts.ts";

function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // ENOENT in an image without accounts, EACCES in an odd one: nobody is known.
  }
}

/** Reads both files afresh: `--create-user` changes them. A missing file knows nobody. */
export function readAccounts(): AccountFiles {
  return new AccountFiles(readOrEmpty("/etc/passwd"), readOrEmpty("/etc/group"));
}
