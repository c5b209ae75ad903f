/** From a directory of runit services. */
import type { Draft } from "./draft.ts";
import { importLogger, isLogger } from "./log_script.ts";
import {
  type FileTree,
  finishCommand,
  serviceDirectories,
  setCommandOfScript,
} from "./run_script.ts";

/** Converts the services below `directory`, whose files are in `tree`, into services of `draft`. */
export function importRunit(directory: string, tree: FileTree, draft: Draft): void {
  for (const { name, path, run } of serviceDirectories(directory, tree, draft)) {
    const service = draft.service(name);
    const script = `${path}/run`;
    setCommandOfScript(service, script, run);
    // runsv(8) goes there first, and scripts rely on it: `chpst -e ./env`, `. ./conf`.
    if (String(service.get("command")).includes(script) || tree.has(`${name}/finish`)) {
      service.set("directory", service.get("directory") ?? path);
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
    const finish = tree.get(`${name}/finish`);
    if (finish !== undefined) {
      service.set("on_stop", finishCommand(`${path}/finish`, finish, { killed: "-1" }));
      // runsv(8) waits for it as long as it takes.
      service.set("hook_timeout", "1h");
    }
    for (const file of [...tree.keys()].filter((path) => path.startsWith(`${name}/control/`))) {
      service.remark(`No counterpart: ${file}`);
    }
  }
}
