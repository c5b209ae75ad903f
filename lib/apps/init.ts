/** `chaperone --init`: writes a configuration to start from. Wiring only. */
import { AccountFiles } from "../base/accounts.ts";
import { ERRNO, SystemError } from "../base/errors.ts";
import { compileGlob } from "../config/environment/glob.ts";
import { type ImportFormat, type InitRequest, parseInitCommand } from "../commands/init_command.ts";
import { convertSources, type ImportSource, wantsDirectories } from "../import/convert.ts";
import { intervalFault } from "../service/schedule/schedule.ts";
import { Draft } from "../import/draft.ts";
import { proposeServices, startConfig } from "../import/starter.ts";
import { includedBy } from "../import/supervisord.ts";
import { generateSchema } from "../manual/schema.ts";
import { absolutePath, readTextFile } from "../sys/files/files.ts";
import { ImageRoot } from "../sys/files/image_root.ts";
import {
  isNullDevice,
  isTaken,
  makeDirectory,
  readTree,
  writeNewFile,
} from "../sys/files/init_files.ts";
import { print } from "../sys/self/print.ts";
import { printAnswer } from "./print_answer.ts";

/** The file next to the configuration that tells editors what may stand in it. */
const SCHEMA_NAME = "chaperone.schema.json";
const SCHEMA_LINE = `# yaml-language-server: $schema=${SCHEMA_NAME}`;

/** Runs `chaperone --init …`, whose further arguments are given, and returns the exit status. */
export function runInit(programName: string, args: readonly string[]): number {
  const command = parseInitCommand(args, programName);
  if (command.kind !== "init") return printAnswer(command);
  try {
    const draft = makeDraft(command.request);
    const { directory } = command.request;
    if (directory !== undefined) return writeAll(directory, draft);
    print("stdout", [`${startConfig(draft)}\n${draft.render()}`.trimEnd()]);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    print("stderr", [`cannot write a configuration: ${error.message}`]);
    return 1;
  }
}

function makeDraft({ format, sources, root }: InitRequest): Draft {
  if (format !== undefined) {
    if (format === "supervisord") return convertSources(format, readSupervisord(sources, root));
    const convertible = sources.filter((path) => !isMasked(format, path));
    return convertSources(
      format,
      convertible.map((path): ImportSource =>
        wantsDirectories(format)
          ? { path: pathInImage(path, root), content: readSource(path) }
          : { path, content: readRequired(path) }
      ),
      intervalFault,
    );
  }
  const image = new ImageRoot(root);
  const accounts = new AccountFiles(image.read("/etc/passwd") ?? "", "");
  const draft = new Draft();
  proposeServices({
    findProgram: (name) => image.findProgram(name),
    exists: (path) => image.kind(path) !== undefined,
    list: (directory) => image.list(directory),
    hasUser: (name) => accounts.userByName(name) !== undefined,
  }, draft);
  return draft;
}

/** Reads files of supervisord and those that they include, each once. */
function readSupervisord(paths: readonly string[], root: string): ImportSource[] {
  const image = new ImageRoot(root);
  const read = new Map<string, string>();
  for (const path of paths) read.set(pathInImage(path, root), readRequired(path));
  const patterns = [...read].flatMap(([path, text]) => includedBy({ path, text }));
  for (const pattern of patterns) {
    const folder = pattern.slice(0, pattern.lastIndexOf("/"));
    const isIncluded = compileGlob(pattern);
    for (const path of image.list(folder).map((name) => `${folder}/${name}`).filter(isIncluded)) {
      const text = read.has(path) ? undefined : image.read(path);
      if (text !== undefined) read.set(path, text);
    }
  }
  return [...read].map(([path, content]) => ({ path, content }));
}

/** s6-overlay has the scripts of oneshots in a folder beside the services. */
function readSource(path: string): ReadonlyMap<string, string> {
  const tree = readTree(path);
  const place = absolutePath(path);
  const scripts = `${place.replace(/[^/]*$/, "")}scripts`;
  if (!place.endsWith("/s6-rc.d") || !isTaken(scripts)) return tree;
  return new Map([
    ...tree,
    ...[...readTree(scripts)].map(([name, text]) => [`scripts/${name}`, text] as const),
  ]);
}

/** A unit that is a link to /dev/null is switched off, see systemctl(1), mask. */
function isMasked(format: ImportFormat, path: string): boolean {
  return format === "systemd" && isNullDevice(path);
}

/** Where the scripts of a source directory lie for the configuration that names them. */
function pathInImage(path: string, root: string): string {
  const [place, top] = [absolutePath(path), absolutePath(root)];
  return place.startsWith(`${top}/`) ? place.slice(top.length) : place;
}

function readRequired(path: string): string {
  const text = readTextFile(path);
  if (text === undefined) throw new SystemError("open", ERRNO.ENOENT, path);
  return text;
}

/** Writes all files or none: nothing that exists is touched. */
function writeAll(directory: string, draft: Draft): number {
  const files: Readonly<Record<string, string>> = {
    "010-start.conf": `${SCHEMA_LINE}\n${startConfig(draft)}`,
    "100-services.conf": `${SCHEMA_LINE}\n${draft.render()}`,
    [SCHEMA_NAME]: generateSchema(),
  };
  const paths = Object.keys(files).map((name) => `${directory}/${name}`);
  const taken = paths.filter(isTaken);
  if (taken.length > 0) {
    print("stderr", [
      ...taken.map((path) => `${path} exists and is left alone`),
      "Nothing was written: say --to DIR for another directory, or --stdout.",
    ]);
    return 1;
  }
  makeDirectory(directory);
  for (const [name, text] of Object.entries(files)) {
    const path = `${directory}/${name}`;
    print("stdout", [
      writeNewFile(path, text) ? `wrote ${path}` : `${path} exists and is left alone`,
    ]);
  }
  print("stdout", [`Look it over, then try: telchap check ${directory}`]);
  return 0;
}
