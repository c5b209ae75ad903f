/** Which lines of a log a page shows: those with a text, those of a level or worse. */
import { escapeText, plainText } from "./markup.ts";

/** What can be chosen; the worst last. Empty: all. */
const FILTER_LEVELS = ["", "info", "notice", "warn", "err"] as const;
type FilterLevel = (typeof FILTER_LEVELS)[number];

const LEVEL_TEXT: Readonly<Record<FilterLevel, string>> = {
  "": "all levels",
  info: "info and worse",
  notice: "notice and worse",
  warn: "warnings and worse",
  err: "errors",
};

const SEARCH_MAX_CHARS = 200;

/** What a reader has chosen; it stands in the address of the page, which can be sent to somebody. */
export interface LogFilter {
  readonly search: string;
  readonly level: FilterLevel;
}

/** All lines. */
export const NO_FILTER: LogFilter = { search: "", level: "" };

/** Reads the query of an address; what makes no sense there is left out. */
export function readLogFilter(query: string): LogFilter {
  const parameters = new URLSearchParams(query);
  const level = FILTER_LEVELS.find((each) => each === parameters.get("level")) ?? "";
  return { search: (parameters.get("search") ?? "").slice(0, SEARCH_MAX_CHARS), level };
}

/** Whether any line is left out. */
export function isFiltered({ search, level }: LogFilter): boolean {
  return search !== "" || level !== "";
}

/** Renders what a filter is chosen by. */
export function renderLogFilter({ search, level }: LogFilter): string {
  const options = FILTER_LEVELS.map((each) =>
    `<option value="${each}"${each === level ? " selected" : ""}>${LEVEL_TEXT[each]}</option>`
  );
  return '<form class="filter" role="search"><label>Lines with ' +
    `<input type="search" name="search" maxlength="${SEARCH_MAX_CHARS}" value="${
      escapeText(plainText(search))
    }"></label> <label>of <select name="level">${options.join("")}</select></label>` +
    "<button>Show</button></form>";
}
