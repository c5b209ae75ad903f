/**
 * A service's user against what chaperone reads and writes in directories of that user: log files, env files,
 * secrets, pid files. docs/security.md, "Principles", 3 and 4.
 */
import { assertEquals } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { DATE, openSender } from "./harness/syslog.ts";
import { configuration, python, sh, STAYS } from "./scenario.ts";

const OWN_FOLDER = 'mkdir "$dir/app"; chown nobody "$dir/app"';

namespaceTest(
  "F-008: a log of root that a service moved into its folder stays root's",
  async () => {
    await using run = await inNamespace({
      setup: `${OWN_FOLDER}; umask 077; echo s2 >"$dir/app/x.log"; umask 022`,
      config: configuration({
        "x.logging": { selector: "[x].*", file: "$(TEST_DIR)/app/x.log", uid: "nobody" },
        "y.logging": { selector: "[x].*", file: "$(TEST_DIR)/app/y.log", uid: "nobody" },
        "x.service": { command: sh(STAYS), uid: "nobody" },
      }),
    });
    await run.waitForLine(
      /the log file of x\.logging cannot be opened: .*it belongs to user 0 in a directory of user 65534/,
    );
    await run.waitForLine(/x\[\d+\]: up$/);
    const seen = await run.exec(["sh", "-c", "cd $TEST_DIR/app; stat -c '%n %U %a' *; cat x.log"]);
    // The control: what chaperone has made itself is the user's.
    assertEquals(seen.stdout, "x.log root 600\ny.log nobody 664\ns2\n");
  },
);

/** Exchanges its log file for a FIFO that it holds and does not read, and then fills it. */
const HOLDER = `import os, socket, time
path = os.environ["TEST_DIR"] + "/app/x.log"
os.unlink(path); os.mkfifo(path); held = os.open(path, os.O_RDWR | os.O_NONBLOCK)
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); log.connect("/dev/log")
line = b"<13>Nov 28 10:00:00 x: " + b"f" * 8000
print("exchanged")
for _ in range(400):
    log.send(line)
print("sent")
time.sleep(600)`;

namespaceTest("F-120: a service that makes a FIFO of its log does not stop /dev/log", async () => {
  await using run = await inNamespace({
    setup: OWN_FOLDER,
    config: configuration({
      "console.logging": { selector: "*.*;![x].*", stdout: true },
      "out.logging": { selector: "[x].*;*.!notice", stdout: true },
      "x.logging": { selector: "[x].*", file: "$(TEST_DIR)/app/x.log", uid: "nobody" },
      "x.service": { command: python(HOLDER), uid: "nobody" },
    }),
  });
  await run.waitForLine(
    /Cannot write to log file .*it is no regular file, and root did not make it/,
  );
  using sender = await openSender(run);
  await sender.send(`<13>${DATE} other: hears`);
  await run.waitForLine(/other: hears$/);
});

namespaceTest(
  "F-120: a FIFO of root that nobody reads holds /dev/log up for seconds at most",
  async () => {
    await using run = await inNamespace({
      setup: 'mkfifo "$dir/pipe"; sleep 600 <>"$dir/pipe" & :',
      config: configuration({
        "x.logging": { selector: "[x].*", file: "$(TEST_DIR)/pipe", "queue_size": "64K" },
        "a.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    using sender = await openSender(run);
    const flood = sender.send(...new Array(40).fill(`<13>${DATE} x: ${"f".repeat(8000)}`));
    await run.waitForLine(
      /pipe' takes nothing, and all that write to \/dev\/log wait for it; in 4 s/,
    );
    await run.waitForLine(/Cannot write to log file .*pipe' as fast as records come/);
    await flood;
    await sender.send(`<13>${DATE} other: hears`);
    await run.waitForLine(/other: hears$/);
  },
);
