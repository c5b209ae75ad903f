/** Converts sources of one kind into a draft. */
import type { ImportFormat } from "../commands/init_command.ts";
import { wordsIn } from "../config/environment/shell_words.ts";
import type { CheckInterval } from "../config/interval_check.ts";
import { importCompose } from "./compose.ts";
import { importCrontab } from "./crontab.ts";
import { Draft } from "./draft.ts";
import { remarkOnOwnRoles } from "./own_roles.ts";
import { importProcfile } from "./procfile.ts";
import type { FileTree } from "./run_script.ts";
import { importRunit } from "./runit.ts";
import { importS6 } from "./s6.ts";
import { importSupervisord } from "./supervisord.ts";
import { importSystemd } from "./systemd.ts";

/** A source: a file with its text, or a directory with the files below it. */
export interface ImportSource {
  readonly path: string;
  readonly content: string | FileTree;
}

/** Whether the sources of a format are directories. */
export function wantsDirectories(format: ImportFormat): boolean {
  return format === "s6" || format === "runit";
}

/**
 * Converts sources; each must have the content that `wantsDirectories` asks for. `checkInterval`
 * judges the times of a crontab.
 */
export function convertSources(
  format: ImportFormat,
  sources: readonly ImportSource[],
  checkInterval?: CheckInterval,
): Draft {
  const draft = new Draft();
  draft.remark(`Converted from ${sources.map(({ path }) => path).join(", ")}.`);
  convertAll(format, sources, { draft, checkInterval });
  remarkOnOwnRoles(draft);
  disableOpenQuotes(draft);
  return draft;
}

/** A command that cannot be split into words would keep all the others from loading. */
function disableOpenQuotes(draft: Draft): void {
  for (const service of draft.services) {
    const command = String(service.get("command") ?? "");
    if (wordsIn(command) !== undefined) continue;
    service.set("command", "/bin/false").set("enabled", false);
    service.remark(`Not understood: ${command}. Write the command, and enable the service.`);
  }
}

interface Conversion {
  readonly draft: Draft;
  readonly checkInterval: CheckInterval | undefined;
}

function convertAll(
  format: ImportFormat,
  sources: readonly ImportSource[],
  conversion: Conversion,
): void {
  const { draft } = conversion;
  switch (format) {
    case "systemd":
      return importSystemd(
        sources.map(({ path, content }) => ({ path, text: textOf(content) })),
        draft,
      );
    case "supervisord":
      return importSupervisord(
        sources.map(({ path, content }) => ({ path, text: textOf(content) })),
        draft,
      );
    default:
      for (const source of sources) convertOne(format, source, conversion);
  }
}

function convertOne(
  format: Exclude<ImportFormat, "systemd" | "supervisord">,
  { path, content }: ImportSource,
  conversion: Conversion,
): void {
  const { draft } = conversion;
  const directory = path.replace(/\/+$/, "");
  switch (format) {
    case "s6":
      return importS6(directory, treeOf(content), draft);
    case "runit":
      return importRunit(directory, treeOf(content), draft);
    case "procfile":
      return importProcfile(textOf(content), draft);
    case "compose":
      return importCompose(path, textOf(content), draft);
    case "crontab":
      return importCrontab(path, textOf(content), conversion);
    default:
      return format satisfies never;
  }
}

function textOf(content: string | FileTree): string {
  return typeof content === "string" ? content : "";
}

function treeOf(content: string | FileTree): FileTree {
  return typeof content === "string" ? new Map() : content;
}
