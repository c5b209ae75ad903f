/**
 * The documents as one static site: `deno task docs --site [FOLDER]`, by default `dist/site`. Each page
 * stands alone; the script only searches, and loads its index from beside it. Nothing is loaded from
 * elsewhere.
 */
import { Marked, type RendererObject } from "marked";
import { SCRIPT, STYLE } from "./site_assets.ts";

/** The root of the project. */
const ROOT = new URL("../", import.meta.url);

/** The pages by their file, in the order of the contents, with what the contents call them. */
export const PAGES: readonly (readonly [path: string, title: string])[] = [
  ["README.md", "chaperone"],
  ["docs/README.md", "All pages"],
  ["docs/start.md", "Start"],
  ["docs/guide.md", "Guide"],
  ["docs/images.md", "Images"],
  ["docs/operating.md", "Operating"],
  ["docs/cookbook.md", "Cookbook"],
  ["docs/troubleshooting.md", "Troubleshooting"],
  ["docs/faq.md", "Questions"],
  ["docs/post-mortem.md", "After the end"],
  ["docs/logging.md", "Logging"],
  ["docs/scheduling.md", "Scheduling"],
  ["docs/alerts.md", "Alerts"],
  ["docs/observing.md", "Observing"],
  ["docs/agents.md", "Agents"],
  ["docs/security.md", "Security"],
  ["docs/sandbox.md", "Sandbox"],
  ["docs/places.md", "Places"],
  ["docs/peers.md", "How it compares"],
  ["docs/figures.md", "Figures"],
  ["docs/from-supervisord.md", "From supervisord"],
  ["docs/from-s6-overlay.md", "From s6-overlay"],
  ["docs/from-systemd.md", "From systemd"],
  ["docs/from-shell-script.md", "From a script"],
  ["docs/from-chaperone-0.3.9.md", "From 0.3.9"],
  ["docs/reference.md", "Reference"],
  ["CHANGELOG.md", "Changes"],
];

/** What search finds. */
export interface Entry {
  /** Page and anchor. */
  readonly at: string;
  readonly page: string;
  readonly title: string;
  readonly text: string;
}

export interface Page {
  /** The name of its file in the site. */
  readonly name: string;
  readonly html: string;
  readonly entries: readonly Entry[];
  /** Where its links lead within the site: files, with anchors. */
  readonly links: readonly string[];
  readonly anchors: readonly string[];
}

/** Returns the anchor that code hosts make of a heading. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

/** Returns the name of a document's page; undefined for what is not in the site. */
export function pageName(path: string): string | undefined {
  if (!PAGES.some(([known]) => known === path)) return undefined;
  if (path === "README.md") return "index.html";
  if (path === "docs/README.md") return "contents.html";
  return `${path.replace(/^docs\//, "").replace(/\.md$/, "").toLowerCase()}.html`;
}

/** What is shown of a target of a link: within the site, its file; a picture as it is. */
function targetOf(target: string, from: string): string | undefined {
  if (/^\w+:/.test(target)) return target;
  const [file = "", anchor] = target.split("#");
  const end = anchor === undefined ? "" : `#${anchor}`;
  if (file === "") return end;
  const path = new URL(file, new URL(from, ROOT)).pathname.slice(ROOT.pathname.length);
  if (/^docs\/(?:pictures\/|\w+\.schema\.json$)/.test(path)) return path.slice("docs/".length);
  const name = pageName(path);
  return name === undefined ? undefined : name + end;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<"]/g, (char) => ESCAPES[char] ?? char);
}

/** What is met while a document is rendered. */
interface Met {
  readonly links: string[];
  readonly headings: { depth: number; anchor: string; text: string }[];
}

