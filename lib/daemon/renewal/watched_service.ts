/**
 * Watches the files of one service: waits for the kernel's word, or for the time of the next look, has
 * the files looked at by another process, and tells what is different from the look before.
 *
 * While nothing happens there is neither a timer nor a process, but for files of which the kernel does
 * not tell. Whoever floods the kernel with changes is read a few times a second, and has a bounded
 * number of looks.
 */
import type {
  ChangeNews,
  ChangeQueue,
  FileLooker,
  LookAnswer,
  LookRequest,
  Stamps,
} from "../../door/file_look.ts";
import type { Os } from "../../door/os.ts";
import { compareStamps, type RuleChange } from "../../service/renewal/file_changes.ts";
import { fullBudget, type LookBudget, takeLook } from "../../service/renewal/look_budget.ts";

export interface WatchedServiceParts {
  readonly os: Pick<Os, "setTimer" | "nowMs">;
  readonly looker: FileLooker;
  /** What is to be looked at, at this moment. */
  readonly request: () => LookRequest;
  readonly debounceMs: number;
  readonly pollMs: number;
  /** Says whether a name in a directory may be one that a pattern means. */
  readonly matches: (name: string) => boolean;
  readonly changed: (changes: readonly RuleChange[]) => void;
  /** Told once for each text in a row. */
  readonly tell: (level: "info" | "warn", text: string) => void;
}

/** After news that concerns nobody, no more is read for so long. */
const PAUSE_MS = 250;

/** Whoever goes on changing files puts a look off so many times. */
const PUT_OFF_TIMES = 10;

export class WatchedService {
  readonly #parts: WatchedServiceParts;
  #queue: ChangeQueue | undefined;
  #seen: readonly Stamps[] | undefined;
  #names: ReadonlySet<string> = new Set();
  #budget: LookBudget;
  #cancelLook = () => {};
  #cancelTimer = () => {};
  #cancelPause = () => {};
  #isLookingAgain = false;
  #lastTold: string | undefined;

  /** `seen` is what another incarnation saw last. */
  constructor(parts: WatchedServiceParts, seen?: readonly Stamps[]) {
    this.#parts = parts;
    this.#seen = seen;
    this.#budget = fullBudget(parts.os.nowMs());
  }

  /** Looks for the first time. */
  open(): void {
    this.#look();
  }

  /** What was seen last; undefined before the first look. */
  get seen(): readonly Stamps[] | undefined {
    return this.#seen;
  }

  close(): void {
    this.#cancelLook();
    this.#cancelTimer();
    this.#cancelPause();
    this.#queue?.close();
    this.#queue = undefined;
  }

  #after(delayMs: number, act: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.os.setTimer(delayMs, act);
  }

  /** Changes from here on go to the new queue. */
  #look(): void {
    const { looker, request, pollMs } = this.#parts;
    this.#cancelTimer();
    this.#cancelPause();
    this.#queue?.close();
    this.#queue = looker.openQueue();
    this.#cancelLook = looker.look(request(), this.#queue, {
      late: (text) => this.#tell("warn", `watched files cannot be looked at yet: ${text}`),
      done: (outcome) => {
        if (outcome.kind === "looked") return this.#looked(outcome.answer);
        this.#tell("warn", `watched files cannot be looked at: ${outcome.text}`);
        this.#after(pollMs, () => this.#lookInTime());
      },
    });
  }

  #lookInTime(): void {
    const { budget, delayMs } = takeLook(this.#budget, this.#parts.os.nowMs());
    this.#budget = budget;
    if (delayMs === 0) this.#look();
    else this.#after(delayMs, () => this.#look());
  }

  #looked(answer: LookAnswer): void {
    const before = this.#seen;
    this.#names = new Set(answer.names);
    if (before === undefined) {
      this.#seen = answer.rules;
      this.#wait(answer);
      return this.#tellExtent(answer);
    }
    const { changes, hasVanished } = compareStamps(before, answer.rules);
    // A file that is replaced may be missing for a moment.
    if (hasVanished && !this.#isLookingAgain) {
      this.#isLookingAgain = true;
      return this.#after(this.#parts.debounceMs, () => this.#lookInTime());
    }
    this.#isLookingAgain = false;
    this.#seen = answer.rules;
    this.#wait(answer);
    if (changes.length > 0) this.#parts.changed(changes);
  }

  #wait({ blind }: LookAnswer): void {
    if (blind !== undefined || this.#queue === undefined) {
      this.#after(this.#parts.pollMs, () => this.#lookInTime());
    }
    this.#queue?.watch(() => this.#stirred());
  }

  #stirred(): void {
    const queue = this.#queue;
    if (queue === undefined) return;
    const isMeant = this.#isMeant(queue.read());
    queue.ignore();
    if (isMeant) return this.#settle(1);
    // Not by the timer of the next look, which goes on.
    this.#cancelPause = this.#parts.os.setTimer(PAUSE_MS, () => {
      if (this.#queue === queue) queue.watch(() => this.#stirred());
    });
  }

  /** Waits until nobody writes any more. */
  #settle(times: number): void {
    this.#after(this.#parts.debounceMs, () => {
      const isStirred = this.#queue !== undefined && this.#isMeant(this.#queue.read());
      if (isStirred && times < PUT_OFF_TIMES) this.#settle(times + 1);
      else this.#lookInTime();
    });
  }

  #isMeant({ names, isUnnamed }: ChangeNews): boolean {
    if (isUnnamed) return true;
    return [...names].some((name) => this.#names.has(name) || this.#parts.matches(name));
  }

  #tellExtent({ rules, blind, leftOut }: LookAnswer): void {
    const count = rules.reduce((sum, stamps) => sum + Object.keys(stamps).length, 0);
    const seconds = this.#parts.pollMs / 1000;
    const how = this.#queue === undefined ? "there is no inotify left" : blind;
    const polled = how === undefined ? "" : `, every ${seconds} s, since ${how}`;
    this.#tell("info", `watches ${count} ${count === 1 ? "file" : "files"}${polled}`);
    if (leftOut !== undefined) this.#tell("warn", `does not watch all files: ${leftOut}`);
  }

  #tell(level: "info" | "warn", text: string): void {
    if (text === this.#lastTold) return;
    this.#lastTold = text;
    this.#parts.tell(level, text);
  }
}
