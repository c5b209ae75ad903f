/**
 * chaperone with the configuration of the run's folder; or telchap, where that is the first
 * argument.
 */
import { runChaperone } from "../../../../lib/apps/chaperone.ts";
import { runTelchap } from "../../../../lib/apps/telchap.ts";

const [name, ...rest] = Deno.args;
const config = ["--config", `${Deno.env.get("TEST_DIR")}/chaperone.d`];
Deno.exit(
  name === "telchap"
    ? await runTelchap(rest)
    : await runChaperone({ programName: "chaperone", args: [...config, ...Deno.args] }),
);
