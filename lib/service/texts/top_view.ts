/** What `telchap top` shows at the moment, and what its keys change about that. */

export const TOP_SORTS = ["cpu", "memory", "name", "restarts"] as const;
export type TopSort = (typeof TOP_SORTS)[number];

/** What to do with the selected service, as telchap calls it. */
export type TopOrder = "restart" | "stop" | "start" | "reload" | "run";

/** A line that is being typed, or a question; about a service whatever is chosen meanwhile. */
export type TopPrompt =
  | { readonly kind: "filter" | "search"; readonly text: string }
  | { readonly kind: "signal"; readonly text: string; readonly service: string }
  | { readonly kind: "confirm"; readonly order: TopOrder; readonly service: string };

/** What is looked at, and how. */
export interface TopView {
  readonly sort: TopSort;
  readonly isReversed: boolean;
  readonly showsProcesses: boolean;
  readonly showsHelp: boolean;
  /** The service that is chosen, null: what belongs to none. Where it is not listed: the first. */
  readonly chosen: string | null | undefined;
  /** Only services with this in their name. */
  readonly filter: string;
  /** What the lower half shows of the selected service. */
  readonly pane: "none" | "log" | "why";
  /** Only lines of the pane with this in them. */
  readonly search: string;
  readonly prompt: TopPrompt | undefined;
}

export const FIRST_VIEW: TopView = {
  sort: "cpu",
  isReversed: false,
  showsProcesses: true,
  showsHelp: false,
  chosen: undefined,
  filter: "",
  pane: "none",
  search: "",
  prompt: undefined,
};

/** What a key leads to: another view, the end, a look at once, or a line of telchap besides. */
export type TopStep = TopView | "quit" | "refresh" | TopOrderStep;

export interface TopOrderStep {
  readonly view: TopView;
  readonly words: readonly string[];
}

/** What is listed. */
export interface TopExtent {
  /** The services in their order. */
  readonly names: readonly (string | null)[];
  /** How many lines of the list are shown. */
  readonly page: number;
}

/** The keys in the order in which the help lists them. */
export const TOP_KEYS: readonly (readonly [keys: string, text: string])[] = [
  ["q, Ctrl-C", "end"],
  ["h, ?", "show this help, or leave it"],
  ["Up, Down, k, j", "choose a service"],
  ["PgUp, PgDn", "choose one a page away"],
  ["Home, End, g, G", "choose the first, the last"],
  ["Enter, l", "show its log, live; again: leave it"],
  ["w", "tell why it is in its state; again: leave it"],
  ["f", "of log or why show only lines with a text"],
  ["/", "list only services with a text in their name"],
  ["R, S, U", "restart, stop, start it; y confirms"],
  ["L, X", "reload it, run it now; y confirms"],
  ["K", "send it a signal"],
  ["Esc", "leave what was opened last"],
  ["c, m, n, r", "sort by processor time, memory, name, restarts"],
  ["i", "turn the order round"],
  ["t", "show or hide the processes of services"],
  ["Space", "look again at once"],
];

const SORT_OF: Readonly<Record<string, TopSort>> = {
  c: "cpu",
  m: "memory",
  n: "name",
  r: "restarts",
};

const ORDER_OF: Readonly<Record<string, TopOrder>> = {
  R: "restart",
  S: "stop",
  U: "start",
  L: "reload",
  X: "run",
};

