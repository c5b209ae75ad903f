/** As PID 1: orphans that end in several ways. Each says its pid in a file before it ends. */
import { describeExit } from "../../../../lib/base/exit_status.ts";
import { ObservedOs, shell, textOf } from "../observed_os.ts";
import { report } from "./report.ts";

const observed = new ObservedOs();
const ENDS: Readonly<Record<string, string>> = {
  code: "exit 9",
  term: "kill -TERM $$",
  kill: "kill -KILL $$",
  realtime: "exec bash -c 'kill -37 $$'",
  core: "cd $DIR; ulimit -c unlimited; kill -SEGV $$",
  noCore: "ulimit -c 0; kill -SEGV $$",
};
const found: Record<string, string> = {};
const directory = Deno.makeTempDirSync();
for (const [name, end] of Object.entries(ENDS)) {
  const script = `echo $$; cd ${directory}; DIR=${directory}; ${end}`;
  const launcher = observed.os.spawn(
    shell(`sh -c "$SCRIPT" &`, { stdout: "pipe", env: { SCRIPT: script, PATH: "/usr/bin:/bin" } }),
  );
  const pid = Number(await textOf(launcher));
  found[name] = describeExit(await observed.ended(pid));
}
const owned = observed.os.spawn(shell("exec bash -c 'kill -37 $$'"));
found.ownedRealtime = describeExit(await observed.ended(owned.pid));
Deno.removeSync(directory, { recursive: true });
report(found);
observed.os.close();
