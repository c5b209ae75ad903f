/**
 * What the processes of a service may do: told from its configuration, and where it runs, from what
 * the kernel says of its process.
 */
import { capabilitiesOf, capabilityName } from "../../base/capabilities.ts";
import { isSecretName } from "../../base/secret_names.ts";
import { parseListenSpec } from "../../config/listen_address.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { SyscallPolicy } from "../../config/sandbox_model.ts";
import type { ProcessRights } from "../../base/process_rights.ts";
import { policyOf } from "../sandbox/confine.ts";
import { planLandlock } from "../sandbox/landlock.ts";
import { type EffectiveSandbox, resolvePresets } from "../sandbox/sandbox_presets.ts";

/** What of the files is left to a service; an absent list names nothing. */
export type SandboxLists = Pick<
  EffectiveSandbox,
  "read" | "write" | "execute" | "connect" | "bind" | "scope"
>;

/** All that an audit says about a service, except its grade. */
export interface Rights {
  readonly service: string;
  /** Its process, of which the kernel was asked; absent: told from the configuration alone. */
  readonly pid?: number;
  readonly uid: number;
  readonly userName?: string;
  /** With the primary one. */
  readonly groups: readonly number[];
  /** Names; absent: those that the container gives to root. */
  readonly capabilities?: readonly string[];
  readonly noNewPrivs: boolean;
  /** Whose filter of system calls is in force. */
  readonly filter: "none" | "container" | "own";
  /** What that of the service's own refuses, as `syscalls` says it. */
  readonly syscalls?: string;
  /** Absent: Landlock restricts nothing. */
  readonly sandbox?: SandboxLists;
  /** What the kernel cannot restrict of it. */
  readonly lacking: readonly string[];
  /** TCP ports that its processes listen on, or that are opened for it. */
  readonly ports: readonly number[];
  /** Where it may write; absent: wherever its user may, which is not known. */
  readonly writable?: readonly string[];
  /** Names of variables of its environment that hold secrets. */
  readonly secrets: readonly string[];
  /** Names of secrets that it is handed in memory. */
  readonly handed: readonly string[];
  /** Other services that run as its user. */
  readonly neighbours: readonly string[];
}

/** What is known besides the configuration. */
export interface Surroundings {
  /** Absent: the newest version, since nobody knows where it is to run. */
  readonly landlockAbi: number;
  /** The user of services that name none. */
  readonly ownUid: number;
  /** The names of all variables that it gets. */
  readonly variables: Iterable<string>;
  readonly services: readonly ServiceConfig[];
}

/** What was seen of a service that runs. */
export interface Seen {
  readonly pid: number;
  readonly rights: ProcessRights;
  readonly ports: readonly number[];
  readonly writable: readonly string[];
}

/** Tells the rights of a service; `seen` where it runs. */
export function rightsOf(
  config: ServiceConfig,
  surroundings: Surroundings,
  seen?: Seen,
): Rights {
  const { landlockAbi, ownUid, variables, services } = surroundings;
  const { identity } = config;
  const sandbox = config.sandbox && resolvePresets(config.sandbox, config, ownUid);
  const { rules, lacking = [] } = sandbox ? planLandlock(sandbox, landlockAbi, "") : {};
  const policy = policyOf(config);
  const handed = (config.secrets ?? []).map(({ name }) => name);
  const uid = seen?.rights.uid ?? identity?.uid ?? ownUid;
  const writable = sandbox?.write ?? (namesFiles(sandbox) ? [] : seen?.writable);
  const noNewPrivs = config.noNewPrivs === true || (sandbox ?? policy) !== undefined;
  const userName = uid === identity?.uid ? identity.userName : undefined;
  return {
    service: config.name,
    uid,
    ...(seen === undefined ? configured(config, uid) : observed(seen)),
    ...(userName === undefined ? {} : { userName }),
    noNewPrivs: seen?.rights.noNewPrivs ?? noNewPrivs,
    filter: filterOf(policy !== undefined || restrictsSockets(sandbox), seen),
    ...(policy === undefined ? {} : { syscalls: policyText(policy) }),
    ...(rules === undefined || sandbox === undefined ? {} : { sandbox: listsOf(sandbox) }),
    lacking,
    ports: seen?.ports ?? portsOf(config),
    ...(writable === undefined ? {} : { writable }),
    secrets: [...new Set(variables)].filter((name) => isSecretName(name) && !handed.includes(name))
      .sort(),
    handed,
    neighbours: services.filter(({ name, identity: other, enabled }) =>
      enabled && name !== config.name && (other?.uid ?? ownUid) === uid
    ).map(({ name }) => name),
  };
}

function namesFiles(sandbox: EffectiveSandbox | undefined): boolean {
  return (sandbox?.read ?? sandbox?.write ?? sandbox?.execute) !== undefined;
}

function restrictsSockets(sandbox: EffectiveSandbox | undefined): boolean {
  return (sandbox?.connect ?? sandbox?.bind) !== undefined;
}

/** A user other than root begins with no capability. */
function configured({ identity, capabilities }: ServiceConfig, uid: number) {
  const groups = identity === undefined ? [] : [identity.gid, ...identity.groups];
  const names = capabilities ?? (uid === 0 ? undefined : []);
  return { groups, ...(names === undefined ? {} : { capabilities: names }) };
}

function observed({ pid, rights: { groups, effective, permitted } }: Seen) {
  return { pid, groups, capabilities: capabilitiesOf(effective | permitted).map(capabilityName) };
}

function filterOf(isOwn: boolean, seen: Seen | undefined): Rights["filter"] {
  if (seen !== undefined && !seen.rights.isFiltered) return "none";
  if (isOwn) return "own";
  return seen === undefined ? "none" : "container";
}

function policyText({ preset, refuse, allow }: SyscallPolicy): string {
  return [
    ...(preset === undefined ? [] : [preset]),
    ...refuse,
    ...allow.map((name) => `+${name}`),
  ].join(", ");
}

function listsOf({ read, write, execute, connect, bind, scope }: EffectiveSandbox): SandboxLists {
  const lists = { read, write, execute, connect, bind, scope };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined));
}

/** What is opened for it by chaperone, and what its sandbox names. */
function portsOf({ port, listen, sandbox }: ServiceConfig): number[] {
  const listened = listen.flatMap((text) => {
    const address = parseListenSpec(text)?.address;
    return address?.kind === "tcp" ? [address.port] : [];
  });
  const all = [...(port === undefined ? [] : [port]), ...listened, ...sandbox?.bind ?? []];
  return [...new Set(all)].sort((a, b) => a - b);
}
