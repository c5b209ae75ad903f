/** The disk under log files: what they may take together, and what they leave to others. */
import { assert, assertEquals } from "@std/assert";
import { inNamespace } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { configuration, sh } from "../scenario.ts";

const KIB = 1024;

namespaceTest(
  "log_disk_max removes rotated files of all logs, in a directory of a user only its own",
  async () => {
    const log = { "rotate_size": "16K", "rotate_keep": 50 };
    const lines = (count: number) => sh(`yes "$(printf %0100d 7)" | head -n ${count}; sleep 1000`);
    await using run = await inNamespace({
      setup:
        'mkdir "$dir/root" "$dir/user"; : > "$dir/user/log.9"; chown -R 1000:1000 "$dir/user"; ' +
        'head -c 100000 /dev/zero > "$dir/root/other.log.1"',
      config: configuration({
        settings: { "log_disk_max": "128K" },
        "a.logging": { ...log, file: "$(TEST_DIR)/root/log", selector: "[a].*" },
        "b.logging": { ...log, file: "$(TEST_DIR)/user/log", selector: "[b].*", uid: "1000" },
        "a.service": { command: lines(3000), stdout: "log" },
        "b.service": { command: lines(3000), stdout: "log" },
      }),
    });
    await run.waitForLine(/removed .*\/user\/log\.\d+: log files have reached log_disk_max/);
    const sizeOf = async () => {
      const listed = await run.exec([
        "sh",
        "-c",
        'cd "$TEST_DIR"; cat root/log root/log.? user/log user/log.[1-8] | wc -c',
      ]);
      return Number(listed.stdout);
    };
    // The step between two looks, and what is written before a look counts.
    await waitUntil(async () => (await sizeOf()) <= 150 * KIB || undefined, "the limit");
    const { code } = await run.exec([
      "sh",
      "-c",
      'test -e "$TEST_DIR/root/other.log.1" && test -e "$TEST_DIR/user/log.9"',
    ]);
    assertEquals(code, 0);
  },
);

namespaceTest(
  "below log_disk_reserve only warnings are written; both ends are told once",
  async () => {
    await using run = await inNamespace({
      setup: 'mkdir "$dir/small"; mount -t tmpfs -o size=4m tmpfs "$dir/small"; ' +
        'head -c 3500000 /dev/zero > "$dir/small/filler"',
      config: configuration({
        settings: { "log_disk_reserve": "2M" },
        "a.logging": { file: "$(TEST_DIR)/small/log", selector: "[web].*" },
        "web.service": {
          command: sh(
            "n=0; while :; do n=$((n+1)); echo info $n; echo warn $n >&2; sleep 0.2; done",
          ),
          stdout: "log",
          stderr: "log",
        },
      }),
    });
    await run.waitForLine(/only warnings and worse are written.*less than log_disk_reserve/);
    await run.exec(["sh", "-c", 'rm -f "$TEST_DIR/small/filler"']);
    const told = await run.waitForLine(/all records are written again to log files.*left out/);
    assert(!/ 0 records were left out/.test(told), told);
    const { stdout } = await run.exec(["sh", "-c", 'cat "$TEST_DIR/small/log"']);
    const numbers = (word: string) =>
      [...stdout.matchAll(new RegExp(`: ${word} (\\d+)$`, "gm"))].map(([, number]) =>
        Number(number)
      );
    assertEquals(numbers("warn"), numbers("warn").map((_, at) => at + 1), "no warning is missing");
    assert(numbers("info").length < numbers("warn").length, stdout);
    assertEquals(
      run.output.texts().filter((line) => /only warnings and worse/.test(line)).length,
      1,
    );
  },
);
