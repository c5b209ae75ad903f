/** The system side of alerts in one piece, for lib/apps to pass on. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { AlertOs } from "../../door/alert_os.ts";
import { setTimer } from "../libc/clock.ts";
import { logFiles } from "../logs/log_files.ts";
import type { OwnedOs } from "../os.ts";
import { postAlert } from "./alert_post.ts";

/** Returns what alerts are delivered by; commands get `variables` as their environment. */
export function createAlertOs(
  os: OwnedOs,
  variables: Readonly<Record<string, string>>,
): AlertOs {
  return {
    post: postAlert,
    append: appendText,
    run(argv, input, limitMs) {
      const found = os.findExecutable(argv[0] ?? "", variables["PATH"]);
      if (found.kind !== "found") {
        const errno = found.kind === "missing" ? ERRNO.ENOENT : ERRNO.EACCES;
        throw new SystemError("execve", errno, found.path);
      }
      const { pid } = os.spawnAside({
        argv: [found.path, ...argv.slice(1)],
        env: variables,
        stdin: { text: input },
        stdout: "null",
        stderr: "inherit",
        ownSession: true,
        limits: [],
      });
      const held = os.hold(pid);
      if (held === undefined) return;
      setTimer(limitMs, () => {
        held.signal(SIGNAL.SIGKILL, { group: true });
        held.close();
      });
    },
  };
}

async function appendText(path: string, text: string): Promise<void> {
  const file = logFiles.open({ path, truncate: false });
  try {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) {
      const written = await file.write(bytes);
      if (written <= 0) throw new SystemError("write", ERRNO.ENOSPC, path);
      bytes = bytes.subarray(written);
    }
  } finally {
    file.close();
  }
}
