/** From a directory of runit services. */
import type { Draft } from "./draft.ts";
import { importLogger, isLogger } from "./log_script.ts";
import { type FileTree, serviceDirectories, setCommandOfScript } from "./run_script.ts";

/** Converts the services below `directory`, whose files are in `tree`, into services of `draft`. */
export function importRunit(directory: string, tree: FileTree, draft: Draft): void {
  for (const { name, path, run } of serviceDirectories(directory, tree, draft)) {
    const service = draft.service(name);
    const script = `${path}/run`;
    setCommandOfScript(service, script, run);
    // runsv(8) goes there first, and scripts rely on it: `chpst -e ./env`, `. ./conf`.
    if (String(service.get("command")).includes(script)) {
      service.set("directory", path);
    }
    // runsv(8) starts whatever ended, a second later, for ever.
    service.set("restart", "always").set("restart_limit", 0).set("restart_delay", 1);
    if (tree.has(`${name}/down`)) service.set("enabled", false);
    const logger = tree.get(`${name}/log/run`);
    if (logger !== undefined && isLogger(logger)) {
      importLogger(`${name}/log`, logger, [service.name], draft);
    } else if (logger !== undefined) {
      service.remark(`Left out: ${name}/log, since chaperone takes the output itself.`);
    }
    if (tree.has(`${name}/check`)) {
      service.set("ready", { exec: `${path}/check`, interval: "1s" });
    }
    for (const file of [...tree.keys()].filter((path) => isOther(path, name))) {
      service.remark(`No counterpart: ${file}`);
    }
  }
}

function isOther(path: string, name: string): boolean {
  return path.startsWith(`${name}/finish`) || path.startsWith(`${name}/control/`);
}
