/** Signs a file by a key that the caller has: one of ssh-keygen(1) or of minisign(1). */
import { BuildError, mustRun } from "./tools.ts";

/** What verifiers must name, too: see ssh-keygen(1), -n. */
export const SSH_NAMESPACE = "file";

/**
 * Signs a file and returns the path of the signature, which lies beside it. The kind of the key
 * decides with what. @throws {BuildError}
 */
export async function signFile(path: string, keyPath: string, comment: string): Promise<string> {
  const key = await Deno.readTextFile(keyPath).catch((error) => {
    throw new BuildError(`Cannot read the key ${keyPath}: ${error.message}`);
  });
  const doing = `sign ${path}`;
  const signature = key.includes("minisign") ? `${path}.minisig` : `${path}.sig`;
  await Deno.remove(signature).catch(() => {});
  if (key.includes("minisign")) {
    // The trusted comment would be the time.
    const words = ["-S", "-s", keyPath, "-m", path, "-t", comment];
    await mustRun("minisign", words, { doing });
  } else {
    await mustRun("ssh-keygen", ["-Y", "sign", "-n", SSH_NAMESPACE, "-f", keyPath, path], {
      doing,
    });
  }
  return signature;
}
