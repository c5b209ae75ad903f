/** What telchap chooses lines by itself for: `logs --grep`, `logs --level`, `wait --for log=/…/`. */
import { formatHumanDuration, parseDuration } from "../base/duration.ts";
import { UsageError } from "../base/errors.ts";
import { SEVERITIES } from "../base/severities.ts";
import { shortName } from "../base/service_name.ts";
import type { AnswerOf } from "../commands/answers.ts";
import type { TelchapCall } from "../commands/telchap_commands.ts";
import { severityOfLine } from "../log/line_severity.ts";
import { parseSeverity } from "../log/priorities.ts";
import { setTimer } from "../sys/libc/clock.ts";
import { print } from "../sys/self/print.ts";
import { askChaperone } from "./ask.ts";
import { EXIT } from "./ask_failure.ts";
import { askPatiently } from "./patient_wait.ts";
import { asShown } from "./shown_output.ts";

interface LogLine {
  readonly service: string;
  readonly stream: string;
  readonly text: string;
}

const LONGEST_MS = 86_400_000;

/**
 * Hands over the lines that match, and what else is answered. Returns the exit status, undefined
 * where the connection has ended before the answer did. @throws {UsageError}
 */
export async function filterLogs(
  call: TelchapCall<"logs">,
  take: (line: string) => void,
): Promise<number | undefined> {
  const pattern = compile(call.options.grep ?? "");
  const highest = readSeverity(call.options.level);
  const format = call.options.json ? JSON.stringify : lineFormat(call.operands);
  const { follow, lines, since } = call.options;
  if (lines !== undefined && !/^\d{1,9}$/.test(lines)) {
    throw new UsageError(`not a number of lines: '${lines}'; write one as in -n 20`);
  }
  // With -f they are counted before they are matched, as `tail -f | grep` does.
  const last = follow || lines === undefined ? undefined : Number(lines);
  const matched: string[] = [];
  const words = [
    ...(follow ? ["--follow"] : []),
    ...(follow && lines !== undefined ? ["--lines", lines] : []),
    ...(since === undefined ? [] : ["--since", since]),
    ...(call.options.current ? ["--current"] : []),
    ...(call.options.previous ? ["--previous"] : []),
  ];
  const exitCode = await readLines(["logs", "--json", ...words, "--", ...call.operands], {
    take(line) {
      if (severityOfLine(line) > highest || !pattern.test(line.text)) return;
      if (last === undefined) take(format(line));
      else if (matched.push(format(line)) > last) matched.shift();
    },
    takeOther: call.options.json ? take : (line) => take(refusalIn(line)),
  });
  for (const line of matched) take(line);
  return exitCode;
}

/** Lines are asked for as JSON, and so are refusals. */
function refusalIn(line: string): string {
  try {
    const { error } = JSON.parse(line) as { error?: unknown };
    return typeof error === "string" ? `Command error: ${error}` : line;
  } catch {
    return line; // SyntaxError: a sentence.
  }
}

/** The number of the least severe level that is shown. @throws {UsageError} */
function readSeverity(name: string | undefined): number {
  if (name === undefined) return Infinity;
  const severity = parseSeverity(name);
  if (severity !== undefined) return severity;
  throw new UsageError(`not a level: '${name}'; ${SEVERITIES.join(", ")} are`);
}

/** Lines of several services begin with their names, as in `logs`. */
function lineFormat(operands: readonly string[]): (line: LogLine) => string {
  const [only] = operands;
  return ({ service, text }) => {
    const name = shortName(service);
    const isOnly = operands.length === 1 && only !== undefined && shortName(only) === name;
    return isOnly ? text : `${name} | ${text}`;
  };
}

/**
 * Waits until a service has written a line that matches since it was last started, and returns the
 * exit status. @throws {UsageError}
 */
export async function waitForLine(call: TelchapCall<"wait">): Promise<number> {
  const [service, ...more] = call.operands;
  if (service === undefined || more.length > 0) {
    throw new UsageError("wait --for log=/PATTERN/ takes one service");
  }
  const text = call.options.for?.slice("log=".length) ?? "";
  const pattern = compile(/^\/(.*)\/$/s.exec(text)?.[1] ?? text);
  const limitMs = readLimit(call.options.timeout);
  const ended = new AbortController();
  let found: string | undefined;
  const cancel = limitMs === undefined ? undefined : setTimer(limitMs, () => ended.abort());
  const words = ["logs", "--json", "--current", "--follow", "--", service];
  const taker: LineTaker = {
    take(line) {
      if (found !== undefined || !pattern.test(line.text)) return;
      found = line.text;
      ended.abort();
    },
    takeOther: (line) => print("stdout", [asShown(call.options.json ? line : refusalIn(line))]),
    enough: ended.signal,
  };
  const exitCode = await askPatiently(limitMs, () => readLines(words, taker));
  cancel?.();
  const overMs = ended.signal.aborted && found === undefined ? limitMs : undefined;
  return tell(call, { found, exitCode, overMs });
}

interface LineWait {
  readonly found: string | undefined;
  readonly exitCode: number | undefined;
  /** The time that is over without such a line; absent where there was one, or an end. */
  readonly overMs: number | undefined;
}

function tell(call: TelchapCall<"wait">, { found, exitCode, overMs }: LineWait): number {
  const reached = found !== undefined;
  // A refusal has been printed already.
  if (!reached && exitCode) return exitCode;
  if (call.options.json) {
    const value: AnswerOf<"wait"> = { reached, line: found ?? null };
    print("stdout", [asShown(JSON.stringify(value))]);
  } else if (reached) {
    print("stdout", [asShown(found)]);
  } else if (overMs !== undefined) {
    print("stdout", [`no line that matches within ${formatHumanDuration(overMs)}`]);
  } else {
    print("stderr", ["chaperone ended before there was such a line"]);
  }
  return reached ? EXIT.done : EXIT.refused;
}

/** @throws {UsageError} */
function compile(source: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`not a regular expression: ${error.message}`);
  }
}

/** @throws {UsageError} */
function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const limitMs = parseDuration(text);
  if (limitMs !== undefined && limitMs > 0) return Math.min(limitMs, LONGEST_MS);
  throw new UsageError(`not a time: '${text}'; write 30s, 2m or 1h30m`);
}

interface LineTaker {
  readonly take: (line: LogLine) => void;
  /** Takes what is not a record: a refusal. */
  readonly takeOther: (line: string) => void;
  readonly enough?: AbortSignal;
}

/** Asks for lines of JSON and hands each over. */
async function readLines(
  words: readonly string[],
  { take, takeOther, enough }: LineTaker,
): Promise<number | undefined> {
  let rest = "";
  const receive = (piece: string) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const value = parseLine(line);
      if (value === undefined) takeOther(line);
      else take(value);
    }
  };
  return await askChaperone({ words, colour: false }, receive, { enough });
}

function parseLine(line: string): LogLine | undefined {
  try {
    const value = JSON.parse(line) as LogLine;
    return typeof value.service === "string" && typeof value.text === "string" ? value : undefined;
  } catch {
    return undefined; // SyntaxError: a sentence, not a record.
  }
}
