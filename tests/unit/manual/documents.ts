/** The documents of the project and the configurations in them. */
import * as sandbox from "../../../lib/service/sandbox/sandbox_library.ts";
import { AccountFiles } from "../../../lib/base/accounts.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import type { Config } from "../../../lib/config/model.ts";
import type { SourceNode } from "../../../lib/config/source/source.ts";
import { parseSource } from "../../../lib/config/source/yaml_source.ts";
import { DIRECTORY, filesOf } from "../config/loading.ts";

/** The root of the project. */
export const ROOT = new URL("../../../", import.meta.url);

/** A configuration that stands in a file or in a document. */
export interface Example {
  /** `docs/guide.md:12` or the name of a file. */
  readonly name: string;
  readonly text: string;
}

function accounts(names: readonly string[]): AccountFiles {
  const passwd = names.map((name, index) => `${name}:x:${index}:${index}::/home/${name}:/bin/sh`);
  const group = names.map((name, index) => `${name}:x:${index}:`);
  return new AccountFiles(passwd.join("\n"), group.join("\n"));
}

/** The accounts that documents name. */
export const EXAMPLE_ACCOUNTS: readonly string[] = [
  "root",
  "www-data",
  "app",
  "redis",
  "postgres",
  "nginx",
  "adm",
  "audio",
  "backup",
  "games",
  "runapps",
  "mysql",
  "tomcat",
  "nobody",
];

/** Loads a text as the only file of the configuration. */
export function loadText(text: string): Config {
  return loadConfig({
    configPath: DIRECTORY,
    files: filesOf({
      [`${DIRECTORY}/example.conf`]: text,
      "/etc/crontab": "17 * * * * root run-parts /etc/cron.hourly\n",
    }),
    accounts: accounts(EXAMPLE_ACCOUNTS),
    parts: { yaml: parseSource, checkInterval: () => undefined, sandbox },
    backticks: () => ({ run: (command) => `<${command}>` }),
    variables: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/root" },
    options: { interactive: false, taskMode: false },
  });
}

/** Lists the names in a folder of the project, as paths from its root. */
export function listFolder(folder: string): readonly string[] {
  const entries = [...Deno.readDirSync(new URL(folder, ROOT))];
  return entries.flatMap((entry) =>
    entry.isDirectory ? listFolder(`${folder}${entry.name}/`) : [`${folder}${entry.name}`]
  ).sort();
}

/** The documents for users. */
export const DOCUMENTS: readonly string[] = [
  ...listFolder("docs/").filter((path) => path.endsWith(".md")),
  "README.md",
];

/** Reads a file of the project. */
export function readProjectFile(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Lists the blocks between code fences that are marked with a language. */
export function fencedBlocks(path: string, language: string): Example[] {
  const text = readProjectFile(path);
  const fences = text.matchAll(/^( *)```(\w+)[^\n]*\n([\s\S]*?)^ *```$/gm);
  return [...fences].filter((match) => match[2] === language).map((match) => ({
    name: `${path}:${text.slice(0, match.index).split("\n").length}`,
    text: (match[3] ?? "").replaceAll(new RegExp(`^${match[1]}`, "gm"), ""),
  }));
}

/** Returns what a text means, as JSON has it; `undefined` for an empty one. */
export function plainValue(name: string, text: string): unknown {
  const { root, problems } = parseSource(name, text);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return root && plain(root);
}

function plain(node: SourceNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries(
        [...node.entries.values()].map(({ key, value }) => [key.source, plain(value)]),
      );
  }
}
