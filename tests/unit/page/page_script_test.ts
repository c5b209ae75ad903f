/** What the script of the page does, with a document that is no browser's. */
import { assertEquals } from "@std/assert";
import { PAGE_SCRIPT } from "../../../lib/page/page_script.ts";
import { test } from "../../test.ts";

interface Answer {
  readonly ok: boolean;
  readonly status: number;
}

/** Runs the script, and has it fetch the page as often as there are answers; returns its verdicts. */
async function verdictsOf(answers: readonly (Answer | "none")[]): Promise<string[]> {
  const verdict = { textContent: "" };
  const document = {
    hidden: false,
    getElementById: (id: string) => id === "connection" ? verdict : { hidden: true },
    querySelector: () => null,
    querySelectorAll: () => [],
    addEventListener: () => {},
  };
  let refresh = () => Promise.resolve();
  let next: Answer | "none" = "none";
  const outside = {
    document,
    location: { origin: "", pathname: "/", search: "" },
    fetch: () =>
      next === "none"
        ? Promise.reject(new TypeError("no answer"))
        : Promise.resolve({ ...next, text: () => Promise.resolve("") }),
    DOMParser: class {
      parseFromString = () => document;
    },
    EventSource: class {
      addEventListener = () => {};
    },
    setInterval: (act: typeof refresh) => void (refresh = act),
  };
  new Function(...Object.keys(outside), PAGE_SCRIPT)(...Object.values(outside));
  const verdicts = [verdict.textContent];
  for (const answer of answers) {
    next = answer;
    await refresh();
    verdicts.push(verdict.textContent);
  }
  return verdicts;
}

test("the script says whether the page is live, gone, or cannot be reached", async () => {
  const well = { ok: true, status: 200 };
  assertEquals(await verdictsOf([well, "none", { ok: false, status: 404 }, well]), [
    "live",
    "live",
    "connection lost",
    "gone (404)",
    "live",
  ]);
});
