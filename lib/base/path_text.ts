/** Paths as texts: nothing here looks at a file. */

/**
 * Returns an absolute path without `.`, `..` and slashes that say nothing, so that it is the same
 * text whichever way leads there. As in a shell, `..` leads back to where the path came from, links
 * or not.
 */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Says why a text is not an absolute path without `..`; undefined where it is one. */
export function whyNoPath(text: string): string | undefined {
  if (!text.startsWith("/") || text.includes("\0")) return `'${text}' is not an absolute path`;
  return text.split("/").includes("..") ? `'${text}' holds '..'` : undefined;
}

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;

/**
 * Returns a path as part of a message: whoever makes a file may have put into its name what begins
 * another line, which is written as octal numbers.
 */
export function shownPath(path: string): string {
  return path.replace(CONTROL, (found) => `#${found.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
