/** Explains a topic of the reference where no browser is. Wiring only. */
import { didYouMean } from "../base/suggest.ts";
import { TOPIC_NAMES } from "../commands/topic_names.ts";
import { explainTopic, topicWords } from "../manual/topics.ts";
import { print } from "../sys/self/print.ts";

/**
 * Prints what is said of a topic or a directive, below what was printed before, if so; false where
 * there is no such.
 */
export function printTopic(word: string, isBelow = false): boolean {
  const lines = explainTopic(word);
  if (lines !== undefined) print("stdout", isBelow ? ["", ...lines] : lines);
  return lines !== undefined;
}

/** Runs `chaperone --help TOPIC` and returns the exit status. */
export function runTopic(word: string): number {
  if (printTopic(word)) return 0;
  print("stderr", formatUnknownTopic(word));
  return 1;
}

/** Says that there is no such topic, and which there are; `others` are known besides. */
export function formatUnknownTopic(word: string, others: readonly string[] = []): string[] {
  return [
    `nothing is known about '${word}'${didYouMean(word, [...others, ...topicWords()])}`,
    `Topics: ${TOPIC_NAMES.join(", ")}; and each directive by its name.`,
  ];
}
