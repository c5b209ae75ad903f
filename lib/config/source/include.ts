/**
 * Follows `include`: reads the files that a file names, each before the file that names it, so that
 * this one can change what they say.
 */
import { SystemError } from "../../base/errors.ts";
import { plainPath } from "../../base/path_text.ts";
import { compileGlob } from "../environment/glob.ts";
import {
  type ConfigFiles,
  type ConfigText,
  listConfigFiles,
  sortNames,
  TOTAL_MAX_CHARS,
} from "./config_files.ts";
import type { Problems } from "./problems.ts";
import type { SourceMap, SourceScalar } from "./source.ts";

/** What following includes needs. */
export interface IncludeParts {
  readonly files: ConfigFiles;
  readonly problems: Problems;
  /** Parses a text; undefined where it is empty or wrong. */
  readonly parse: (text: ConfigText) => SourceMap | undefined;
  /** Replaces `$(…)` of chaperone's own environment; undefined where that cannot be. */
  readonly expand: (text: SourceScalar) => string | undefined;
}

/** A file that has been read and parsed. */
export interface Layer extends ConfigText {
  readonly root: SourceMap | undefined;
}

/** Bounds what a mistake can cost. */
const FILES_MAX = 1000;

/** Returns all files, those that are included among them, in the order in which they count. */
export function readLayers(texts: readonly ConfigText[], parts: IncludeParts): readonly Layer[] {
  return new IncludeReader(texts, parts).layers;
}

class IncludeReader {
  readonly layers: Layer[] = [];
  readonly #parts: IncludeParts;
  /** A file is read once, which is what ends circles. */
  readonly #seen: Set<string>;
  #chars: number;

  constructor(texts: readonly ConfigText[], parts: IncludeParts) {
    this.#parts = parts;
    this.#seen = new Set(texts.map(({ name }) => plainPath(name)));
    this.#chars = texts.reduce((sum, { text }) => sum + text.length, 0);
    for (const text of texts) this.#add(text);
  }

  #add(text: ConfigText): void {
    const root = this.#parts.parse(text);
    const include = root?.entries.get("include")?.value;
    const items = include?.kind === "list" ? include.items : include === undefined ? [] : [include];
    for (const item of items) {
      if (item.kind === "scalar" && item.type === "str") this.#include(item, text.name);
      else {
        const message = "expected paths or patterns of files for 'include'; for example " +
          "include: [/usr/share/chaperone/*.conf]";
        this.#parts.problems.add(message, item);
      }
    }
    this.layers.push({ ...text, root });
  }

  #include(written: SourceScalar, from: string): void {
    const { files, problems, expand } = this.#parts;
    const path = expand(written);
    if (path === undefined) return;
    const folder = from.slice(0, from.lastIndexOf("/"));
    const whole = plainPath(path.startsWith("/") ? path : `${folder}/${path}`);
    try {
      const kind = files.stat(whole);
      if (kind === undefined && !/[*?[]/.test(whole)) {
        problems.add(`cannot include '${path}': ${whole} does not exist`, written);
        return;
      }
      const names = kind === undefined
        ? this.#matches(whole)
        : kind === "directory"
        ? listConfigFiles(whole, files, problems)
        : [whole];
      for (const name of names) this.#read(name, written);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      problems.add(`cannot include '${path}': ${error.message}`, written);
    }
  }

  #read(name: string, written: SourceScalar): void {
    const { files, problems } = this.#parts;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    if (files.stat(name) === "other") {
      problems.add(`cannot include '${name}': it is not a file`, written);
      return;
    }
    const text = files.read(name);
    this.#chars += text.length;
    if (this.#chars > TOTAL_MAX_CHARS || this.#seen.size > FILES_MAX) {
      const limit = `more than 4 MiB or ${FILES_MAX} files`;
      problems.add(`the configuration is too large: ${limit} up to '${name}'`, written);
      return;
    }
    this.#add({ name, text });
  }

  /** Files that a pattern means, segment by segment, in byte order of their names. */
  #matches(pattern: string): string[] {
    const { files } = this.#parts;
    let bases = [""];
    const segments = pattern.split("/").filter((segment) => segment !== "");
    for (const segment of segments) {
      if (!/[*?[]/.test(segment)) {
        bases = bases.map((base) => `${base}/${segment}`);
        continue;
      }
      const isMatch = compileGlob(segment);
      bases = bases.flatMap((base) => {
        if (files.stat(base || "/") !== "directory") return [];
        const names = files.list(base || "/").filter((name) =>
          isMatch(name) && (segment.startsWith(".") || !name.startsWith("."))
        );
        return sortNames(names).map((name) => `${base}/${name}`);
      }).slice(0, FILES_MAX + 1);
    }
    return bases.filter((path) => files.stat(path) === "file");
  }
}