const MOVE_OF: Readonly<Record<string, "up" | "down" | "page-up" | "page-down" | "home" | "end">> =
  {
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

const ESCAPE = "\x1b";
const PROMPT_MAX_CHARS = 60;

/** Splits what a terminal has sent into keys: sequences that begin with Escape are one. */
export function splitKeys(input: string): string[] {
  // deno-lint-ignore no-control-regex -- Escape begins the sequences of keys without a letter
  return input.match(/\x1b\[[\d;]*[A-Za-z~]|\x1bO[A-Za-z]|[\s\S]/gu) ?? [];
}

/** The service that is chosen; undefined where none is listed. */
export function chosenOf(
  { chosen }: TopView,
  names: TopExtent["names"],
): string | null | undefined {
  return chosen !== undefined && names.includes(chosen) ? chosen : names[0];
}

/** Says what a key leads to; one that means nothing leads to the same view. */
export function pressKey(view: TopView, key: string, extent: TopExtent): TopStep {
  if (key === "\x03") return "quit";
  if (view.prompt !== undefined) return answerPrompt(view, view.prompt, key);
  if (key === "q") return "quit";
  if (key === " ") return "refresh";
  const sort = SORT_OF[key];
  if (sort !== undefined) return { ...view, sort, isReversed: false };
  // From the first key on the service stays chosen, wherever the order puts it.
  return pressPlain({ ...view, chosen: chosenOf(view, extent.names) }, key, extent);
}

function pressPlain(view: TopView, key: string, extent: TopExtent): TopView {
  if (key === ESCAPE) return leaveLast(view);
  if (key === "h" || key === "?") return { ...view, showsHelp: !view.showsHelp };
  if (key === "i") return { ...view, isReversed: !view.isReversed };
  if (key === "t") return { ...view, showsProcesses: !view.showsProcesses };
  if (key === "\r" || key === "l") return { ...view, pane: view.pane === "log" ? "none" : "log" };
  if (key === "w") return { ...view, pane: view.pane === "why" ? "none" : "why" };
  if (key === "/") return { ...view, prompt: { kind: "filter", text: view.filter } };
  if (key === "f" && view.pane !== "none") {
    return { ...view, prompt: { kind: "search", text: view.search } };
  }
  const { chosen: service } = view;
  const order = ORDER_OF[key];
  if (order !== undefined && typeof service === "string") {
    return { ...view, prompt: { kind: "confirm", order, service } };
  }
  if (key === "K" && typeof service === "string") {
    return { ...view, prompt: { kind: "signal", text: "", service } };
  }
  return move(view, key, extent);
}

function leaveLast(view: TopView): TopView {
  if (view.showsHelp) return { ...view, showsHelp: false };
  if (view.search !== "") return { ...view, search: "" };
  if (view.pane !== "none") return { ...view, pane: "none" };
  return { ...view, filter: "" };
}

function answerPrompt(view: TopView, prompt: TopPrompt, key: string): TopStep {
  const closed = { ...view, prompt: undefined };
  if (prompt.kind === "confirm") {
    return key === "y" ? { view: closed, words: [prompt.order, "--", prompt.service] } : closed;
  }
  const isSignal = prompt.kind === "signal";
  if (key === ESCAPE) return isSignal ? closed : { ...closed, [prompt.kind]: "" };
  if (key === "\r" || key === "\n") {
    if (!isSignal || prompt.text === "") return closed;
    return { view: closed, words: ["signal", "--", prompt.service, prompt.text] };
  }
  const isBack = key === "\x7f" || key === "\b";
  const text = isBack ? [...prompt.text].slice(0, -1).join("") : prompt.text + shown(key);
  if (text.length > PROMPT_MAX_CHARS) return view;
  const changed = { ...view, prompt: { ...prompt, text } };
  // What is listed follows what is typed.
  return isSignal ? changed : { ...changed, [prompt.kind]: text };
}

/** A key as a text; empty where it is none. */
function shown(key: string): string {
  return /^[^\p{Cc}]$/u.test(key) ? key : "";
}

function move(view: TopView, key: string, { names, page }: TopExtent): TopView {
  const last = names.length - 1;
  const from = Math.max(0, names.indexOf(chosenOf(view, names) ?? null));
  const to = (index: number) => {
    const chosen = names[Math.max(0, Math.min(last, index))];
    return chosen === undefined ? view : { ...view, chosen };
  };
  switch (MOVE_OF[key]) {
    case "up":
      return to(from - 1);
    case "down":
      return to(from + 1);
    case "page-up":
      return to(from - page);
    case "page-down":
      return to(from + page);
    case "home":
      return to(0);
    case "end":
      return to(last);
    default:
      return view;
  }
}
