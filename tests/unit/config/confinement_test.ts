/** What `no_new_privs`, `capabilities`, `sandbox` and `syscalls` are read as. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { diffConfigs } from "../../../lib/config/config_diff.ts";
import { test } from "../../test.ts";
import { load, refusal, service, serviceOf } from "./loading.ts";

const SECTION = (lines: string) => `a.service:\n  command: /bin/true\n${lines}`;

test("capabilities have one spelling and one order, and [] is none", () => {
  const { capabilities } = service("capabilities: [cap_setuid, chown, CHOWN]");
  assertEquals(capabilities, ["CHOWN", "SETUID"]);
  assertEquals(service("capabilities: []").capabilities, []);
  assertEquals(service("nice: 1").capabilities, undefined);
  assertEquals(service("no_new_privs: true").noNewPrivs, true);
});

test("a sandbox is a word, words, or lists", () => {
  const plain = { datagrams: false, require: false };
  assertEquals(service("sandbox: strict").sandbox, { presets: ["strict"], ...plain });
  assertEquals(service("sandbox: [strict, no_network]").sandbox?.presets, [
    "strict",
    "no_network",
  ]);
  const lists = "sandbox: {preset: strict, write: /srv/agent/, read: ['/opt/*/lib'], " +
    "connect: [443, udp], bind: [], scope: signals, require: true}";
  assertEquals(service(lists).sandbox, {
    presets: ["strict"],
    read: ["/opt/*/lib"],
    write: ["/srv/agent"],
    connect: [443],
    bind: [],
    datagrams: true,
    scope: ["signals"],
    require: true,
  });
  const ports = service("sandbox: {bind: [0, 65535], connect: udp}").sandbox;
  assertEquals([ports?.bind, ports?.connect, ports?.datagrams], [[0, 65535], [], true]);
  const expanded = service("env_set: {DATA: /data}\nsandbox: {write: [$(DATA)/own]}");
  assertEquals(expanded.sandbox?.write, ["/data/own"]);
});

test("what a sandbox cannot mean is told with what it could", () => {
  const cases: [value: string, told: string][] = [
    ["strikt", "'strikt' is not a preset; did you mean 'strict'?"],
    ["{conect: [1]}", "'conect' is not a key of a sandbox; did you mean 'connect'?"],
    ["{read: [usr]}", "'usr' is not an absolute path"],
    ["{read: [/usr/../etc]}", "'/usr/../etc' holds '..'"],
    ["{read: ['/*/x*']}", "'/*/x*' holds '*' in more than one of its names"],
    ["{bind: [-1]}", "'-1' is neither a port nor udp"],
    ["{bind: [65536]}", "'65536' is neither a port nor udp"],
    ["{scope: [signal]}", "'signal' is not a scope; did you mean 'signals'?"],
    ["{require: perhaps, read: []}", "require is true or false, not 'perhaps'"],
    ["{preset: no_network, connect: [1]}", "no_network leaves no port"],
    ["{}", "it names nothing"],
    ["[]", "it names nothing"],
    ["{require: true}", "it names nothing"],
  ];
  for (const [value, told] of cases) {
    const text = refusal(SECTION(`  sandbox: ${value}\n`));
    assertStringIncludes(text, `invalid sandbox of 'a.service': ${told}`, value);
  }
});

test("a filter is a preset, names, exceptions and log", () => {
  assertEquals(service("syscalls: default").syscalls, {
    preset: "default",
    refuse: [],
    allow: [],
    log: false,
  });
  assertEquals(service("syscalls: [strict, log, +ptrace, chmod]").syscalls, {
    preset: "strict",
    refuse: ["chmod"],
    allow: ["ptrace"],
    log: true,
  });
  const cases: [value: string, told: string][] = [
    ["defualt", "'defualt' is not a system call; did you mean 'default'?"],
    ["[default, strict]", "it names two presets"],
    ["[default, +ptrase]", "'ptrase' is not a system call"],
    ["[log]", "it refuses nothing"],
    ["[write]", "write cannot be refused"],
  ];
  for (const [value, told] of cases) {
    const text = refusal(SECTION(`  syscalls: ${value}\n`));
    assertStringIncludes(text, `invalid syscalls of 'a.service': ${told}`, value);
  }
});

test("settings give a default, and a service has its own value instead", () => {
  const settings = "settings: {capabilities: [], sandbox: strict, no_new_privs: true}\n";
  const config = load(
    `${settings}a.service: {command: /bin/true}\n` +
      "b.service: {command: /bin/true, capabilities: [KILL], sandbox: {read: [/]}}\n",
  );
  const a = serviceOf(config);
  assertEquals([a.capabilities, a.noNewPrivs], [[], true]);
  assertEquals(a.sandbox?.presets, ["strict"]);
  const b = serviceOf(config, "b.service");
  assertEquals([b.capabilities, b.sandbox?.read], [["KILL"], ["/"]]);
});

test("a change of any of them needs a new process", () => {
  const before = load(SECTION(""));
  const lines = ["no_new_privs: true", "capabilities: []", "sandbox: strict", "syscalls: strict"];
  for (const line of lines) {
    const [change] = diffConfigs(before, load(SECTION(`  ${line}\n`))).services;
    assertEquals(change?.directives, [line.split(":")[0]]);
    assertEquals(change?.needsRestart, true);
  }
});
