/** Reads `secrets`: what a service is handed, and where it lies. */
import type { Read } from "./directive_row.ts";
import type { SecretFile } from "./model.ts";

const SCHEME = "file:";

/** Reads `secrets`. */
export const readSecretFiles: Read<readonly SecretFile[] | undefined> = (
  section,
  environment,
  directive,
) => {
  const secrets: SecretFile[] = [];
  for (const [name, value] of section.fields(directive, environment) ?? []) {
    const text = typeof value === "string" ? value : value.join(" ");
    const wrong = problemOf(name, text);
    if (wrong !== undefined) {
      return section.fail(directive, `invalid secrets of '${section.name}': ${wrong}`);
    }
    secrets.push({ name, path: text.slice(SCHEME.length) });
  }
  return secrets.length === 0 ? undefined : secrets;
};

function problemOf(name: string, text: string): string | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name)) return `'${name}' is not the name of a variable`;
  if (name.endsWith("_FILE")) {
    return `leave _FILE out of '${name}': it is added to the variable that says where the file is`;
  }
  if (!text.startsWith(`${SCHEME}/`) || text.includes("\0")) {
    return `'${text}' is not a file: followed by an absolute path, as in ${name}: file:/run/secrets/x`;
  }
  return undefined;
}
