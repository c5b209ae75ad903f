/** What a sandbox is made of, by what a kernel can do. */
import { assertEquals } from "@std/assert";
import type { SandboxConfig } from "../../../../lib/config/sandbox_model.ts";
import { planConfinement, policyOf } from "../../../../lib/service/sandbox/confine.ts";
import { planLandlock } from "../../../../lib/service/sandbox/landlock.ts";
import { resolvePresets } from "../../../../lib/service/sandbox/sandbox_presets.ts";
import { test } from "../../../test.ts";

function plan(lists: Partial<SandboxConfig>, abi: number) {
  return planLandlock({ datagrams: false, ...lists }, abi, "/usr/bin/agent");
}

const ALL: Partial<SandboxConfig> = {
  read: ["/usr"],
  write: ["/srv"],
  connect: [443],
  bind: [8080],
  scope: ["signals", "abstract_sockets"],
};

/** By the version of the ABI: rights on files, on ports, scopes, and what is lacking. */
const BY_ABI: readonly [files: number, ports: number, scoped: number, lacking: string][] = [
  [0, 0, 0, "files, ports, signals, abstract sockets"],
  [0x1fff, 0, 0, "truncating files, ioctl on devices, ports, signals, abstract sockets"],
  [0x3fff, 0, 0, "truncating files, ioctl on devices, ports, signals, abstract sockets"],
  [0x7fff, 0, 0, "ioctl on devices, ports, signals, abstract sockets"],
  [0x7fff, 3, 0, "ioctl on devices, signals, abstract sockets"],
  [0xffff, 3, 0, "signals, abstract sockets"],
  [0xffff, 3, 3, ""],
  [0xffff, 3, 3, ""],
  [0xffff, 3, 3, ""],
  [0xffff, 3, 3, ""],
];

test("each version of Landlock is asked for what it knows, and the rest is told", () => {
  for (const [abi, [files, ports, scoped, lacking]] of BY_ABI.entries()) {
    const { rules, lacking: found } = plan(ALL, abi);
    assertEquals(found.join(", "), lacking, `ABI ${abi}`);
    const handled = rules && [rules.handledFiles, rules.handledPorts, rules.scoped];
    assertEquals(handled, abi === 0 ? undefined : [files, ports, scoped], `ABI ${abi}`);
  }
});

test("no rule has a right that is not handled, which the kernel would refuse", () => {
  for (const abi of BY_ABI.keys()) {
    const { rules } = plan(ALL, abi);
    for (const { path, rights } of rules?.paths ?? []) {
      assertEquals(rights & ~(rules?.handledFiles ?? 0), 0, `${abi} ${path}`);
    }
    for (const { rights } of rules?.ports ?? []) {
      assertEquals(rights & ~(rules?.handledPorts ?? 0), 0);
    }
  }
});

const EXECUTE = 1;
const WRITE_FILE = 2;
const READ_FILE = 4;

function rightsOf(lists: Partial<SandboxConfig>, path: string): number {
  const found = plan(lists, 6).rules?.paths.filter((rule) => rule.path === path) ?? [];
  return found.reduce((all, { rights }) => all | rights, 0);
}

test("what may be read may be executed, unless execute says what may", () => {
  assertEquals(rightsOf({ read: ["/usr"] }, "/usr") & 7, READ_FILE | EXECUTE);
  assertEquals(rightsOf({ write: ["/srv"] }, "/srv") & 7, READ_FILE | WRITE_FILE | EXECUTE);
  const lists = { read: ["/etc"], write: ["/srv"], execute: ["/usr"] };
  assertEquals(rightsOf(lists, "/etc") & 7, READ_FILE);
  assertEquals(rightsOf(lists, "/srv") & 7, READ_FILE | WRITE_FILE);
  assertEquals(rightsOf(lists, "/usr") & 7, READ_FILE | EXECUTE);
  // The program itself is always there, but needs no rule below a path that has its rights.
  assertEquals(rightsOf(lists, "/usr/bin/agent"), 0);
  assertEquals(rightsOf({ execute: ["/bin"] }, "/usr/bin/agent"), READ_FILE | EXECUTE);
  // Nobody in a sandbox makes devices.
  assertEquals(rightsOf({ write: ["/srv"] }, "/srv") & 0x840, 0);
});

test("a sandbox of signals alone has some right on files, which keeps ptrace out", () => {
  const { rules } = plan({ scope: ["signals"] }, 6);
  assertEquals(rules, {
    handledFiles: 1 << 11,
    handledPorts: 0,
    scoped: 2,
    paths: [],
    ports: [],
  });
  assertEquals(plan({}, 6), { lacking: [] });
});

test("where no port is left, a filter does without Landlock", () => {
  assertEquals(plan({ connect: [], bind: [] }, 3).lacking, []);
  assertEquals(plan({ connect: [] }, 3).lacking, ["ports"]);
});

