/** Loads configurations from texts, for tests: no file, no account database and no shell. */
import * as sandbox from "../../../lib/service/sandbox/sandbox_library.ts";
import { ConfigError, SystemError } from "../../../lib/base/errors.ts";
import { AccountFiles } from "../../../lib/base/accounts.ts";
import type { ConfigFiles } from "../../../lib/config/source/config_files.ts";
import { loadConfig, type LoadOptions } from "../../../lib/config/load.ts";
import type { Config, LoggingConfig, ServiceConfig } from "../../../lib/config/model.ts";
import { formatConfigError } from "../../../lib/config/source/problems.ts";
import { parseSource } from "../../../lib/config/source/yaml_source.ts";
import { intervalFault } from "../../../lib/service/schedule/schedule.ts";

/** A few accounts as Debian has them. */
export const ACCOUNTS = new AccountFiles(
  `root:x:0:0:root:/root:/bin/bash
games:x:5:60:games:/usr/games:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
app:x:1000:1000::/home/app:/bin/sh
`,
  `root:x:0:
adm:x:4:www-data,app
games:x:60:
www-data:x:33:app
app:x:1000:
audio:x:29:app
`,
);

/** Files by absolute path; a directory exists where a file lies in it. */
export function filesOf(texts: Readonly<Record<string, string>>): ConfigFiles {
  const names = Object.keys(texts);
  const below = (directory: string) => {
    const base = directory.endsWith("/") ? directory : `${directory}/`;
    return names.filter((name) => name.startsWith(base)).map((name) => name.slice(base.length));
  };
  const read = (path: string) => {
    const text = texts[path];
    if (text === undefined) throw new SystemError("open", 2, path);
    return text;
  };
  return {
    stat: (path) => {
      if (texts[path] !== undefined) return "file";
      return below(path).length > 0 ? "directory" : undefined;
    },
    list: (directory) => [...new Set(below(directory).map((name) => name.split("/")[0] ?? ""))],
    read,
    readFor: read,
    readRoots: read,
  };
}

export interface LoadRequest {
  readonly files?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly options?: Partial<LoadOptions>;
  readonly isRoot?: boolean;
  /** In place of how files are read. */
  readonly reading?: Partial<ConfigFiles>;
  /** Receives every backtick that runs. */
  readonly ran?: string[];
}

/** The directory that tests configure. */
export const DIRECTORY = "/etc/chaperone.d";

/** Loads files, or one text that stands for a file of the directory. */
export function load(what: string | LoadRequest, options: Partial<LoadOptions> = {}): Config {
  const request: LoadRequest = typeof what === "string"
    ? { files: { [`${DIRECTORY}/a.conf`]: what } }
    : what;
  return loadConfig({
    configPath: request.path ?? DIRECTORY,
    files: { ...filesOf(request.files ?? {}), ...request.reading },
    accounts: ACCOUNTS,
    backticks: () => ({
      run: (command) => {
        request.ran?.push(command);
        return `<${command}>`;
      },
    }),
    parts: { yaml: parseSource, checkInterval: intervalFault, sandbox },
    isRoot: request.isRoot,
    variables: request.variables ?? { PATH: "/usr/bin:/bin", HOME: "/root" },
    options: { interactive: false, taskMode: false, ...options, ...request.options },
  });
}

/** Loads what must be refused and returns the messages as they are printed. */
export function refusal(what: string | LoadRequest, options: Partial<LoadOptions> = {}): string {
  try {
    load(what, options);
  } catch (error) {
    if (error instanceof ConfigError) return formatConfigError(error);
    throw error;
  }
  throw new Error("expected a configuration error");
}

/** Returns a service of a configuration by name. */
export function serviceOf(config: Config, name = "a.service"): ServiceConfig {
  const service = config.services.find((candidate) => candidate.name === name);
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
}

/** Loads a service whose section has these lines besides a command. */
export function service(lines: string, options: Partial<LoadOptions> = {}): ServiceConfig {
  return serviceOf(load(section(lines), options));
}

/** Returns the text of a service section with these lines besides a command. */
export function section(lines: string): string {
  const body = lines.split("\n").map((line) => `  ${line}`).join("\n");
  return `a.service:\n  command: /bin/true\n${body}\n`;
}

/** Loads a logging section with these lines. */
export function logging(lines: string, options: Partial<LoadOptions> = {}): LoggingConfig {
  const body = lines.split("\n").map((line) => `  ${line}`).join("\n");
  const config = load(`a.logging:\n  enabled: true\n${body}\n`, options);
  return config.loggings[0] as LoggingConfig;
}
