/** How the site of the documents looks, and its search. */

export const STYLE = `:root {
  --ink: #1c2024; --paper: #ffffff; --faint: #5c6670; --line: #d9dee3; --code: #f3f5f7; --link: #0b5cad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #dfe4e8; --paper: #15191d; --faint: #98a3ad; --line: #333b43; --code: #1f252b; --link: #77b7f5;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); color: var(--ink);
  background: var(--paper); font: 16px/1.55 system-ui, sans-serif;
}
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1rem; font-size: .92rem;
  border-right: 1px solid var(--line);
}
nav ul, nav ol { list-style: none; margin: 0; padding: 0; }
nav ul ul { margin: .2rem 0 .5rem; padding-left: .8rem; border-left: 2px solid var(--line); }
nav li { margin: .22rem 0; }
nav a { color: var(--ink); text-decoration: none; }
nav a:hover, nav a[aria-current] { color: var(--link); }
nav a[aria-current] { font-weight: 600; }
#search {
  width: 100%; padding: .4rem .6rem; margin-bottom: .8rem; font: inherit; color: inherit;
  background: var(--code); border: 1px solid var(--line); border-radius: 6px;
}
#found li { margin: .5rem 0; }
#found small { display: block; color: var(--faint); line-height: 1.35; }
main { max-width: 56rem; padding: 1rem 2.5rem 6rem; min-width: 0; }
h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .6rem; }
h1 { margin-top: .4rem; }
h2 { padding-top: .6rem; border-top: 1px solid var(--line); }
a { color: var(--link); }
.self { visibility: hidden; text-decoration: none; font-weight: 400; }
:is(h1, h2, h3):hover .self, .self:focus { visibility: visible; }
code { font: .88em/1.45 ui-monospace, monospace; background: var(--code); border-radius: 4px; padding: .08em .3em; }
pre { background: var(--code); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; }
pre code { padding: 0; background: none; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .8rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); }
img { max-width: 100%; height: auto; }
@media (max-width: 800px) {
  body { display: block; }
  nav { position: static; height: auto; max-height: 45vh; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1rem 1rem 4rem; }
}
@media print { nav, .self { display: none; } body { display: block; } }
`;

export const SCRIPT = `"use strict";
(function () {
  var field = document.getElementById("search");
  var found = document.getElementById("found");
  var contents = document.getElementById("contents");

  function rank(entry, words) {
    var title = (entry.title + " " + entry.page).toLowerCase();
    var text = entry.text.toLowerCase();
    var sum = 0;
    for (var word of words) {
      var inTitle = title.indexOf(word);
      var inText = text.indexOf(word);
      if (inTitle < 0 && inText < 0) return 0;
      sum += inTitle >= 0 ? 20 : 0;
      sum += entry.title.toLowerCase().split(/[^a-z0-9_]+/).includes(word) ? 20 : 0;
      sum += inText >= 0 ? 1 + 4 / (1 + inText / 100) : 0;
    }
    return sum;
  }

  function snippet(entry, word) {
    var at = Math.max(0, entry.text.toLowerCase().indexOf(word) - 30);
    return (at > 0 ? "…" : "") + entry.text.slice(at, at + 110) + "…";
  }

  function search() {
    var words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
    found.hidden = words.length === 0;
    contents.hidden = words.length > 0;
    found.replaceChildren();
    if (words.length === 0) return;
    var hits = INDEX.map(function (entry) { return { entry: entry, rank: rank(entry, words) }; })
      .filter(function (hit) { return hit.rank > 0; })
      .sort(function (a, b) { return b.rank - a.rank; }).slice(0, 15);
    for (var hit of hits) {
      var item = document.createElement("li");
      var link = document.createElement("a");
      var text = document.createElement("small");
      link.href = hit.entry.at;
      link.textContent = hit.entry.page + ": " + hit.entry.title;
      text.textContent = snippet(hit.entry, words[0]);
      item.append(link, text);
      found.append(item);
    }
    if (hits.length === 0) found.textContent = "Nothing was found.";
  }

  field.addEventListener("input", search);
  // A link may ask: index.html?q=zombies
  field.value = new URLSearchParams(location.search).get("q") || "";
  if (field.value !== "") search();
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    } else if (event.key === "Escape" && field.value !== "") {
      field.value = "";
      search();
    } else if (event.key === "Enter" && document.activeElement === field) {
      var first = found.querySelector("a");
      if (first) first.click();
    }
  });
})();
`;
