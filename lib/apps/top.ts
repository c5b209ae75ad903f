/**
 * `telchap top`: services and their processes on a screen of their own, looked at every other
 * second, what they write as it comes, and keys that do what telchap does.
 */
import { SCREEN } from "../base/ansi.ts";
import type { AnswerOf } from "../commands/answers.ts";
import {
  divideRows,
  drawTop,
  formatTopList,
  namesOf,
  type TopSample,
} from "../service/texts/top_screen.ts";
import {
  chosenOf,
  FIRST_VIEW,
  pressKey,
  splitKeys,
  type TopOrderStep,
  type TopView,
} from "../service/texts/top_view.ts";
import { nowMs, setTimer } from "../sys/libc/clock.ts";
import { print } from "../sys/self/print.ts";
import { readUsage } from "../sys/processes/process_usage.ts";
import { ownPid, wantsColour } from "../sys/self/program.ts";
import { machineLoad } from "../sys/self/machine_load.ts";
import { openScreen, type Screen } from "../sys/self/screen.ts";
import { askChaperone, NobodyAnswers } from "./ask.ts";
import { TopFeed } from "./top_feed.ts";

const PERIOD_MS = 2000;
const LONGEST_PERIOD_MS = 20_000;
/** How much of a processor may go by with looking: with many services it is done less often. */
const BUSY_SHARE = 0.02;
/** For its answers chaperone takes as much besides, at the least. */
const ASKED_FACTOR = 2;
const AWAY = "chaperone does not answer; it is asked again";
/** The width of the list where stdout is no terminal. */
const FILE_COLUMNS = 200;

/** chaperone did not answer as asked; the message is what it said. */
class Refusal extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Shows what runs until `q`; where no terminal is, once. Returns the exit status. */
export async function runTop(): Promise<number> {
  try {
    return await show();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    print("stderr", [error.message]);
    return error.exitCode;
  }
}

async function show(): Promise<number> {
  const first = await takeSample();
  const input = Promise.withResolvers<void>();
  let top: Top | undefined;
  const screen = openScreen({
    input: (text) => top?.take(text),
    resized: () => top?.draw(),
    ended: input.resolve,
  });
  if (screen === undefined) {
    printOnce(first);
    return 0;
  }
  try {
    top = new Top(screen, first, input.resolve);
    return await top.run(input.promise);
  } finally {
    top?.close();
    screen.close();
  }
}

function printOnce(sample: TopSample): void {
  const list = formatTopList(sample, undefined, FIRST_VIEW);
  const size = { columns: FILE_COLUMNS, rows: list.length + 4 };
  const lines = drawTop(sample, list, { view: FIRST_VIEW, size, colour: false, told: [] });
  // Nobody can choose anything there.
  print("stdout", lines.slice(0, -1).map((line) => line.replace(/^>/, " ").trimEnd()));
}

class Top {
  readonly #screen: Screen;
  readonly #quit: () => void;
  readonly #colour = wantsColour("stdout");
  readonly #feed = new TopFeed(() => this.draw());
  #view: TopView = FIRST_VIEW;
  #sample: TopSample;
  #before: TopSample | undefined;
  #message: string | undefined;
  #periodMs = PERIOD_MS;
  #drawn = "";
  #wake = () => {};

  constructor(screen: Screen, sample: TopSample, quit: () => void) {
    this.#screen = screen;
    this.#sample = sample;
    this.#quit = quit;
  }

  /** Looks again and again until the promise resolves; returns the exit status. */
  async run(ended: Promise<void>): Promise<number> {
    let isOver = false;
    this.draw();
    void ended.then(() => {
      isOver = true;
      this.#wake();
    });
    for (;;) {
      await this.#pause();
      if (isOver) return 0;
      const beforeMs = ownCpuMs();
      await this.#look();
      this.draw();
      const wantedMs = (ownCpuMs() - beforeMs) * ASKED_FACTOR / BUSY_SHARE;
      this.#periodMs = Math.min(Math.max(wantedMs, PERIOD_MS), LONGEST_PERIOD_MS);
    }
  }

  /** Gives up what is asked for. */
  close(): void {
    this.#feed.close();
  }

  async #look(): Promise<void> {
    try {
      const sample = await takeSample();
      this.#before = this.#sample;
      this.#sample = sample;
      if (this.#message === AWAY) this.#message = undefined;
      this.#feed.refresh();
    } catch (error) {
      // It may be executing itself, and be back at the next look.
      if (!(error instanceof NobodyAnswers || error instanceof Refusal)) throw error;
      this.#message = AWAY;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = setTimer(this.#periodMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Takes what was typed. */
  take(text: string): void {
    for (const key of splitKeys(text)) {
      const page = divideRows(this.#screen.size(), this.#view).list;
      this.#message = undefined;
      const step = pressKey(this.#view, key, { names: namesOf(this.#list()), page });
      if (step === "quit") return this.#quit();
      if (step === "refresh") this.#wake();
      else if ("words" in step) void this.#order(step);
      else this.#view = step;
    }
    this.draw();
  }

  async #order({ view, words }: TopOrderStep): Promise<void> {
    this.#view = view;
    const [name = ""] = words;
    this.#message = `${name} …`;
    let answer = "";
    try {
      await askChaperone({ words, colour: false }, (piece) => answer += piece);
      this.#message = answer.trim().replaceAll("\n", "; ") || `${name}: done`;
    } catch (error) {
      this.#message = error instanceof Error ? error.message : String(error);
    }
    this.#wake();
  }

  /** Draws what there is; nothing is written where nothing has changed. */
  draw(): void {
    const view = this.#view;
    const list = this.#list();
    const chosen = chosenOf(view, namesOf(list));
    this.#feed.show(view.pane === "none" ? undefined : view.pane, chosen ?? undefined);
    const lines = drawTop(this.#sample, list, {
      view,
      size: this.#screen.size(),
      colour: this.#colour,
      told: this.#feed.lines,
      message: this.#message,
    });
    const text = SCREEN.home + lines.join(`${SCREEN.clearLine}\r\n`) + SCREEN.clearLine +
      SCREEN.clearBelow;
    if (text === this.#drawn) return;
    this.#drawn = text;
    this.#screen.write(text);
  }

  #list() {
    return formatTopList(this.#sample, this.#before, this.#view);
  }
}

/** What top has taken of processors so far. */
function ownCpuMs(): number {
  const pid = ownPid();
  return readUsage([pid]).get(pid)?.cpuMs ?? 0;
}

/** @throws {Refusal} */
async function takeSample(): Promise<TopSample> {
  const { version, uptimeSecs, readiness, services } = await askForTree();
  return {
    atMs: nowMs(),
    version,
    uptimeMs: uptimeSecs * 1000,
    readiness,
    load: machineLoad(),
    services: services.map(({ sinceSecs, ...service }) => ({
      ...service,
      sinceMs: sinceSecs === null ? undefined : sinceSecs * 1000,
    })),
  };
}

/** @throws {Refusal} */
async function askForTree(): Promise<AnswerOf<"tree">> {
  let text = "";
  const request = { words: ["tree", "--json"], colour: false };
  const exitCode = await askChaperone(request, (piece) => text += piece);
  if (exitCode === 0) return JSON.parse(text) as AnswerOf<"tree">;
  throw new Refusal(text.trimEnd() || "chaperone ended before it had answered", exitCode ?? 1);
}
