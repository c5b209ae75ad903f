/** The parts of the reference on states, messages and metrics, made of the tables of the code. */
import { listMetrics } from "../page/metrics.ts";
import { type AnyEdge, RUN_TABLE, START_TABLE } from "../service/edges.ts";
import { STATE_TABLE } from "../service/texts/state_table.ts";
import { CRON_FIELDS, type Field, SERVICE_FIELDS, STATUS_FIELDS } from "./json_fields.ts";
import { MESSAGES } from "./messages.ts";

const STATES = `
## States

What \`telchap status\` and \`telchap why\` call the state of a service. The column on the right has the word of \`phase\` in
\`/status\`, which is a label of the metric \`chaperone_service_state\`, too. These words stay as they are; new ones may
be added. \`telchap status --classic\` has the words of chaperone 0.3.9.
`;

const MESSAGE_TEXT = `
## Messages

What chaperone says from level info on, under the program \`chaperone\` and the facility \`local5\`.
Words in capitals stand for what differs. Why the container ends is under [exit status](#exit-status).
`;

const METRICS = `
## Metrics

What \`/metrics\` answers, see [observing.md](observing.md). Each metric keeps its name, type and labels; new ones may be
added. Counters begin at 0 when chaperone starts and go on over a re-execution.
`;

const JSON_TEXT = `
## JSON

What \`/status\` answers, since 0.4.0. A field keeps its name, type and meaning; new ones may be added, and one that has nothing to
say is absent. Dates are ISO 8601 in UTC. What telchap answers with \`--json\` is in [telchap.schema.json](telchap.schema.json).
`;

/** Formats the fields of `/status`. */
export function formatJson(): string {
  const parts: readonly (readonly [title: string, fields: Readonly<Record<string, Field>>])[] = [
    ["the container", STATUS_FIELDS],
    ["a service", SERVICE_FIELDS],
    ["a schedule", CRON_FIELDS],
  ];
  const tables = parts.map(([title, fields]) => {
    const rows = Object.entries(fields).map((
      [name, { type, meaning }],
    ) => [`\`${name}\``, meaning, type]);
    return table(`### JSON: ${title}`, ["field", "meaning", "type"], rows);
  });
  return [JSON_TEXT.trim(), ...tables].join("\n\n");
}

/** Formats the words of state, with what leads in and out. */
export function formatStates(): string {
  const rows = Object.entries(STATE_TABLE).map((
    [word, { meaning, from, to, phases }],
  ) => [`\`${word}\``, meaning, from, to, phases.map((phase) => `\`${phase}\``).join(", ")]);
  return table(STATES, ["state", "meaning", "comes from", "ends with", "phase"], rows);
}

const DEPENDENCIES = `
## Dependencies

Y names X, in one of four words. Each takes names of services, with or without \`.service\`, groups, and, all but \`after\`,
patterns; each name may end in \`:started\` (its process runs), \`:ready\` (it counts as started, by its type and \`ready\`) or
\`:completed\` (it has ended well). \`requires\` without one of these means \`:ready\`. Circles are refused, with their names.
What the table says of Y:
`;

const EDGE_KINDS: readonly AnyEdge[] = ["after", "requires", "wants", "follows"];

/** In the order of X's life. */
const EDGE_EVENTS = {
  coming: "X is on its way up",
  there: "X is what is awaited",
  failed: "X could not start, or has failed for good",
  retrying: "X has failed and is about to be tried again",
  stopped: "X was stopped, and Y is to start",
  disabled: "X is disabled, and Y is to start",
  stops: "X is to stop, by `telchap stop` or `apply`",
  lost: "X goes down or fails for good while Y runs",
  returns: "X is back after it was down or restarted",
  ends: "the container ends, and X is to stop",
} as const satisfies Record<keyof typeof START_TABLE | keyof typeof RUN_TABLE, string>;

/** Formats what edges between services mean. */
export function formatDependencies(): string {
  const cells = { ...START_TABLE, ...RUN_TABLE };
  const rows = Object.entries(EDGE_EVENTS).map(([event, text]) => {
    const row = cells[event as keyof typeof cells];
    return [text, ...EDGE_KINDS.map((kind) => row[kind])];
  });
  return table(DEPENDENCIES, ["what happens", ...EDGE_KINDS.map((kind) => `\`${kind}\``)], rows);
}

/** Formats the messages, with what to do. */
export function formatMessages(): string {
  const rows = MESSAGES.map(({ text, level, meaning, advice }) => {
    const words = text.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
    return [`\`${words}\``, meaning, advice === "" ? "–" : advice, level];
  });
  return table(MESSAGE_TEXT, ["message", "meaning", "what to do", "level"], rows);
}

/** Formats the metrics. */
export function formatMetricTable(): string {
  const rows = listMetrics().map((
    { name, type, labels, help },
  ) => [`\`${name}\``, help, type, labels.map((label) => `\`${label}\``).join(", ") || "–"]);
  return table(METRICS, ["metric", "meaning", "type", "labels"], rows);
}

type Row = readonly string[];

function table(text: string, head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(" | ")} |`;
  return [text.trim(), "", line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
