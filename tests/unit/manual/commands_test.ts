/** Every command line that a document shows is understood by the program that it calls. */
import { assert, assertEquals } from "@std/assert";
import { UsageError } from "../../../lib/base/errors.ts";
import { parseCommandLine } from "../../../lib/commands/command_line.ts";
import { parseHealth } from "../../../lib/commands/health_command.ts";
import { parseInitCommand } from "../../../lib/commands/init_command.ts";
import { parseMcp } from "../../../lib/commands/mcp_command.ts";
import { parseTelchap } from "../../../lib/commands/telchap_call.ts";
import { splitWords } from "../../../lib/config/environment/shell_words.ts";
import { explainTopic } from "../../../lib/manual/topics.ts";
import { test } from "../../test.ts";
import { DOCUMENTS, type Example, fencedBlocks, readProjectFile } from "./documents.ts";

const CONTEXT = { programName: "chaperone", version: "0", defaults: undefined };

/** What ends a command within a line of a shell. */
const SHELL_WORD = /^(?:\||\|\||&&|;|>|>>|<|2>.*)$/;

/** Returns why a program would not take its words; undefined: it would. */
function refusal(program: string, words: readonly string[]): string | undefined {
  try {
    if (program === "telchap") return telchapRefusal(words);
    const [first, ...rest] = words;
    if (first === "health") {
      return parseHealth(rest).kind === "usage" ? "not understood" : undefined;
    }
    if (first === "mcp") return parseMcp(rest).kind === "usage" ? "not understood" : undefined;
    if (first === "--init") {
      const command = parseInitCommand(rest, "chaperone");
      return command.kind === "usage" ? command.lines.join("\n") : undefined;
    }
    if (first === "--licenses" || first === "telchap") return undefined;
    if (first === "--help" && rest[0] !== undefined) return topicRefusal(rest[0]);
    const line = parseCommandLine(words, CONTEXT);
    return line.kind === "exit" && line.exit.exitCode !== 0 ? line.exit.stderr[0] : undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

function telchapRefusal(words: readonly string[]): string | undefined {
  const call = parseTelchap(words);
  const [topic] = call.operands;
  const isHelp = call.command.name === "help" && topic !== undefined && !/^[A-Z]+$/.test(topic);
  return isHelp ? topicRefusal(topic) : undefined;
}

function topicRefusal(word: string): string | undefined {
  if (/^[A-Z]+$/.test(word) || explainTopic(word) !== undefined) return undefined;
  try {
    parseTelchap([word, "--help"]);
    return undefined;
  } catch {
    return `there is no topic ${word}`;
  }
}

/** Finds calls of telchap and chaperone in a line of a shell; an image runs chaperone. */
function callsIn(line: string): { program: string; words: string[] }[] {
  const all = splitWords(line.replace(/\s#.*$/, ""));
  const calls: { program: string; words: string[] }[] = [];
  const isImage = /^(?:docker|podman) run /.test(line) && !line.includes("--entrypoint");
  for (const [at, word] of all.entries()) {
    const name = word.slice(word.lastIndexOf("/") + 1);
    const isProgram = name === "telchap" || name === "chaperone" || (isImage && name === "IMAGE");
    if (
      !isProgram ||
      (at > 0 && !/^(?:CONTAINER|POD|[|;]|&&|\w+=.*|--clear-groups)$/.test(all[at - 1] ?? "") &&
        name !== "IMAGE")
    ) continue;
    const rest = all.slice(at + 1);
    const end = rest.findIndex((each) => SHELL_WORD.test(each));
    calls.push({
      program: name === "telchap" ? "telchap" : "chaperone",
      words: end < 0 ? rest : rest.slice(0, end),
    });
  }
  return calls;
}

function linesOf(path: string): Example[] {
  const blocks = [...fencedBlocks(path, "sh"), ...fencedBlocks(path, "console")];
  const shown = blocks.flatMap(({ name, text }) =>
    text.replaceAll(/\\\n\s*/g, "").split("\n")
      .map((line) => ({ name, text: line.replace(/^[$#] /, "") }))
  ).filter(({ text }) => /\b(?:telchap|chaperone)\b|IMAGE/.test(text));
  const prose = readProjectFile(path).replace(/^```[\s\S]*?^```$/gm, "");
  const spans = [...prose.matchAll(/`((?:telchap|chaperone --|chaperone health) ?[^`…\[]*)`/g)]
    .map((match) => ({ name: path, text: (match[1] ?? "").replaceAll("\n", " ") }));
  // A sentence may name a command without what it takes.
  return [...shown, ...spans.filter(({ text }) => !/^telchap(?: [a-z]+)?$/.test(text))];
}

for (const path of DOCUMENTS) {
  test(`the command lines in ${path} are understood`, () => {
    const wrong = linesOf(path).flatMap(({ name, text }) =>
      callsIn(text).flatMap(({ program, words }) => {
        const why = refusal(program, words);
        return why === undefined ? [] : [`${name}: ${text}: ${why}`];
      })
    );
    assertEquals(wrong, []);
  });
}

test("there are command lines in the documents to look at", () => {
  assert(DOCUMENTS.flatMap(linesOf).flatMap(({ text }) => callsIn(text)).length > 100);
});

test("the tasks that documents name exist", () => {
  const { tasks } = JSON.parse(readProjectFile("deno.json"));
  for (const path of [...DOCUMENTS, "tests/README.md", "CONTRIBUTING.md"]) {
    for (
      const [line, name = ""] of readProjectFile(path).matchAll(/deno(?:@[\d.]+)? task ([\w:]+)/g)
    ) {
      assert(name in tasks, `${path}: ${line}`);
    }
  }
});

test("the JSON that documents show is JSON", () => {
  for (const path of DOCUMENTS) {
    const text = readProjectFile(path);
    for (const [, line = ""] of text.matchAll(/^(\{"[^\n]*\})$/gm)) JSON.parse(line);
    for (const { text } of fencedBlocks(path, "json")) JSON.parse(text);
  }
});
