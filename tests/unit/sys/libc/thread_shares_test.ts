import { assertEquals } from "@std/assert";
import { type ThreadOwner, ThreadShares } from "../../../../lib/sys/libc/thread_shares.ts";
import { test } from "../../../test.ts";

/** What occupies threads, and ends when it is told to. */
class Threads {
  readonly shares = new ThreadShares();
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();
  readonly #runs = new Map<string, Promise<unknown>>();

  ask(owner: ThreadOwner, name: string): void {
    const run = this.shares.run(owner, () => {
      this.begun.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#ends.set(name, resolve);
      return promise;
    });
    this.#runs.set(name, run);
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await this.#runs.get(name);
    await settle();
  }
}

/** What is due begins. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await undefined;
}

const names = (owner: number, count: number) =>
  Array.from({ length: count }, (_, at) => `${owner}.${at + 1}`);

function holdAll(threads: Threads, users: readonly number[]): void {
  for (const user of users) for (const name of names(user, 5)) threads.ask(user, name);
}

test("a user holds four threads, and the next begins when one of them is free", async () => {
  const threads = new Threads();
  holdAll(threads, [1001]);
  await settle();
  assertEquals(threads.begun, names(1001, 4));
  assertEquals(threads.shares.waitingOf(1001), 1);
  await threads.end("1001.2");
  assertEquals(threads.begun.at(-1), "1001.5");
});

test("four users who hold up all that they get leave fourteen others a thread each", async () => {
  const threads = new Threads();
  holdAll(threads, [1001, 1002, 1003, 1004]);
  await settle();
  assertEquals(threads.begun, [...names(1001, 4), "1002.1", "1003.1", "1004.1"]);
  const others = Array.from({ length: 11 }, (_, at) => 2001 + at);
  for (const user of others) threads.ask(user, `${user}`);
  await settle();
  assertEquals(threads.begun.slice(7), others.map(String));
  threads.ask(3000, "one too many");
  await settle();
  assertEquals(threads.shares.waitingOf(3000), 1);
  await threads.end("2001");
  assertEquals(threads.begun.at(-1), "one too many");
});

test("what is root's and chaperone's own waits for no user", async () => {
  const threads = new Threads();
  for (let user = 1001; user < 1021; user++) threads.ask(user, `${user}`);
  for (const owner of [0, "chaperone", "somebody"] as const) threads.ask(owner, `${owner}`);
  await settle();
  assertEquals(threads.begun.slice(18), ["0", "chaperone"]);
});

test("nothing begins while all is to be still, and who holds a thread up is told of", async () => {
  const threads = new Threads();
  assertEquals(await threads.shares.still(), true);
  threads.ask(1001, "a");
  await settle();
  assertEquals(threads.begun, []);
  threads.shares.resume();
  await settle();
  assertEquals(threads.begun, ["a"]);
  const quiet = threads.shares.still();
  await threads.end("a");
  assertEquals(await quiet, true);
  threads.shares.resume();
});
