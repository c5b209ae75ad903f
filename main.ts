/**
 * Picks the program by the name it was called by, runs it, and ends with its status.
 * Each program is loaded by itself: what is not run is not even parsed.
 */
import { healthArguments } from "./lib/commands/health_call.ts";
import { mcpArguments } from "./lib/commands/mcp_call.ts";
import { loadCarriedCode } from "./lib/sys/self/cached_code.ts";
import { calledName, endProgram, isInit, programArguments } from "./lib/sys/self/program.ts";
import { print } from "./lib/sys/self/print.ts";

type Program = (args: readonly string[]) => Promise<number>;

/** The modules of lib/apps that can be loaded. */
interface Modules {
  chaperone: typeof import("./lib/apps/chaperone.ts");
  telchap: typeof import("./lib/apps/telchap.ts");
  envcp: typeof import("./lib/apps/envcp.ts");
  sdnotify: typeof import("./lib/apps/sdnotify.ts");
  "sdnotify_exec": typeof import("./lib/apps/sdnotify_exec.ts");
  health: typeof import("./lib/apps/health.ts");
  init: typeof import("./lib/apps/init.ts");
  licenses: typeof import("./lib/apps/licenses.ts");
  "look_at_files": typeof import("./lib/apps/look_at_files.ts");
  "own_files": typeof import("./lib/apps/own_files.ts");
  topics: typeof import("./lib/apps/topics.ts");
  "post_mortem": typeof import("./lib/apps/post_mortem.ts");
  mcp: typeof import("./lib/apps/mcp.ts");
}

/** Loads what the compiled program carries as a text, and the sources do not. */
async function load<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  const carried = loadCarriedCode(name);
  if (carried !== undefined) return carried.exports as unknown as Modules[Name];
  // The bundler must not follow it: it would put all programs into the main module.
  const source = new URL(`./lib/apps/${name}.ts`, import.meta.url).href;
  return await import(source) as Modules[Name];
}

/** The programs besides chaperone: called by a link of that name, or as `chaperone NAME …`. */
const PROGRAMS: ReadonlyMap<string, () => Promise<Program>> = new Map([
  ["telchap", async () => (await load("telchap")).runTelchap],
  ["envcp", async () => (await load("envcp")).runEnvcp],
  ["sdnotify", async () => (await load("sdnotify")).runSdnotify],
  ["sdnotify-exec", async () => (await load("sdnotify_exec")).runSdnotifyExec],
]);

async function runProgram(programName: string, args: readonly string[]): Promise<number> {
  const [first = "", ...rest] = args;
  const linked = PROGRAMS.get(programName);
  if (linked) return await (await linked())(args);
  const named = PROGRAMS.get(first);
  if (named) return await (await named())(rest);
  const health = healthArguments(programName, args, isInit());
  if (health) return await (await load("health")).runHealth(health);
  const mcp = mcpArguments(args, isInit());
  if (mcp) return await (await load("mcp")).runMcp(mcp);
  if (first === "post-mortem") return await (await load("post_mortem")).runPostMortem(rest);
  if (first === "own-files") return await (await load("own_files")).runOwnFiles();
  if (first === "look-at-files") return await (await load("look_at_files")).runLookAtFiles(rest);
  if (first === "--init") return (await load("init")).runInit(programName, rest);
  const [topic] = rest;
  if (first === "--help" && topic !== undefined) return (await load("topics")).runTopic(topic);
  if (first === "--licenses") return (await load("licenses")).runLicenses();
  const notices = loadCarriedCode("chaperone")?.isRefused === true
    ? ["the compiled code in this program does not fit its engine: starting took longer"]
    : [];
  return await (await load("chaperone")).runChaperone({ programName, args, notices });
}

try {
  endProgram(await runProgram(calledName(), programArguments()));
} catch (error) {
  print("stderr", [error instanceof Error ? error.stack ?? error.message : String(error)]);
  endProgram(1);
}
