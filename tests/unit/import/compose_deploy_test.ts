/** Limits of control groups and ways to exchange copies, as other programs write them. */
import { assert, assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { convert, pick } from "./converting.ts";

const LIMITS = ["memory_max", "cpu_max", "cpu_weight", "pids_max"];
const ROLLS = ["instances", "max_unavailable", "max_surge"];

function compose(web: string) {
  const text = `services: {web: {image: x, command: y, ${web}}}\n`;
  const { sections, text: all } = convert("compose", { "compose.yaml": text });
  return { web: sections["web.service"], text: all };
}

test("compose: limits of a container become those of the service", () => {
  const of = (web: string) => pick(compose(web).web, LIMITS);
  assertEquals(of('mem_limit: 512m, cpus: "1.5", pids_limit: 100'), [
    ...["512M", "150%", undefined, 100],
  ]);
  assertEquals(of("mem_limit: 2gb, pids_limit: -1, cpus: 0"), [
    ...["2G", undefined, undefined, undefined],
  ]);
  const deploy = 'deploy: {resources: {limits: {memory: 64MiB, cpus: "0.25", pids: 7}}}';
  assertEquals(of(deploy), ["64M", "25%", undefined, 7]);
  const { text } = compose("mem_limit: much, deploy: {resources: {reservations: {cpus: 1}}}");
  assert(text.includes("# Not understood: mem_limit: much (compose.yaml:1)"), text);
  assert(text.includes("# No counterpart: deploy.resources.reservations"), text);
});

test("compose: how copies are exchanged", () => {
  const of = (update: string, replicas = 3) =>
    pick(compose(`deploy: {replicas: ${replicas}, update_config: {${update}}}`).web, ROLLS);
  assertEquals(of("parallelism: 1"), [3, undefined, undefined]);
  assertEquals(of("parallelism: 2, order: stop-first"), [3, 2, undefined]);
  assertEquals(of("parallelism: 0"), [3, 3, undefined]);
  assertEquals(of("order: start-first, failure_action: rollback"), [3, undefined, 1]);
  assertEquals(of("order: start-first", 1), [1, undefined, 1]);
  assertEquals(of("parallelism: 2", 1), [1, undefined, undefined]);
  const { text } = compose(
    "deploy: {replicas: 2, update_config: {delay: 5s, failure_action: continue}}",
  );
  assert(text.includes("# No counterpart: deploy.update_config.delay"), text);
  assert(text.includes("# No counterpart: deploy.update_config.failure_action: continue"), text);
});

test("compose: no copies is a service that is not started, no time to stop is next to none", () => {
  const of = (web: string, names: readonly string[]) => pick(compose(web).web, names);
  const copies = ["enabled", "instances", "max_surge"];
  assertEquals(of("scale: 0", copies), [false, undefined, undefined]);
  const update = "deploy: {replicas: 0, update_config: {order: start-first}}";
  assertEquals(of(update, copies), [false, undefined, undefined]);
  assertEquals(of("scale: 1", copies), [undefined, 1, undefined]);
  const stops = ["stop_timeout", "kill_signal"];
  assertEquals(of("stop_grace_period: 0s, stop_signal: 9", stops), ["1ms", "9"]);
  assertEquals(of("stop_grace_period: 1m, stop_signal: sigint", stops), ["60s", "SIGINT"]);
  assertEquals(of("stop_signal: null", stops), ["10s", undefined]);
  assertEquals(of("healthcheck: {test: x, interval: 0s, timeout: 0s, retries: 0}", ["health"]), [
    { exec: "/bin/sh -c x", interval: "30s", timeout: "30s", action: "none" },
  ]);
  assertEquals(of("ulimits: {cpu: 1, nofile: -1}", ["limits"]), [{
    cpu: "1",
    nofile: "unlimited",
  }]);
  assertEquals(of("ulimits: {pigs: 1}", ["limits"]), [undefined]);
});

test("systemd: limits of control groups", () => {
  const unit = (lines: string) =>
    convert("systemd", { "/etc/a.service": `[Service]\nExecStart=/bin/x\n${lines}\n` });
  const of = (lines: string) => pick(unit(lines).sections["a.service"], LIMITS);
  assertEquals(of("MemoryMax=512M\nCPUQuota=150%\nCPUWeight=50\nTasksMax=200"), [
    ...["512M", "150%", 50, 200],
  ]);
  assertEquals(of("MemoryMax=infinity\nTasksMax=infinity"), Array(4).fill(undefined));
  assertEquals(of("MemoryMax=1T\nCPUQuota=0%\nTasksMax=1"), ["1T", undefined, undefined, 1]);
  assertEquals(of("MemoryMax=0\nCPUQuota=\nTasksMax=0"), Array(4).fill(undefined));
  const { text } = unit("MemoryMax=10%\nCPUWeight=idle\nTasksMax=5%");
  for (const line of ["MemoryMax=10% (/etc/a.service:3)", "CPUWeight=idle (/etc/a.service:4)"]) {
    assert(text.includes(`# Not understood: ${line}`), text);
  }
});
