/**
 * How the page looks: one column that fits a telephone, light and dark as the reader's system is.
 */
import { GRAPH_COLOURS, GRAPH_STYLE } from "./graph_svg.ts";

const LAYOUT = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; padding-bottom: 4px; }
h1 { margin: 0; font-size: 24px; line-height: 1.25; letter-spacing: -0.01em;
  overflow-wrap: anywhere; }
h2 { margin: 0 0 10px; font-size: 15px; font-weight: 650; }
h2 small { margin-left: 8px; font-weight: 400; font-size: 13px; color: var(--muted); }
section { margin: 22px 0; }
a { color: var(--accent); }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: 10px 14px; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 14px 0 0; padding: 0; }
.facts div { min-width: 84px; }
.facts dt { font-size: 12px; color: var(--muted); }
.facts dd { margin: 0; font-size: 17px; font-variant-numeric: tabular-nums; }
.panel { background: var(--raised); border: 1px solid var(--line); border-radius: 10px;
  overflow: auto; }
.pill { display: inline-flex; align-items: center; gap: 7px; white-space: nowrap; }
.pill::before { content: ""; flex: none; width: 8px; height: 8px; border-radius: 50%;
  background: var(--off); }
.pill.tone-good::before { background: var(--good); }
.pill.tone-busy::before { background: var(--busy); }
.pill.tone-bad::before { background: var(--bad); }
.tone-bad.pill, .tone-bad.note { color: var(--bad); }
.tone-off.pill { color: var(--muted); }
.verdict { padding: 3px 12px 3px 10px; border: 1px solid currentColor; border-radius: 999px;
  font-size: 14px; font-weight: 600; }
.verdict.tone-good { color: var(--good); }
.verdict.tone-busy { color: var(--busy); }
.unready { margin: 10px 0 0; padding: 0; list-style: none; color: var(--muted); }
.unready b { color: var(--text); font-weight: 600; }
.quiet { margin: 0; padding: 14px 16px; color: var(--muted); }
footer { padding-bottom: 28px; font-size: 13px; color: var(--muted); }
footer a { margin-right: 14px; }
#keys:not([hidden]) { display: block; margin-top: 6px; }
@media (hover: none) { #keys:not([hidden]) { display: none; } }
kbd { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; border: 1px solid var(--line);
  border-radius: 4px; padding: 0 4px; }
`;

const TABLE = `
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 8px 12px; text-align: left; vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 16px; }
th { font-size: 12px; font-weight: 500; color: var(--muted); white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
td { white-space: nowrap; }
td.name { font-weight: 600; white-space: normal; overflow-wrap: anywhere; min-width: 120px; }
td.name small { margin-left: 8px; font-weight: 400; font-size: 12px; color: var(--muted); }
td.number, th.number { text-align: right; }
td.note { width: 34%; white-space: normal; overflow-wrap: anywhere; color: var(--muted);
  font-size: 14px; }
td.note.tone-bad { color: var(--bad); }
tr.off td { color: var(--muted); }
`;

const PICTURES = `
.picture { padding: 12px; }
.picture svg { display: block; }
.timeline { width: 100%; min-width: 720px; height: auto; }
.timeline text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--text); }
.timeline text.tick { fill: var(--muted); text-anchor: middle; font-size: 11px; }
.timeline text.row { font: 600 12px ui-monospace, "DejaVu Sans Mono", monospace; }
.timeline .grid { stroke: var(--line); }
.timeline .lane { stroke: var(--line); }
.timeline .now { stroke: var(--accent); stroke-width: 1.5; }
.timeline .run { fill: var(--off); }
.timeline .run.tone-good { fill: var(--good); }
.timeline .run.tone-busy { fill: var(--busy); }
.timeline .run.tone-bad { fill: var(--bad); }
.timeline .due { fill: var(--raised); stroke: var(--accent); stroke-width: 2; }
.schedule { border-top: 1px solid var(--line); }
`;

const LOG = `
.log { display: flex; flex-direction: column-reverse; max-height: 420px; padding: 12px 16px;
  font: 12.5px/1.6 ui-monospace, "DejaVu Sans Mono", monospace; }
.log p { display: grid; grid-template-columns: 66px minmax(60px, 130px) 1fr; gap: 0 12px; margin: 0; }
.log time { color: var(--muted); }
.log b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.log span { white-space: pre-wrap; overflow-wrap: anywhere; }
.log .stderr b { color: var(--busy); }
.log .chaperone span { color: var(--muted); font-style: italic; }
`;

const SERVICE = `
nav { margin-bottom: 4px; font-size: 13px; }
td.name a { color: inherit; text-decoration-color: var(--line); text-underline-offset: 3px; }
td.name a:hover { text-decoration-color: currentColor; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin-left: auto; }
.actions form { margin: 0; }
button, input, select { font: inherit; font-size: 14px; color: var(--text); background: var(--raised);
  border: 1px solid var(--line); border-radius: 8px; padding: 5px 14px; }
button { cursor: pointer; }
button:hover { border-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.of-log { margin-top: 22px; }
.of-log + section, .filter + section { margin-top: 10px; }
.filter { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.filter label { display: flex; align-items: center; gap: 6px; color: var(--muted); font-size: 14px;
  white-space: nowrap; }
.filter label:first-child { flex: 0 1 320px; }
.filter input { flex: 1 1 auto; min-width: 0; }
.sign-in { margin-left: auto; }
.log.one p { grid-template-columns: 66px 1fr; }
.why { margin: 0; padding: 12px 16px; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 12.5px/1.6 ui-monospace, "DejaVu Sans Mono", monospace; }
.curves { display: flex; flex-wrap: wrap; gap: 8px 28px; padding: 12px 16px; }
figure { flex: 1 1 260px; margin: 0; }
figcaption { font-size: 12px; color: var(--muted); }
figcaption span { color: var(--text); font-size: 14px; margin-left: 6px; }
.curve { display: block; width: 100%; height: 64px; margin-top: 6px;
  border-bottom: 1px solid var(--line); }
.curve path { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke;
  stroke-linecap: round; stroke-linejoin: round; }
.history td { font-size: 14px; }
.history td.note { width: 80%; }
.history tr:first-child { border-top: 0; }
`;

const NARROW = `
@media (max-width: 720px) {
  header, main, footer { padding-left: 14px; padding-right: 14px; }
  .services thead, .schedule thead { display: none; }
  tbody tr { display: flex; flex-wrap: wrap; gap: 0 14px; padding: 10px 14px; }
  tbody tr:first-child { border-top: 0; }
  td, td:first-child { padding: 1px 0; }
  td:empty { display: none; }
  td.name { flex: 1 1 calc(100% - 110px); min-width: 0; }
  td.number { color: var(--muted); font-size: 13px; }
  td.number::before { content: attr(data-label) " "; }
  td.note { flex-basis: 100%; }
  .filter label:first-child { flex: 1 1 100%; }
  .filter label { flex: 1 1 auto; }
  .filter select { flex: 1 1 auto; }
  .log p { grid-template-columns: auto 1fr; }
  .log span { grid-column: 1 / -1; }
  .log p + p { margin-top: 4px; }
}
`;

/** The style sheet. */
export const PAGE_STYLE = [
  GRAPH_COLOURS,
  LAYOUT,
  TABLE,
  PICTURES,
  GRAPH_STYLE,
  LOG,
  SERVICE,
  NARROW,
].join(
  "",
);
