/** What a message of an alert looks like, in the forms that receivers take. */
import { shortName } from "../../base/service_name.ts";
import type { AlertConfig } from "../../config/alert_model.ts";
import { fillTemplate, isJsonTemplate, type TemplateWord } from "../../config/alert_template.ts";
import type { CountedNews } from "./alert_group.ts";

/** What a message says. */
export interface AlertFacts {
  /** The section, without its suffix. */
  readonly alert: string;
  readonly host: string;
  readonly wallMs: number;
  readonly news: readonly CountedNews[];
}

/** A message, ready to be sent. */
export interface AlertMessage {
  readonly body: string;
  readonly contentType: string;
  /** In one line. */
  readonly title: string;
}

const JSON_TYPE = "application/json";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** Makes a message in the form that the section wants. */
export function formatAlert(
  facts: AlertFacts,
  { format, template }: Pick<AlertConfig, "format" | "template">,
): AlertMessage {
  const title = titleOf(facts);
  if (template !== undefined) return fill(template, facts, title);
  const json = (value: unknown) => ({
    body: `${JSON.stringify(value)}\n`,
    contentType: JSON_TYPE,
    title,
  });
  switch (format) {
    case "json":
      return json(jsonOf(facts, title));
    case "slack":
      return json({ text: [`*${title}*`, ...linesOf(facts)].map(escapeSlack).join("\n") });
    case "alertmanager":
      return json(facts.news.flatMap((news) => alertsOf(facts, news)));
    case "text":
      return { body: [title, ...linesOf(facts), ""].join("\n"), contentType: TEXT_TYPE, title };
    case "ntfy":
      return { body: linesOf(facts).join("\n"), contentType: TEXT_TYPE, title };
  }
}

function fill(template: string, facts: AlertFacts, title: string): AlertMessage {
  const { alert, host, wallMs, news } = facts;
  const hasEnded = news.every(({ event }) => event === "recovered");
  const values: Readonly<Record<TemplateWord, string>> = {
    ...{ title, host, alert },
    text: linesOf(facts).join("\n"),
    time: toIso(wallMs),
    action: hasEnded ? "resolve" : "trigger",
  };
  const body = fillTemplate(template, (word) => values[word]);
  return {
    body: `${body}\n`,
    contentType: isJsonTemplate(template) ? JSON_TYPE : TEXT_TYPE,
    title,
  };
}

/** `<!channel>` calls everybody, and `<URL|WORDS>` is a link: a service may have written it. */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function titleOf({ host, news }: AlertFacts): string {
  const [first] = news;
  if (first === undefined) return `${host}: nothing`;
  const more = news.length === 1 ? "" : ` and ${news.length - 1} more`;
  return `${host}: ${wordsOf(first)}${more}`;
}

function wordsOf({ event, service }: CountedNews): string {
  const who = service === undefined ? "" : `${shortName(service)} `;
  return `${who}${event.replaceAll("_", " ")}`;
}

function linesOf({ news }: AlertFacts): string[] {
  return news.flatMap((each) => {
    const often = each.count === 1 ? "" : ` (${each.count} times)`;
    const output = each.lines?.map((line) => `  | ${line}`) ?? [];
    return [`${wordsOf(each)}${often}: ${each.text}`, ...output];
  });
}

function jsonOf({ alert, host, wallMs, news }: AlertFacts, summary: string) {
  return {
    source: "chaperone",
    alert,
    host,
    time: toIso(wallMs),
    summary,
    events: news.map(({ event, service, wallMs: atMs, text, count, lines, of }) => ({
      event,
      service: service ?? null,
      time: toIso(atMs),
      text,
      count,
      ...(of === undefined ? {} : { of }),
      ...(lines === undefined ? {} : { lines }),
    })),
  };
}

/** What has recovered ends what was told before, under the same labels. */
function alertsOf({ alert, host }: AlertFacts, news: CountedNews) {
  const { event, service, wallMs, text, of } = news;
  const ends = event === "recovered" ? { endsAt: toIso(wallMs) } : { startsAt: toIso(wallMs) };
  return (of ?? [event]).map((each) => ({
    labels: {
      alertname: `chaperone_${each}`,
      instance: host,
      section: alert,
      ...(service === undefined ? {} : { service }),
    },
    annotations: { summary: text },
    ...ends,
  }));
}

function toIso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
