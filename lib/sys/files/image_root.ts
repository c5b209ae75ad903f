/**
 * The file system of an image that lies in a directory: absolute links mean places in the image and
 * not in this system, as they will where it runs. Whatever cannot be looked at is not there.
 */

/** As Linux follows links, see path_resolution(7). */
const LINKS_MAX = 40;

/** Where programs of an image are looked for unless it says otherwise. */
export const IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export class ImageRoot {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root.replace(/\/+$/, "");
  }

  /** Says what lies at an absolute path of the image, links followed. */
  kind(path: string): "executable" | "file" | "directory" | undefined {
    const real = this.#resolve(path);
    const info = real === undefined ? undefined : quietly(() => Deno.statSync(real));
    if (info === undefined) return undefined;
    if (info.isDirectory) return "directory";
    return info.isFile && ((info.mode ?? 0) & 0o111) !== 0 ? "executable" : "file";
  }

  /** Lists the names in a directory of the image, sorted. */
  list(directory: string): readonly string[] {
    const real = this.#resolve(directory);
    const entries = real === undefined ? undefined : quietly(() => [...Deno.readDirSync(real)]);
    return (entries ?? []).map(({ name }) => name).sort();
  }

  /** Reads a text file of the image. */
  read(path: string): string | undefined {
    const real = this.#resolve(path);
    return real === undefined ? undefined : quietly(() => Deno.readTextFileSync(real));
  }

  /** Finds a program by its path, or by its name in the directories of a PATH. */
  findProgram(word: string, pathVariable = IMAGE_PATH): string | undefined {
    const candidates = word.includes("/")
      ? [word]
      : pathVariable.split(":").map((directory) => `${directory.replace(/\/+$/, "")}/${word}`);
    return candidates.find((path) => this.kind(path) === "executable");
  }

  /** Returns where a path of the image lies, with no link in it that is left to follow. */
  #resolve(path: string): string | undefined {
    const open = path.split("/").reverse();
    const done: string[] = [];
    for (let links = 0; open.length > 0;) {
      const part = open.pop() ?? "";
      if (part === "" || part === ".") continue;
      if (part === "..") {
        done.pop();
        continue;
      }
      const here = [this.#root, ...done, part].join("/");
      const target = quietly(() => Deno.readLinkSync(here));
      if (target === undefined) {
        done.push(part);
        continue;
      }
      if (++links > LINKS_MAX) return undefined;
      if (target.startsWith("/")) done.length = 0;
      open.push(...target.split("/").reverse());
    }
    return [this.#root, ...done].join("/") || "/";
  }
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined; // ENOENT, EINVAL of what is not a link, EACCES, ELOOP: nothing to be seen.
  }
}
