/** What `telchap top` shows at the moment, and what its keys change about that. */

export const TOP_SORTS = ["cpu", "memory", "name", "restarts"] as const;
export type TopSort = (typeof TOP_SORTS)[number];

/** What is looked at, and how. */
export interface TopView {
  readonly sort: TopSort;
  readonly isReversed: boolean;
  readonly showsProcesses: boolean;
  readonly showsHelp: boolean;
  /** The first line of the list that is shown, from 0; may lie behind the end of the list. */
  readonly offset: number;
}

export const FIRST_VIEW: TopView = {
  sort: "cpu",
  isReversed: false,
  showsProcesses: true,
  showsHelp: false,
  offset: 0,
};

/** What a key leads to: another view, the end, or a look at once. */
export type TopStep = TopView | "quit" | "refresh";

/** How the list lies on the screen. */
export interface TopExtent {
  readonly lines: number;
  readonly page: number;
}

/** The keys in the order in which the help lists them. */
export const TOP_KEYS: readonly (readonly [keys: string, text: string])[] = [
  ["q, Ctrl-C", "end"],
  ["h, ?", "show this help, or leave it"],
  ["c", "sort by processor time"],
  ["m", "sort by memory"],
  ["n", "sort by name"],
  ["r", "sort by restarts"],
  ["i", "turn the order round"],
  ["t", "show or hide the processes of services"],
  ["Up, Down, k, j", "scroll by a line"],
  ["PgUp, PgDn", "scroll by a page"],
  ["Home, End, g, G", "go to the first line, to the last"],
  ["Space", "look again at once"],
];

const SORT_OF: Readonly<Record<string, TopSort>> = {
  c: "cpu",
  m: "memory",
  n: "name",
  r: "restarts",
};

const SCROLL_OF: Readonly<
  Record<string, "up" | "down" | "page-up" | "page-down" | "home" | "end">
> = {
  k: "up",
  "\x1b[A": "up",
  "\x1bOA": "up",
  j: "down",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x1b[5~": "page-up",
  "\x1b[6~": "page-down",
  g: "home",
  "\x1b[H": "home",
  "\x1bOH": "home",
  "\x1b[1~": "home",
  G: "end",
  "\x1b[F": "end",
  "\x1bOF": "end",
  "\x1b[4~": "end",
};

/** Splits what a terminal has sent into keys: sequences that begin with Escape are one. */
export function splitKeys(input: string): string[] {
  // deno-lint-ignore no-control-regex -- Escape begins the sequences of keys without a letter
  return input.match(/\x1b\[[\d;]*[A-Za-z~]|\x1bO[A-Za-z]|[\s\S]/gu) ?? [];
}

/** Says what a key leads to; one that means nothing leads to the same view. */
export function pressKey(view: TopView, key: string, extent: TopExtent): TopStep {
  if (key === "q" || key === "\x03") return "quit";
  if (key === " ") return "refresh";
  if (key === "h" || key === "?") return { ...view, showsHelp: !view.showsHelp };
  if (key === "\x1b") return { ...view, showsHelp: false };
  if (key === "i") return { ...view, isReversed: !view.isReversed };
  if (key === "t") return { ...view, showsProcesses: !view.showsProcesses };
  const sort = SORT_OF[key];
  if (sort !== undefined) return { ...view, sort, isReversed: false, offset: 0 };
  return { ...view, offset: scroll(view.offset, key, extent) };
}

function scroll(offset: number, key: string, { lines, page }: TopExtent): number {
  const last = Math.max(0, lines - page);
  const from = Math.min(offset, last);
  switch (SCROLL_OF[key]) {
    case "up":
      return Math.max(0, from - 1);
    case "down":
      return Math.min(last, from + 1);
    case "page-up":
      return Math.max(0, from - page);
    case "page-down":
      return Math.min(last, from + page);
    case "home":
      return 0;
    case "end":
      return last;
    default:
      return from;
  }
}
