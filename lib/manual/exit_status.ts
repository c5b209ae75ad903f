/**
 * The part of the reference on the end of the container, made of the table that the last line is
 * made of.
 */
import { EXIT_ROWS, type ExitRow } from "../base/exit_rows.ts";

const INTRODUCTION = `
## Exit status

The last line that chaperone writes is the last on its streams, in the form that \`console\` gives all of them. It says
why the container ends and with which status:
`;

const OTHERS = `
A service that was killed by signal S counts as having ended with 128 + S. An end that chaperone brought about is named by
what led to it: \`web.service was unhealthy (http http://127.0.0.1:80/: status 500)\`, not by the signal.

There is no such line where nothing was started: 1 means wrong options, or a configuration that cannot be used, which is
told instead. 70: chaperone has re-executed itself and could not go on. 133, 139: V8, the engine, has crashed: its heap
was exhausted at once, or machine code failed.
`;

/** Formats the part as Markdown. */
export function formatExitStatus(): string {
  const rows = Object.values<ExitRow>(EXIT_ROWS).map(({ cause, status, statusText, sentence }) => {
    const words = sentence.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
    return `| ${cause} | ${status ?? statusText} | \`exit ${status ?? "N"}: ${words}\` |`;
  });
  return [
    INTRODUCTION.trim(),
    "",
    "| when | status | last line |",
    "| --- | --- | --- |",
    ...rows,
    "",
    OTHERS.trim(),
  ].join("\n");
}
