/**
 * Memory does not depend on how many records came. MEMORY_ROUNDS makes it longer: a round is
 * 100,000 records from /dev/log and as many lines of a service, to a file and, by the way of a
 * queue that is always full, to a log host.
 */
import { assert } from "@std/assert";
import { inNamespace } from "../harness/namespace.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { waitForLineIn } from "../harness/syslog.ts";

const ROUNDS = Number(Deno.env.get("MEMORY_ROUNDS") ?? 6);

/** Rounds in which the engine's heap finds its size. */
const WARM_ROUNDS = 2;

const GROWTH_MAX_KIB = 12 * 1024;

const SENDER = `#!/usr/bin/python3
import os, socket, sys, threading, time
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
while True:
    try: log.connect("/dev/log"); break
    except OSError: time.sleep(0.02)
for round in range(${ROUNDS}):
    for i in range(0, 100000, 100):
        os.write(1, b"".join(b"line %d of a service\\n" % n for n in range(i, i + 100)))
        for n in range(i, i + 100): log.send(b"<13>Jan  5 10:11:12 prog%d[%d]: record %d" % (n % 7, n, n))
    rss = [line.split()[1] for line in open("/proc/1/status") if line.startswith("RssAnon")][0]
    log.send(b"<8>Jan  5 10:11:12 round: %d %s" % (round, rss.encode()))
log.send(b"<8>Jan  5 10:11:12 round: over")
time.sleep(999)
`;

namespaceTest(`memory stays flat over ${ROUNDS * 200_000} records`, async () => {
  await using run = await inNamespace({
    config: `
sender.service: { command: "$(TEST_DIR)/sender" }
all.logging: { file: "$(TEST_DIR)/log", selector: "user,daemon.notice", rotate_size: 2M, rotate_keep: 1 }
out.logging: { file: "$(TEST_DIR)/out", selector: "daemon.*", format: json, rotate_size: 2M, rotate_keep: 1 }
host.logging: { syslog_host: "tcp://localhost:9", selector: "*.*" }
rounds.logging: { file: "$(TEST_DIR)/rounds", selector: "[round].*" }
`,
    files: { sender: SENDER },
  });
  const lines = await waitForLineIn(`${run.directory}/rounds`, /over$/, ROUNDS * 20_000);
  const sizes = lines.flatMap((line) => / round: \d+ (\d+)$/.exec(line)?.[1] ?? []).map(Number);
  const warm = Math.max(...sizes.slice(0, WARM_ROUNDS));
  const growth = Math.max(...sizes.slice(WARM_ROUNDS)) - warm;
  assert(growth < GROWTH_MAX_KIB, `KiB after each round: ${sizes}`);
}, ["python3"]);
