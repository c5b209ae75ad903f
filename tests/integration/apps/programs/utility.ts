/** The small programs of the binary, by the name that is the first argument. */
import { runEnvcp } from "../../../../lib/apps/envcp.ts";
import { runSdnotify } from "../../../../lib/apps/sdnotify.ts";
import { runSdnotifyExec } from "../../../../lib/apps/sdnotify_exec.ts";

const [name, ...args] = Deno.args;
const programs = { envcp: runEnvcp, sdnotify: runSdnotify, "sdnotify-exec": runSdnotifyExec };
Deno.exit(await programs[name as keyof typeof programs](args));
