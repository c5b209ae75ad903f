/** Which directives of a service confine its processes by what. */
import { assertEquals } from "@std/assert";
import type { ConfinementConfig, SandboxConfig } from "../../../../lib/config/sandbox_model.ts";
import { planConfinement } from "../../../../lib/service/sandbox/confine.ts";
import { compileFilter } from "../../../../lib/service/sandbox/filter.ts";
import { WRITE } from "../../../../lib/service/sandbox/landlock.ts";
import { refusedCalls } from "../../../../lib/service/sandbox/syscall_presets.ts";
import { test } from "../../../test.ts";

const KERNEL = { landlockAbi: 6, machine: "x86_64", ownUid: 0 } as const;

function plan(config: ConfinementConfig, abi = 6) {
  const service = { name: "agent.service", directory: "/srv/agent", ...config };
  const kernel = { ...KERNEL, landlockAbi: abi };
  return planConfinement(service, "/usr/bin/agent", { kernel, helps: false }).confinement;
}

const lists = (sandbox: Partial<SandboxConfig>): ConfinementConfig => ({
  sandbox: { presets: [], datagrams: false, require: false, ...sandbox },
});
const syscalls = { preset: "default", refuse: [], allow: [], log: false } as const;

/** `N` no_new_privs, `L` rules of Landlock, `F` a filter of system calls, `M` mounts. */
const CONFINED_BY: readonly (readonly [ConfinementConfig, string])[] = [
  [{}, ""],
  [{ noNewPrivs: true }, "N"],
  [{ noNewPrivs: false }, ""],
  [{ capabilities: [] }, ""],
  [lists({}), ""],
  [lists({ read: ["/usr"] }), "NL"],
  [lists({ scope: ["signals"] }), "NL"],
  [lists({ connect: [443] }), "NLF"],
  [lists({ bind: [80] }), "NLF"],
  [{ syscalls }, "NF"],
  [{ ...lists({ read: ["/usr"] }), syscalls }, "NLF"],
  [lists({ presets: ["strict"] }), "NLF"],
  [{ privateTmp: true }, "M"],
  [{ readOnlyPaths: ["/etc"] }, "M"],
  [{ hideProc: true }, "M"],
  [{ privateTmp: false, readOnlyPaths: [], hideProc: false }, ""],
];

test("each directive brings what it needs, and nothing else", () => {
  for (const [config, expected] of CONFINED_BY) {
    const { noNewPrivs, landlock, filter, mounts } = plan(config);
    const found = (noNewPrivs ? "N" : "") + (landlock ? "L" : "") + (filter ? "F" : "") +
      (mounts ? "M" : "");
    assertEquals(found, expected, JSON.stringify(config));
  }
});

test("without Landlock a sandbox of files has nothing to be held by, one of ports its filter", () => {
  const { noNewPrivs, landlock, filter } = plan(lists({ read: ["/usr"] }), 0);
  assertEquals([noNewPrivs, landlock, filter], [false, undefined, undefined]);
  const ports = plan(lists({ connect: [443] }), 0);
  assertEquals([ports.noNewPrivs, ports.landlock], [true, undefined]);
  assertEquals(ports.filter?.log, false);
});

test("mounts are those that were asked for; a /tmp of its own may be written", () => {
  assertEquals(plan({ readOnlyPaths: ["/etc"] }).mounts, {
    readOnlyPaths: ["/etc"],
    hidesProc: false,
  });
  assertEquals(plan({ hideProc: true }).mounts, { readOnlyPaths: [], hidesProc: true });
  assertEquals(plan({ privateTmp: true }).mounts, {
    privateTmp: WRITE,
    readOnlyPaths: [],
    hidesProc: false,
  });
});

/** Which kinds of sockets the lists leave. */
const SOCKETS: readonly (readonly [Partial<SandboxConfig>, { tcp: boolean; udp: boolean }])[] = [
  [{ connect: [443] }, { tcp: true, udp: false }],
  [{ connect: [443], datagrams: true }, { tcp: true, udp: true }],
  // What no list names is not restricted: it may still listen.
  [{ connect: [] }, { tcp: true, udp: false }],
  [{ bind: [] }, { tcp: true, udp: false }],
  [{ connect: [], bind: [] }, { tcp: false, udp: false }],
  [{ connect: [], bind: [80] }, { tcp: true, udp: false }],
  [{ connect: [443], bind: [] }, { tcp: true, udp: false }],
  [{ connect: [443], bind: [80] }, { tcp: true, udp: false }],
];

test("TCP is left where a port is, datagrams where the lists say udp", () => {
  for (const [config, sockets] of SOCKETS) {
    const program = compileFilter(
      { calls: [], namespaces: false, terminalInput: false, sockets },
      "x86_64",
    );
    assertEquals(plan(lists(config)).filter, { program, log: false }, JSON.stringify(config));
  }
});

test("a preset refuses typing into a terminal, a list of calls alone does not; log is passed on", () => {
  const filterOf = (policy: ConfinementConfig["syscalls"]) =>
    plan(policy === undefined ? {} : { syscalls: policy }).filter;
  const own = { refuse: ["chmod"], allow: [], log: true };
  assertEquals(filterOf(own), {
    program: compileFilter(
      { calls: refusedCalls(own), namespaces: false, terminalInput: false },
      "x86_64",
    ),
    log: true,
  });
  assertEquals(filterOf(syscalls), {
    program: compileFilter(
      { calls: refusedCalls(syscalls), namespaces: true, terminalInput: true },
      "x86_64",
    ),
    log: false,
  });
});

test("the filter that strict brings logs nothing", () => {
  assertEquals(plan(lists({ presets: ["strict"] })).filter?.log, false);
});
