/** Mounts of a service's own: what it sees otherwise, what it may, and where that cannot be. */
import { assertEquals, assertMatch } from "@std/assert";
import { inContainer } from "./harness/container.ts";
import { landlockTest, namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, runToEnd, sh } from "./scenario.ts";

const LOOK = sh(`ls /tmp | grep -c chaperone-e2e; stat -c %a /tmp
for place in /tmp /var/tmp $PLACE /etc; do touch $place/chaperone-$WHO 2>/dev/null && rm $place/chaperone-$WHO && echo writes $place; done
ls -d /proc/1 2>/dev/null; grep -c MemTotal /proc/meminfo; cat /proc/masked 2>/dev/null
ls -d /proc/self/fd`);

/** A file over a part of /proc, as engines mount one. */
const MASKED = `mount -t tmpfs tmpfs /srv; mkdir -m 777 /srv/data; mkdir /srv/data/sub
mount -t tmpfs tmpfs /srv/data/sub; echo masked > /srv/mask; mount --bind /srv/mask /proc/version`;

/** Each writes under a name of its own: they run at the same time, and leave nothing. */
const look = (who: string, more: Record<string, unknown>) => ({
  type: "oneshot",
  command: LOOK.replace("/proc/masked", "/proc/version"),
  "env_set": { PLACE: "/srv/data", WHO: `${who}-${crypto.randomUUID()}` },
  ...more,
});

const OWN = {
  "private_tmp": true,
  "hide_proc": true,
  "read_only_paths": ["/srv/data", "/etc"],
};

landlockTest("a service has mounts of its own, with and without a sandbox", async () => {
  const { code, stdout, all } = await runToEnd({
    setup: MASKED,
    config: configuration({
      "console.logging": { selector: "*.info", stdout: true },
      "plain.service": look("plain", {}),
      "root.service": look("root", { ...OWN, after: "plain.service" }),
      "user.service": look("user", { ...OWN, uid: 4001, capabilities: [] }),
      "held.service": look("held", {
        ...OWN,
        ...{ uid: 4001, capabilities: [], sandbox: { preset: "strict", require: true } },
      }),
      "other.service": look("other", { uid: 4001 }),
    }),
  });
  assertEquals(code, 0, all);
  const seen = (name: string) => linesOf(name, stdout);
  assertMatch(
    seen("plain").join(" "),
    /^[1-9]\d* 1777 .*writes \/srv\/data writes \/etc \/proc\/1 1 masked/,
  );
  const own = ["0", "1777", "writes /tmp", "writes /var/tmp"];
  assertEquals(seen("root"), [...own, "/proc/1", "1", "masked", "/proc/self/fd"], all);
  assertEquals(seen("user"), [...own, "1", "masked", "/proc/self/fd"], all);
  assertEquals(seen("held"), [...own, "1", "masked", "/proc/self/fd"], all);
  // The control: others see what they saw.
  assertMatch(
    seen("other").join(" "),
    /^[1-9]\d* 1777 writes \/tmp .*writes \/srv\/data \/proc\/1 1 masked/,
  );
});

namespaceTest(
  "read_only_paths hold for what is mounted below, and nothing is seen outside",
  async () => {
    const { code, stdout, all } = await runToEnd({
      setup: MASKED,
      config: configuration({
        "a.service": {
          type: "oneshot",
          command: sh("touch $PLACE/sub/new 2>&1 | grep -o Read-only; touch /tmp/mine; ls /tmp"),
          "env_set": { PLACE: "/srv/data" },
          ...OWN,
        },
        "b.service": {
          type: "oneshot",
          after: "a.service",
          command: sh("touch $PLACE/sub/new && echo written; [ -e /tmp/mine ] || echo not mine"),
          "env_set": { PLACE: "/srv/data" },
        },
      }),
    });
    assertEquals(code, 0, all);
    assertEquals(linesOf("a", stdout), ["Read-only", "mine"], all);
    assertEquals(linesOf("b", stdout), ["written", "not mine"], all);
  },
);

namespaceTest(
  "where nothing may be mounted, a service that asks for it does not start",
  async () => {
    const { code, all } = await runToEnd({
      wrapper: ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"],
      config: configuration({
        "a.service": { type: "oneshot", command: "true", "private_tmp": true },
      }),
    });
    assertEquals(code === 0, false, all);
    assertMatch(
      all,
      /private_tmp, read_only_paths and hide_proc need CAP_SYS_ADMIN, which the container has not/,
    );
  },
);

/** What the engine keeps from everybody, too: a mask of a file, of a directory, and a part that is read-only. */
const IN_PODMAN = sh(`for place in /tmp /etc /proc/sys/kernel/domainname; do
  (echo > $place/new || echo > $place) 2>/dev/null && echo writes $place; done
cat /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls /proc/acpi /proc/scsi 2>/dev/null | grep -v :; ls -d /proc/1 2>/dev/null; echo told`);

namespaceTest("podman with CAP_SYS_ADMIN, its own filter and its masks", async () => {
  const own = { "private_tmp": true, "hide_proc": true, "read_only_paths": "/etc" };
  const look = { type: "oneshot", command: IN_PODMAN };
  await using run = await inContainer({
    image: "debian",
    config: configuration({
      "console.logging": { selector: "*.info", stdout: true },
      "plain.service": look,
      "root.service": { ...look, ...own, after: "plain.service" },
      "user.service": { ...look, ...own, uid: 4001, capabilities: [] },
    }),
    podman: ["--cap-add=SYS_ADMIN"],
  });
  assertEquals(await run.waitForExit(), 0, run.output.format());
  const seen = (name: string) => linesOf(name, run.output.texts());
  assertEquals(seen("plain"), ["writes /tmp", "writes /etc", "0", "/proc/1", "told"]);
  assertEquals(seen("root"), ["writes /tmp", "0", "/proc/1", "told"], run.output.format());
  assertEquals(seen("user"), ["writes /tmp", "0", "told"], run.output.format());
}, ["podman", "runc"]);
