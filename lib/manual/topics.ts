/** The reference by topic, for a terminal: what `telchap help TOPIC` prints. */
import { TOPIC_NAMES, type TopicName } from "../commands/topic_names.ts";
import { SECTION_KINDS, type SectionKind } from "../config/directive.ts";
import { DIRECTIVES, listDirectives } from "../config/directives.ts";
import { generateReference } from "./reference.ts";
import { formatForTerminal } from "./terminal.ts";

/** A topic is a part of the reference, or the list of the directives of a kind of section. */
type Topic = { readonly heading: string; readonly directivesOf?: SectionKind };

const TOPICS: Readonly<Record<TopicName, Topic>> = {
  files: { heading: "Files" },
  settings: { heading: "settings", directivesOf: "settings" },
  services: { heading: "Services", directivesOf: "service" },
  logging: { heading: "Logging", directivesOf: "logging" },
  alerts: { heading: "Alerts", directivesOf: "alert" },
  types: { heading: "Service types" },
  states: { heading: "States" },
  dependencies: { heading: "Dependencies" },
  hooks: { heading: "Hooks" },
  language: { heading: "Environment language" },
  variables: { heading: "Variables" },
  selectors: { heading: "Selectors" },
  options: { heading: "Command line" },
  utilities: { heading: "Utilities" },
  exit: { heading: "Exit status" },
  signals: { heading: "Signals" },
  messages: { heading: "Messages" },
  metrics: { heading: "Metrics" },
  json: { heading: "JSON" },
};

/** Returns every word that `explainTopic` knows. */
export function topicWords(): string[] {
  const directives = SECTION_KINDS.flatMap((kind) => [...DIRECTIVES[kind].keys()]);
  return [...new Set([...TOPIC_NAMES, ...directives])];
}

/** Explains a topic or a directive in lines of 80 columns; undefined for an unknown word. */
export function explainTopic(word: string): string[] | undefined {
  const parts = new Map(splitAtHeadings(generateReference()));
  const texts: string[] = [];
  if (isTopic(word)) {
    const topic = TOPICS[word];
    texts.push(explain(topic, parts.get(`## ${topic.heading}`) ?? ""));
  }
  for (const kind of SECTION_KINDS) {
    const text = parts.get(`### ${kind}: ${word}`);
    if (text !== undefined) texts.push(`### ${kind}: ${word}\n\n${text}`);
  }
  if (texts.length === 0) return undefined;
  return formatForTerminal(texts.join("\n\n"));
}

function isTopic(word: string): word is TopicName {
  return Object.hasOwn(TOPICS, word);
}

function explain({ heading, directivesOf }: Topic, text: string): string {
  if (directivesOf === undefined) return `## ${heading}\n\n${text}`;
  const rows = listDirectives(directivesOf).map(({ name, note }) =>
    `| \`${name}\` | ${note().summary.replaceAll("|", "\\|")} |`
  );
  const table = ["| directive | meaning |", "| --- | --- |", ...rows].join("\n");
  return `## ${heading}\n\n${text}\n\n${table}\n\n\`telchap help NAME\` explains each.`;
}

/** A heading of the third level ends the part before it only where it is that of a directive. */
function splitAtHeadings(reference: string): [heading: string, text: string][] {
  const heading = new RegExp(`^(?=## |### (?:${SECTION_KINDS.join("|")}): )`, "m");
  return reference.split(heading).map((part) => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end).trim()];
  });
}
