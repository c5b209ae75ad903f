/** What the presets of `sandbox` stand for. */
import { shortName } from "../../base/service_name.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { SandboxConfig, SandboxScope } from "../../config/sandbox_model.ts";

/** A sandbox without presets. */
export type EffectiveSandbox = Omit<SandboxConfig, "presets" | "require">;

/** Programs and libraries, wherever a distribution has them. */
const PROGRAMS: readonly string[] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/** What programs read of the machine. Of other processes, the kernel shows a sandbox little. */
const MACHINE: readonly string[] = ["/proc", "/sys"];

/** What root may read of /etc: /etc/shadow and private keys are root's, too. */
const ETC_FOR_ROOT: readonly string[] = (
  "passwd group hosts resolv.conf nsswitch.conf services protocols ld.so.cache localtime " +
  "ssl/certs ssl/openssl.cnf pki/tls"
).split(" ").map((name) => `/etc/${name}`);

/** Of a service, what the strict preset depends on. */
type Place = Pick<ServiceConfig, "name" | "directory" | "identity">;

/**
 * Adds what the presets say to what the lists do. `ownUid` is the user of services that name none.
 */
export function resolvePresets(
  sandbox: SandboxConfig,
  place: Place,
  ownUid: number,
): EffectiveSandbox {
  const { presets, read, write, execute, connect, bind, datagrams, scope } = sandbox;
  const isStrict = presets.includes("strict");
  const isOffline = isStrict || presets.includes("no_network");
  const all: { -readonly [Key in keyof EffectiveSandbox]?: EffectiveSandbox[Key] | undefined } = {
    read: joined(isStrict ? readable(place, ownUid) : undefined, read),
    write: joined(isStrict ? ownPaths(place) : undefined, write),
    execute: joined(isStrict ? PROGRAMS : undefined, execute),
    connect: joined(isOffline ? [] : undefined, connect),
    bind: joined(isOffline ? [] : undefined, bind),
    datagrams,
    scope: joined(isStrict ? ALL_SCOPES : undefined, scope),
  };
  const present = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as unknown as EffectiveSandbox;
}

function readable({ name, identity }: Place, ownUid: number): string[] {
  const isRoot = (identity?.uid ?? ownUid) === 0;
  return [...MACHINE, ...(isRoot ? [...ETC_FOR_ROOT, `/etc/${shortName(name)}`] : ["/etc"])];
}

const ALL_SCOPES: readonly SandboxScope[] = ["signals", "abstract_sockets"];

function joined<T>(
  preset: readonly T[] | undefined,
  own: readonly T[] | undefined,
): readonly T[] | undefined {
  if (preset === undefined) return own;
  return [...new Set([...preset, ...own ?? []])];
}

/** Where it starts, and where programs of that name keep their logs and sockets. */
function ownPaths({ name, directory, identity }: Place): string[] {
  const start = directory ?? identity?.home;
  const own = shortName(name);
  const isOwn = start !== undefined && start.startsWith("/") && !/^\/+$/.test(start);
  return [...(isOwn ? [start] : []), `/var/log/${own}`, `/run/${own}`];
}
