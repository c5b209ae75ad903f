/** What is remembered of commands that act on services, and how they are answered. */
import type { AnswerOf } from "../../commands/answers.ts";
import type { OrderWord } from "../../service/service_order.ts";
import { type ControlCall, listNames, type Reply } from "./context.ts";

/** What commands answer that act on services. */
export type OrderReply = Reply<AnswerOf<"stop">>;

/** Services that were as asked already. */
export interface Idle {
  /** What they are: `running already`. */
  readonly text: string;
  readonly names: readonly string[];
}

/** Remembers who asked what of a service, for `telchap why`. Before it is done. */
export function noteOrder({ context, session }: ControlCall, name: string, what: OrderWord): void {
  const { uid, by } = session.caller;
  const who = uid === undefined ? "" : uid === 0 ? " (root)" : ` (uid ${uid})`;
  context.history.order(name, what, by ?? `telchap${who}`);
}

/** Says what is to be known before services stop: what is said afterwards may come too late. */
export function sayBeforehand(
  { call, session }: Pick<ControlCall, "call" | "session">,
  notes: readonly string[],
): void {
  if (call.options.json) return;
  for (const note of notes) session.write(`${note}\n`);
}

/**
 * Makes the answer to a command: `done` where it acted on any service or none was named, then those
 * that were as asked. `notes` are what has been said beforehand.
 */
export function replyOf(
  done: string,
  names: readonly string[],
  { idle = [], notes = [] }: {
    readonly idle?: readonly Idle[];
    readonly notes?: readonly string[];
  } = {},
): OrderReply {
  const left = idle.filter((group) => group.names.length > 0);
  return {
    text: [
      ...(names.length > 0 || left.length === 0 ? [done] : []),
      ...left.map(({ text, names }) => `${text}: ${listNames(names)}`),
    ].join("\n"),
    value: {
      services: names,
      answer: done,
      unchanged: left.map(({ text, names }) => ({ services: names, why: text })),
      notes,
    },
  };
}
