/** An image for `--init`, by the paths and users that it has. */
import type { ImageFacts } from "../../../lib/import/starter.ts";

const DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];

export function imageOf(paths: readonly string[], users: readonly string[] = []): ImageFacts {
  return {
    findProgram: (name) =>
      DIRECTORIES.map((directory) => `${directory}/${name}`).find((path) => paths.includes(path)),
    exists: (path) => paths.some((known) => known === path || known.startsWith(`${path}/`)),
    list: (directory) => [
      ...new Set(
        paths.filter((path) => path.startsWith(`${directory}/`))
          .map((path) => path.slice(directory.length + 1).split("/")[0] ?? ""),
      ),
    ],
    hasUser: (name) => users.includes(name),
  };
}
