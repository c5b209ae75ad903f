/** Reads on threads: one user's do not take those of others, and none is under way at an exec. */
import { assertEquals } from "@std/assert";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { threadShares } from "../../../../lib/sys/libc/thread_shares.ts";
import { readAside } from "../../../../lib/sys/processes/reads_aside.ts";
import { test } from "../../../test.ts";

// All entries are opened here once: within a test that would count as a leak.
Object.values(libc());

/** A pipe whose reader waits, as one does that its writer holds up. */
class HeldPipe {
  readonly #ends = new Int32Array(new ArrayBuffer(8));
  read = "nothing";
  readonly done: Promise<void>;

  constructor(owner: number) {
    libc().pipe2(this.#ends, 0);
    this.done = readAside(this.#ends[0] as number, owner, (bytes) => {
      this.read = new TextDecoder().decode(bytes);
    });
  }

  async release(): Promise<void> {
    libc().write(this.#ends[1] as number, new TextEncoder().encode("text"), 4n);
    await this.done;
    for (const fd of this.#ends) libc().close(fd);
  }
}

test("pipes that one user holds up do not hold up those of another", async () => {
  const held = Array.from({ length: 5 }, () => new HeldPipe(1001));
  const other = new HeldPipe(1002);
  await other.release();
  assertEquals(other.read, "text");
  assertEquals(await threadShares.still(), false);
  threadShares.resume();
  for (const pipe of held) await pipe.release();
  assertEquals(held.map(({ read }) => read), new Array(5).fill("text"));
});

test("while reads are still none begins", async () => {
  assertEquals(await threadShares.still(), true);
  const pipe = new HeldPipe(1001);
  const released = pipe.release();
  await new Promise((resolve) => setTimeout(resolve, 1));
  assertEquals(pipe.read, "nothing");
  threadShares.resume();
  await released;
  assertEquals(pipe.read, "text");
});
