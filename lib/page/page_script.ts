/**
 * What keeps an open page current. It fetches the page again, every other second and as soon as a
 * service changes, and exchanges the parts that differ; so there is one way to make a page, and it
 * needs no script. Nothing happens while the page is not in sight, or where text in it is selected.
 */

/** The script. */
export const PAGE_SCRIPT = `"use strict";
(() => {
  const INTERVAL_MS = 2000;
  const verdict = document.getElementById("connection");
  let isBusy = false;
  let isStale = false;

  const isSelected = (part) => {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && selection.containsNode(part, true);
  };

  const exchange = (part, fresh) => {
    if (fresh === null || fresh.innerHTML === part.innerHTML || isSelected(part)) return;
    const offsets = [...part.querySelectorAll(".panel")].map((each) => [each.scrollTop, each.scrollLeft]);
    part.replaceChildren(...fresh.childNodes);
    part.querySelectorAll(".panel").forEach((each, at) => {
      [each.scrollTop, each.scrollLeft] = offsets[at] ?? [0, 0];
    });
  };

  const refresh = async () => {
    if (document.hidden) return;
    isStale = isBusy;
    if (isBusy) return;
    isBusy = true;
    try {
      const response = await fetch(location.pathname + location.search, { cache: "no-store" });
      const text = await response.text();
      const next = new DOMParser().parseFromString(text, "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        exchange(part, next.getElementById(part.id));
      }
      verdict.textContent = "live";
    } catch {
      verdict.textContent = "connection lost";
    }
    isBusy = false;
    if (isStale) refresh();
  };

  const events = new EventSource("/events");
  for (const name of ["phase", "system"]) events.addEventListener(name, refresh);
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, INTERVAL_MS);
  verdict.textContent = "live";
})();
`;