/** Returns how this site renders what is a place: headings, links, pictures, tables. */
function rendererOf(path: string, met: Met): RendererObject {
  return {
    heading({ tokens, depth, text }) {
      const anchor = anchorOf(text);
      met.headings.push({ depth, anchor, text: text.replace(/[`*]/g, "") });
      const inner = this.parser.parseInline(tokens);
      return `<h${depth} id="${anchor}">${inner} <a class="self" href="#${anchor}">#</a></h${depth}>\n`;
    },
    link({ href, tokens }) {
      const inner = this.parser.parseInline(tokens);
      const target = targetOf(href, path);
      // A file of the repository is no page of the site.
      if (target === undefined) return inner;
      if (!/^\w+:/.test(target)) met.links.push(target);
      return `<a href="${escapeHtml(target)}">${inner}</a>`;
    },
    image({ href, text }) {
      return `<img src="${escapeHtml(targetOf(href, path) ?? href)}" alt="${escapeHtml(text)}">`;
    },
    table({ header, rows }) {
      const cells = (row: typeof header, tag: string) =>
        row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join("");
      const body = rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n");
      const head = `<thead><tr>${cells(header, "th")}</tr></thead>`;
      return `<div class="wide"><table>${head}<tbody>\n${body}</tbody></table></div>\n`;
    },
  };
}

/** Renders a document. */
export function renderPage(path: string, title: string, markdown: string): Page {
  const name = pageName(path) ?? "";
  const met: Met = { links: [], headings: [] };
  const marked = new Marked({ renderer: rendererOf(path, met) });
  const body = marked.parse(markdown.replace(/<!--[\s\S]*?-->\n?/g, ""), { async: false })
    .replaceAll('src="docs/pictures/', 'src="pictures/');
  const headings = met.headings.filter(({ depth }) => depth === 2);
  return {
    name,
    html: frame({ name, title, body, headings }),
    entries: entriesOf(name, title, markdown),
    links: met.links,
    anchors: met.headings.map(({ anchor }) => anchor),
  };
}

/** One entry for each heading, with the text below it. */
function entriesOf(name: string, page: string, markdown: string): Entry[] {
  const parts = markdown.replace(/<!--[\s\S]*?-->/g, "").split(/^(?=#{1,3} )/m);
  return parts.flatMap((part) => {
    const heading = /^#+ (.+)\n/.exec(part);
    if (heading === null) return [];
    const title = heading[1] ?? "";
    const text = part.slice(heading[0].length).replace(/\]\([^)]*\)/g, "").replace(/[`*|[\]#]/g, " ")
      .replace(/\s+/g, " ").trim();
    return [{ at: `${name}#${anchorOf(title)}`, page, title: title.replace(/[`*]/g, ""), text }];
  });
}

interface Frame {
  readonly name: string;
  readonly title: string;
  readonly body: string;
  readonly headings: readonly { anchor: string; text: string }[];
}

function frame({ name, title, body, headings }: Frame): string {
  const contents = PAGES.map(([path, label]) => {
    const page = pageName(path) ?? "";
    if (page !== name) return `<li><a href="${page}">${label}</a></li>`;
    const parts = headings.map(({ anchor, text }) =>
      `<li><a href="#${anchor}">${escapeHtml(text)}</a></li>`
    );
    return `<li><a href="${page}" aria-current="page">${label}</a><ul>${parts.join("")}</ul></li>`;
  });
  const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " +
    "connect-src 'self'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title === "chaperone" ? title : `${title} – chaperone`}</title>
<link rel="stylesheet" href="site.css">
<script src="index.js" defer></script>
<script src="site.js" defer></script>
</head>
<body>
<nav>
<input type="search" id="search" placeholder="Search ( / )" aria-label="Search">
<ol id="found" hidden></ol>
<ul id="contents">${contents.join("\n")}</ul>
</nav>
<main>
${body}</main>
</body>
</html>
`;
}

/** Renders all pages. */
export function renderSite(read: (path: string) => string): readonly Page[] {
  return PAGES.map(([path, title]) => renderPage(path, title, read(path)));
}

/** Lists links of pages that lead nowhere. */
export function brokenLinks(pages: readonly Page[]): string[] {
  const anchors = new Map(pages.map((page) => [page.name, page.anchors]));
  return pages.flatMap(({ name, links }) =>
    links.filter((link) => {
      const [file = "", anchor] = link.split("#");
      if (/^(?:pictures\/|\w+\.schema\.json$)/.test(file)) return false;
      const known = anchors.get(file === "" ? name : file);
      return known === undefined || (anchor !== undefined && !known.includes(anchor));
    }).map((link) => `${name}: ${link}`)
  );
}

/** Writes the site into a folder and returns how many pages it has. */
export async function writeSite(folder: string): Promise<number> {
  const pages = renderSite((path) => Deno.readTextFileSync(new URL(path, ROOT)));
  const broken = brokenLinks(pages);
  if (broken.length > 0) throw new Error(`links lead nowhere:\n${broken.join("\n")}`);
  await Deno.mkdir(`${folder}/pictures`, { recursive: true });
  for (const { name, html } of pages) await Deno.writeTextFile(`${folder}/${name}`, html);
  const entries = pages.flatMap((page) => page.entries);
  // A script, and no JSON: what lies in a folder may load no file but scripts.
  await Deno.writeTextFile(`${folder}/index.js`, `var INDEX = ${JSON.stringify(entries)};\n`);
  await Deno.writeTextFile(`${folder}/site.css`, STYLE);
  await Deno.writeTextFile(`${folder}/site.js`, SCRIPT);
  const pictures = new URL("docs/pictures/", ROOT);
  for await (const { name, isFile } of Deno.readDir(pictures)) {
    if (isFile) await Deno.copyFile(new URL(name, pictures), `${folder}/pictures/${name}`);
  }
  for (const name of ["chaperone.schema.json", "telchap.schema.json"]) {
    await Deno.copyFile(new URL(`docs/${name}`, ROOT), `${folder}/${name}`);
  }
  return pages.length;
}
