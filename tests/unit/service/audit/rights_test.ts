import { assertEquals } from "@std/assert";
import type { ProcessRights } from "../../../../lib/base/process_rights.ts";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { rightsOf } from "../../../../lib/service/audit/rights.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../service_config.ts";

const WEB = { uid: 1000, gid: 1001, groups: [5], userName: "web", home: "/home/web" };

function told(differing: Partial<ServiceConfig>, others: readonly ServiceConfig[] = []) {
  const config = serviceConfig(differing);
  const services = [config, ...others];
  const variables = ["PATH", "API_KEY", "DB_PASSWORD_FILE", "API_KEY"];
  return [config, { landlockAbi: 6, ownUid: 0, variables, services }] as const;
}

const RUNNING: ProcessRights = {
  uid: 1000,
  groups: [1001],
  effective: 1n << 10n,
  permitted: 1n << 10n,
  noNewPrivs: true,
  isFiltered: true,
};

test("of root without directives nothing is restricted, and its capabilities are not known", () => {
  assertEquals(rightsOf(...told({})), {
    service: "a.service",
    uid: 0,
    groups: [],
    noNewPrivs: false,
    filter: "none",
    lacking: [],
    ports: [],
    secrets: ["API_KEY"],
    handed: [],
    neighbours: [],
  });
});

test("another user has no capabilities, and neighbours of its own number", () => {
  const others = [
    serviceConfig({ name: "b.service", identity: WEB }),
    serviceConfig({ name: "c.service", identity: WEB, enabled: false }),
    serviceConfig({ name: "d.service" }),
  ];
  const rights = rightsOf(...told({ identity: WEB }, others));
  assertEquals([rights.uid, rights.userName, rights.groups], [1000, "web", [1001, 5]]);
  assertEquals([rights.capabilities, rights.neighbours], [[], ["b.service"]]);
});

test("what is handed in memory is in no environment", () => {
  const secrets = [{ name: "API_KEY", path: "/run/secrets/key" }];
  const rights = rightsOf(...told({ secrets }));
  assertEquals([rights.secrets, rights.handed], [[], ["API_KEY"]]);
});

test("a strict sandbox tells its lists, brings no_new_privs and a filter", () => {
  const sandbox = {
    presets: ["strict"],
    write: ["/data"],
    bind: [80],
    datagrams: false,
    require: false,
  } as const;
  const rights = rightsOf(...told({ sandbox, listen: ["tcp://127.0.0.1:8080"], port: 443 }));
  assertEquals(rights.writable, ["/var/log/a", "/run/a", "/data"]);
  assertEquals(rights.sandbox?.bind, [80]);
  assertEquals(rights.sandbox?.scope, ["signals", "abstract_sockets"]);
  assertEquals([rights.noNewPrivs, rights.filter, rights.syscalls], [true, "own", "default"]);
  assertEquals(rights.ports, [80, 443, 8080]);
});

test("what the kernel cannot do of a sandbox is lacking, and no lists are told without Landlock", () => {
  const sandbox = { presets: ["strict"], datagrams: false, require: false } as const;
  const [config, surroundings] = told({ sandbox });
  const old = rightsOf(config, { ...surroundings, landlockAbi: 4 });
  assertEquals(old.lacking, ["ioctl on devices", "signals", "abstract sockets"]);
  const none = rightsOf(config, { ...surroundings, landlockAbi: 0 });
  assertEquals(none.lacking[0], "files");
  assertEquals(none.sandbox, undefined);
});

test("of a process the kernel's word counts", () => {
  const seen = { pid: 7, rights: RUNNING, ports: [80], writable: ["/tmp"] };
  const [config, surroundings] = told({ identity: WEB });
  const rights = rightsOf(config, surroundings, seen);
  assertEquals([rights.pid, rights.groups, rights.capabilities], [7, [1001], ["NET_BIND_SERVICE"]]);
  assertEquals([rights.noNewPrivs, rights.filter], [true, "container"]);
  assertEquals([rights.ports, rights.writable], [[80], ["/tmp"]]);
  const free = { ...seen, rights: { ...RUNNING, isFiltered: false, noNewPrivs: false } };
  const { filter, noNewPrivs } = rightsOf(
    serviceConfig({
      ...config,
      syscalls: { refuse: ["chmod"], allow: ["ptrace"], preset: "default", log: false },
    }),
    surroundings,
    free,
  );
  assertEquals([filter, noNewPrivs], ["none", false]);
});

const LISTS = { presets: [], datagrams: false, require: false } as const;

/** What one list of a sandbox changes: whether files are named, and whose filter holds. */
const BY_LIST: readonly (readonly [object, writable: readonly string[] | undefined, string])[] = [
  [{}, ["/seen"], "none"],
  [{ read: ["/etc"] }, [], "none"],
  [{ execute: ["/usr"] }, [], "none"],
  [{ write: ["/srv"] }, ["/srv"], "none"],
  [{ connect: [443] }, ["/seen"], "own"],
  [{ bind: [80] }, ["/seen"], "own"],
];

test("each list of a sandbox restricts its own matter, and brings no_new_privs", () => {
  const seen = { pid: 7, rights: RUNNING, ports: [], writable: ["/seen"] };
  for (const [lists, writable, filter] of BY_LIST) {
    const service = told({ sandbox: { ...LISTS, ...lists } });
    assertEquals(rightsOf(...service, seen).writable, writable, JSON.stringify(lists));
    assertEquals(rightsOf(...service).filter, filter, JSON.stringify(lists));
    assertEquals(rightsOf(...service).noNewPrivs, true, JSON.stringify(lists));
  }
});

test("system calls are told as they were written", () => {
  const syscalls = { preset: "default", refuse: ["chmod"], allow: ["ptrace"], log: false } as const;
  const rights = rightsOf(...told({ syscalls }));
  assertEquals([rights.syscalls, rights.filter, rights.noNewPrivs], [
    "default, chmod, +ptrace",
    "own",
    true,
  ]);
  const own = { refuse: ["chmod"], allow: [], log: false };
  assertEquals(rightsOf(...told({ syscalls: own })).syscalls, "chmod");
});

test("TCP ports are those of inetd, listen and bind, each once, in order", () => {
  const listen = ["8080", "http=127.0.0.1:443", "[::1]:8443", "udp://*:53", "unix:/run/a.sock"];
  const config = { port: 8123, listen, sandbox: { ...LISTS, bind: [80, 443] } };
  assertEquals(rightsOf(...told(config)).ports, [80, 443, 8080, 8123, 8443]);
});

test("a process has what is effective and what it may make effective", () => {
  const rights = { ...RUNNING, effective: 1n << 10n, permitted: 1n << 10n | 1n << 0n };
  const seen = { pid: 7, rights, ports: [], writable: [] };
  assertEquals(rightsOf(...told({}), seen).capabilities, ["CHOWN", "NET_BIND_SERVICE"]);
});

test("services without a user of their own are neighbours of who runs as chaperone's", () => {
  const others = [
    serviceConfig({ name: "b.service" }),
    serviceConfig({ name: "c.service", identity: WEB }),
  ];
  assertEquals(rightsOf(...told({}, others)).neighbours, ["b.service"]);
});
