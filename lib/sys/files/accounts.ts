/** Reads the accounts of this system. */
import { AccountFiles, type AccountTexts } from "../../base/accounts.ts";

function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // ENOENT in an image without accounts, EACCES in an odd one: nobody is known.
  }
}

/** Reads both files afresh: `--create-user` changes them. A missing file knows nobody. */
export function readAccountTexts(): AccountTexts {
  return { passwd: readOrEmpty("/etc/passwd"), group: readOrEmpty("/etc/group") };
}

/** Returns the accounts of this system, as they are now. */
export function readAccounts(): AccountFiles {
  const { passwd, group } = readAccountTexts();
  return new AccountFiles(passwd, group);
}
