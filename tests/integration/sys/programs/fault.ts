/** A callback that fails: whoever else reads or waits must not notice. */
import { catchFaults } from "../../../../lib/sys/libc/faults.ts";
import { createOs } from "../../../../lib/sys/os.ts";
import { readAll, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const faults: string[] = [];
const stopCatching = catchFaults((error) => faults.push((error as Error).message));
const os = createOs();
const ends = new Map<number, () => void>();
os.onExit((pid) => () => {
  ends.get(pid)?.();
  throw new Error("exit");
});

async function textOf(script: string): Promise<string> {
  const child = os.spawn(shell(script, { stdout: "pipe" }));
  const ended = new Promise<void>((resolve) => ends.set(child.pid, resolve));
  const text = await readAll(child.stdout);
  await ended;
  return text;
}

const faulty = os.spawn(shell("echo x", { stdout: "pipe" }));
const ended = new Promise<void>((resolve) => ends.set(faulty.pid, resolve));
faulty.stdout?.start(() => {
  throw new Error("read");
}, () => {});
await ended;
const texts = await Promise.all([textOf("echo 1"), textOf("echo 2")]);
await os.close();
report({ texts, faults: faults.toSorted() });
stopCatching();
