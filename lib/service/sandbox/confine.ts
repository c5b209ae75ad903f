/** From a service's configuration to what the kernel is asked to take from its processes. */
import { capabilityNumber } from "../../base/capabilities.ts";
import type { Confinement, SyscallFilter } from "../../base/confinement.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { ConfinementConfig, SyscallPolicy } from "../../config/sandbox_model.ts";
import { compileFilter } from "./filter.ts";
import { planLandlock, WRITE } from "./landlock.ts";
import { type EffectiveSandbox, resolvePresets } from "./sandbox_presets.ts";
import type { Machine } from "./syscall_numbers.ts";
import { refusedCalls } from "./syscall_presets.ts";

/** What a kernel can do, and for whom. */
export interface Kernel {
  /** The version of Landlock's ABI; 0: there is none. */
  readonly landlockAbi: number;
  readonly machine: Machine;
  /** The user of services that name none. */
  readonly ownUid: number;
}

/** What of a service is confined, and what of that the kernel cannot do. */
export interface ConfinementPlan {
  readonly confinement: Confinement;
  readonly lacking: readonly string[];
}

type Confined = ConfinementConfig & Pick<ServiceConfig, "name" | "directory" | "identity">;

/**
 * Plans for a process that executes `program`. One that `helps` the service, a probe or a
 * `stop_command`, reaches the service's own processes, which are another sandbox to the kernel.
 */
export function planConfinement(
  config: Confined,
  program: string,
  { kernel, helps }: { readonly kernel: Kernel; readonly helps: boolean },
): ConfinementPlan {
  const { capabilities, noNewPrivs } = config;
  const sandbox = config.sandbox && resolvePresets(config.sandbox, config, kernel.ownUid);
  const left = sandbox && (helps ? { ...sandbox, scope: [] } : sandbox);
  const { rules, lacking = [] } = left ? planLandlock(left, kernel.landlockAbi, program) : {};
  const filter = planFilter(policyOf(config), sandbox, kernel.machine);
  const confinement: Confinement = {
    noNewPrivs: noNewPrivs === true || rules !== undefined || filter !== undefined,
    ...(capabilities === undefined
      ? {}
      : { capabilities: capabilities.flatMap((name) => capabilityNumber(name) ?? []) }),
    ...(rules === undefined ? {} : { landlock: rules }),
    ...(filter === undefined ? {} : { filter }),
    ...planMounts(config),
  };
  return { confinement, lacking };
}

/** Whoever has a place for temporary files of its own may write there. */
function planMounts(
  { privateTmp = false, readOnlyPaths = [], hideProc = false }: Confined,
): Pick<Confinement, "mounts"> {
  if (!privateTmp && readOnlyPaths.length === 0 && !hideProc) return {};
  const own = privateTmp ? { privateTmp: WRITE } : {};
  return { mounts: { ...own, readOnlyPaths, hidesProc: hideProc } };
}

/** A strict sandbox brings a filter. */
export function policyOf({ sandbox, syscalls }: Confined): SyscallPolicy | undefined {
  if (syscalls !== undefined || !sandbox?.presets.includes("strict")) return syscalls;
  return { preset: "default", refuse: [], allow: [], log: false };
}

/** Services that ask for the same share a filter: to compile one takes longer than to start one. */
const compiled = new Map<string, SyscallFilter>();
const COMPILED_MAX = 32;

function planFilter(
  policy: SyscallPolicy | undefined,
  sandbox: EffectiveSandbox | undefined,
  machine: Machine,
): SyscallFilter | undefined {
  const sockets = socketsOf(sandbox);
  if (policy === undefined && sockets === undefined) return undefined;
  const key = JSON.stringify([policy, sockets, machine]);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  const filter = compile(policy, sockets, machine);
  compiled.set(key, filter);
  return filter;
}

function compile(
  policy: SyscallPolicy | undefined,
  sockets: ReturnType<typeof socketsOf>,
  machine: Machine,
): SyscallFilter {
  const calls = policy === undefined ? [] : refusedCalls(policy);
  const program = compileFilter({
    calls,
    namespaces: calls.includes("unshare"),
    terminalInput: policy?.preset !== undefined,
    ...(sockets === undefined ? {} : { sockets }),
  }, machine);
  return { program, log: policy?.log ?? false };
}

/** Landlock knows TCP alone: other kinds of sockets are refused where ports are named. */
function socketsOf(sandbox: EffectiveSandbox | undefined) {
  if (sandbox === undefined) return undefined;
  const { connect, bind, datagrams } = sandbox;
  if (connect === undefined && bind === undefined) return undefined;
  const isOpen = connect === undefined || bind === undefined;
  return { tcp: isOpen || connect.length + bind.length > 0, udp: datagrams };
}
