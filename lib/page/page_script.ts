/**
 * What keeps an open page current. It fetches the page again, every other second and as soon as a
 * service changes, and exchanges the parts that differ; so there is one way to make a page, and it
 * needs no script. Nothing happens while the page is not in sight, nor to a part in which text is
 * selected or a button is being pressed; what the keyboard is at stays at it. The filter of the log
 * acts as it is typed, and there are keys.
 */

/** The script. */
export const PAGE_SCRIPT = `"use strict";
const INTERVAL_MS = 2000;
const FOCUSABLE = "a, button, [tabindex]";
const verdict = document.getElementById("connection");
const filter = document.querySelector("form.filter");
let isBusy = false;
let isStale = false;

const isSelected = (part) => {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(part, true);
};

const nameOf = (element) => element.matches("[tabindex]") ? element.className : element.outerHTML;

const exchange = (part, fresh) => {
  if (fresh === null || fresh.innerHTML === part.innerHTML || isSelected(part)) return;
  if (part.querySelector("button:active") !== null) return;
  const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : undefined;
  const offsets = [...part.querySelectorAll(".panel")].map((each) => [each.scrollTop, each.scrollLeft]);
  part.replaceChildren(...fresh.childNodes);
  part.querySelectorAll(".panel").forEach((each, at) => {
    [each.scrollTop, each.scrollLeft] = offsets[at] ?? [0, 0];
  });
  if (focused === undefined) return;
  const again = [...part.querySelectorAll(FOCUSABLE)].find((each) => nameOf(each) === focused);
  again?.focus({ preventScroll: true });
};

const refresh = async () => {
  if (document.hidden) return;
  isStale = isBusy;
  if (isBusy) return;
  isBusy = true;
  try {
    const response = await fetch(location.origin + location.pathname + location.search, { cache: "no-store" });
    const text = await response.text();
    const next = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      exchange(part, next.getElementById(part.id));
    }
    verdict.textContent = response.ok ? "live" : "gone (" + response.status + ")";
  } catch {
    verdict.textContent = "connection lost";
  }
  isBusy = false;
  if (isStale) refresh();
};

const choose = () => {
  const chosen = [...new FormData(filter)].filter(([, value]) => value !== "");
  const query = String(new URLSearchParams(chosen));
  history.replaceState(null, "", location.pathname + (query && "?" + query));
  refresh();
};

filter?.addEventListener("input", choose);
filter?.addEventListener("submit", (event) => {
  event.preventDefault();
  choose();
});

const goTo = (step) => {
  const links = [...document.querySelectorAll(".services td.name a")];
  const at = links.indexOf(document.activeElement);
  links.at(at < 0 ? Math.min(step, 0) : (at + step) % links.length)?.focus();
};

const keys = {
  "/": () => filter?.elements.search.focus(),
  j: () => goTo(1),
  k: () => goTo(-1),
  u: () => document.querySelector("nav a")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (keys[event.key] === undefined) return;
  event.preventDefault();
  keys[event.key]();
});
document.getElementById("keys").hidden = false;

const events = new EventSource("/events");
for (const name of ["phase", "system"]) events.addEventListener(name, refresh);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, INTERVAL_MS);
verdict.textContent = "live";
`;