const AGENT = {
  name: "agent.service",
  directory: "/srv/agent",
} as const;
const STRICT: SandboxConfig = { presets: ["strict"], datagrams: false, require: false };

test("strict is its own place to write, programs to execute, and no port", () => {
  assertEquals(resolvePresets({ ...STRICT, write: ["/data"], connect: [443] }, AGENT, 1000), {
    read: ["/proc", "/sys", "/etc"],
    write: ["/srv/agent", "/var/log/agent", "/run/agent", "/data"],
    execute: ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"],
    connect: [443],
    bind: [],
    datagrams: false,
    scope: ["signals", "abstract_sockets"],
  });
  const nowhere = resolvePresets(STRICT, { name: "agent.service", directory: "/" }, 0);
  assertEquals(nowhere.write, ["/var/log/agent", "/run/agent"]);
  // Root owns /etc/shadow, so of /etc it gets what programs need, and its own directory.
  assertEquals(nowhere.read?.includes("/etc"), false);
  assertEquals(nowhere.read?.includes("/etc/passwd"), true);
  assertEquals(nowhere.read?.includes("/etc/agent"), true);
});

test("no_network leaves files and signals as they are", () => {
  const offline = resolvePresets({ ...STRICT, presets: ["no_network"] }, AGENT, 0);
  assertEquals(offline, { connect: [], bind: [], datagrams: false });
});

test("strict brings a filter, unless syscalls says another one", () => {
  assertEquals(policyOf({ ...AGENT, sandbox: STRICT })?.preset, "default");
  const own = { refuse: ["chmod"], allow: [], log: true };
  assertEquals(policyOf({ ...AGENT, sandbox: STRICT, syscalls: own }), own);
  assertEquals(policyOf(AGENT), undefined);
});

test("a helper of a service reaches its processes: it has the sandbox without the scope", () => {
  const kernel = { landlockAbi: 7, machine: "x86_64", ownUid: 0 } as const;
  const scopes = [false, true].map((helps) => {
    const service = { ...AGENT, sandbox: STRICT };
    const { confinement } = planConfinement(service, "/bin/true", { kernel, helps });
    assertEquals(confinement.noNewPrivs, true);
    return confinement.landlock?.scoped;
  });
  assertEquals(scopes, [3, 0]);
});

test("capabilities alone need neither no_new_privs nor a filter", () => {
  const kernel = { landlockAbi: 0, machine: "aarch64", ownUid: 0 } as const;
  const service = { ...AGENT, capabilities: ["CHOWN", "BPF"] };
  const { confinement, lacking } = planConfinement(service, "/bin/true", { kernel, helps: false });
  assertEquals(confinement, { noNewPrivs: false, capabilities: [0, 39] });
  assertEquals(lacking, []);
});

test("rights on files have the numbers of linux/landlock.h", () => {
  const [files, directories] = [1 << 2 | 1 << 1, 1 << 3];
  assertEquals(rightsOf({ read: ["/etc"], execute: [] }, "/etc"), 1 << 2 | directories);
  assertEquals(rightsOf({ execute: ["/usr"] }, "/usr"), 1 << 0 | 1 << 2 | directories);
  // All of the newest version but: execute (0), character devices (6) and block devices (11).
  const all = (1 << 16) - 1;
  assertEquals(
    rightsOf({ write: ["/srv"], execute: [] }, "/srv"),
    all & ~(1 << 0 | 1 << 6 | 1 << 11),
  );
  for (const path of ["/dev/null", "/dev/zero", "/dev/full"]) {
    assertEquals(rightsOf({ read: [] }, path), files | directories, path);
  }
  for (const path of ["/dev/random", "/dev/urandom"]) {
    assertEquals(rightsOf({ read: [] }, path), 1 << 2 | directories, path);
  }
});

test("ports that are not named have no rule, those that are have the right of their list", () => {
  const { rules } = plan({ connect: [443, 53], bind: [8080] }, 6);
  assertEquals(rules?.ports, [
    { port: 8080, rights: 1 },
    { port: 443, rights: 2 },
    { port: 53, rights: 2 },
  ]);
  assertEquals(plan({ read: ["/usr"], connect: [443] }, 3).rules?.ports, []);
});

test("a list of ports, also an empty one, is lacking where the kernel knows none", () => {
  assertEquals(plan({ bind: [80] }, 3).lacking, ["ports"]);
  assertEquals(plan({ bind: [] }, 3).lacking, ["ports"]);
  assertEquals(plan({ connect: [443], bind: [] }, 3).lacking, ["ports"]);
  assertEquals(plan({ connect: [443], bind: [80] }, 4).lacking, []);
});

test("strict of a service without a directory writes in the home of its user", () => {
  const identity = { uid: 7, gid: 7, groups: [], home: "/home/agent" };
  const { write } = resolvePresets(STRICT, { name: "agent.service", identity }, 0);
  assertEquals(write, ["/home/agent", "/var/log/agent", "/run/agent"]);
});
