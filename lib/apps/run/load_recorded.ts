/** Loads the configuration as the command line says, and remembers what it was loaded from. */
import { AccountFiles, findUser } from "../../base/accounts.ts";
import { formatDiagnostic } from "../../base/errors.ts";
import { CachedBackticks } from "../../config/environment/backticks.ts";
import type { ChaperoneOptions } from "../../commands/command_line.ts";
import { resolveConfigPath } from "../../config/source/config_files.ts";
import type { LaunchedService } from "../../config/launched.ts";
import { type LoadRecord, RecordingFiles } from "../../config/load_record.ts";
import type { LoadedConfig } from "../../daemon/container/apply_preview.ts";
import { readAccountTexts } from "../../sys/files/accounts.ts";
import { shellRunner } from "../../sys/launch/backtick.ts";
import { configFiles } from "../../sys/paths/config_files.ts";
import { ownUid } from "../../sys/self/program.ts";
import { isInteractive } from "../../sys/self/terminal.ts";
import { loadLazily } from "./load_lazily.ts";

/** The environment of chaperone. */
export type Variables = Readonly<Record<string, string>>;

/** What the command line and the environment say. */
export interface LoadRequest {
  readonly options: ChaperoneOptions;
  readonly variables: Variables;
  /** Looked up or created. */
  readonly user: string | undefined;
}

/** A configuration with what it takes to load it once more, just as it is. */
export interface RecordedConfig extends Omit<LoadedConfig, "family"> {
  /** Where the configuration would be, if there is nothing. */
  readonly missingPath: string | undefined;
  /** Asked later, it also has what backticks have said by then. */
  readonly record: () => LoadRecord;
}

/** What a load is based on; absent: the files as they are. */
export interface LoadSources {
  /** What an earlier load has read, which is not read again. */
  readonly known?: LoadRecord;
  /** Services that no file declares; absent: those of the record. */
  readonly launched?: readonly LaunchedService[];
}

/** Loads the configuration. Rejects with `ConfigError`. */
export type Load = (sources?: LoadSources) => Promise<RecordedConfig>;

/** Returns what loads the configuration: from its files, or from the record of an earlier load. */
export function createLoader(
  request: LoadRequest,
): Load {
  const interactive = isInteractive();
  return (sources) => load(request, interactive, sources ?? {});
}

/** @throws {ConfigError} */
async function load(
  { options, variables, user }: LoadRequest,
  interactive: boolean,
  { known, launched = known?.launched ?? [] }: LoadSources,
): Promise<RecordedConfig> {
  const problems: string[] = [];
  const files = new RecordingFiles(configFiles, known);
  const texts = known?.accounts ?? readAccountTexts();
  const accounts = new AccountFiles(texts.passwd, texts.group);
  const caches: CachedBackticks[] = [];
  const account = user === undefined ? undefined : findUser(accounts, user);
  const [command, ...args] = options.command ?? [];
  const configPath = resolveConfigPath(options.config, account?.home);
  const config = await loadLazily({
    configPath,
    files,
    accounts,
    backticks: (env) => {
      const tell = (text: string) => void problems.push(text);
      const cache = new CachedBackticks(shellRunner(env), tell, known?.backticks);
      caches.push(cache);
      return cache;
    },
    variables,
    isRoot: ownUid() === 0,
    launched,
    options: {
      user,
      ignoreFailures: options.ignoreFailures || undefined,
      enableSyslog: options.noSyslog ? false : undefined,
      noConsoleLog: options.noConsoleLog,
      disableServices: options.disableServices,
      interactive,
      taskMode: options.task,
      command: command === undefined
        ? undefined
        : { command, args, exitKills: options.exitKills ?? interactive },
    },
  });
  return {
    config,
    missingPath: files.stat(configPath) === undefined ? configPath : undefined,
    notices: [...problems, ...config.warnings.map(formatDiagnostic)],
    record: () => ({
      ...(user === undefined ? {} : { user }),
      accounts: texts,
      ...files.answers,
      ...(launched.length === 0 ? {} : { launched }),
      backticks: caches.flatMap(({ results }) => results),
    }),
  };
}
