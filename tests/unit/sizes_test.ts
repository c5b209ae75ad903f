/** How long files and functions of lib may be: what is longer does more than one thing. */
import { assertEquals } from "@std/assert";
import { test } from "../test.ts";
import { readTree } from "./import_graph.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 40;
/** For what is flat: a table, a switch, the making of one object of many parts. */
const FLAT_LINES_MAX = 60;

const FLAT = new Set([
  "lib/apps/run/load_recorded.ts: load",
  "lib/apps/run/run_container.ts: constructor",
  "lib/apps/run/run_control.ts: createContext",
  "lib/apps/run/run_control.ts: wireControl",
  "lib/apps/run/serve_http.ts: serveHttp",
  "lib/config/build_service.ts: buildService",
  "lib/daemon/control/explanation.ts: explain",
  "lib/daemon/services/effects.ts: perform",
  "lib/daemon/services/supervisor.ts: constructor",
  "lib/import/starter.ts: proposePostgres",
  "lib/log/file_name.ts: convertDate",
  "lib/log/file_name.ts: convertTime",
  "lib/sys/os.ts: createOs",
]);

interface Body {
  readonly name: string;
  readonly lines: number;
}

const CONTROL = /^(?:\} )?(?:if|for|while|switch|catch|else|do|try|finally)\b/;
const NAME = /(?:function\*? |^|get |set |async |static |readonly |const )(#?\w+)(?=[(<:]| = )/;

/**
 * Lists the functions of a source with the lines of their bodies, those of one line left out. The
 * formatter gives the end of a block the indentation of its beginning.
 */
function listBodies(source: string): Body[] {
  const lines = source.split("\n");
  const indentation = (line: string) => line.search(/\S/);
  return lines.flatMap((line, at) => {
    if (!/(?:\)(?:: .+)?|=>) \{$/.test(line)) return [];
    const indent = indentation(line);
    // A head of several lines begins where its indentation was met last.
    const from = /^\s*\)/.test(line)
      ? lines.findLastIndex((other, i) => i < at && indentation(other) === indent)
      : at;
    const head = (lines[from] ?? "").trim();
    if (CONTROL.test(head)) return [];
    const end = lines.findIndex((other, i) =>
      i > at && indentation(other) === indent && other.startsWith("}", indent)
    );
    return [{ name: NAME.exec(head)?.[1] ?? "", lines: end - at - 1 }];
  });
}

test("no file of lib has more than 400 lines", async () => {
  const tooLong = [...await readTree("lib/", new Map())]
    .map(([path, source]) => ({ path, lines: source.split("\n").length - 1 }))
    .filter(({ lines }) => lines > FILE_LINES_MAX);
  assertEquals(tooLong, []);
});

test("no function of lib has more than 40 lines, or 60 where it is flat", async () => {
  const tooLong: string[] = [];
  for (const [path, source] of await readTree("lib/", new Map())) {
    for (const { name, lines } of listBodies(source)) {
      const max = FLAT.has(`${path}: ${name}`) ? FLAT_LINES_MAX : FUNCTION_LINES_MAX;
      if (lines > max) tooLong.push(`${path}: ${name} has ${lines} lines`);
    }
  }
  assertEquals(tooLong, []);
});

test("listBodies counts the lines between the braces of functions, methods and closures", () => {
  const source = [
    "export async function one(a: string): Promise<void> {",
    "  if (",
    "    a === b &&",
    "    c",
    "  ) {",
    "    d();",
    "  }",
    "}",
    "class C {",
    "  #two(",
    "    a: string,",
    "  ): string {",
    "    return a;",
    "  }",
    "  get three() {",
    "    for (const each of this) {",
    "      each();",
    "    }",
    "  }",
    "}",
    "const four = (a) => {",
    "  return a;",
    "};",
  ].join("\n");
  assertEquals(listBodies(source), [
    { name: "one", lines: 6 },
    { name: "#two", lines: 1 },
    { name: "three", lines: 3 },
    { name: "four", lines: 1 },
  ]);
});

test("each function that may be long since it is flat exists and is long", async () => {
  const sources = await readTree("lib/", new Map());
  const idle = [...FLAT].filter((each) => {
    const [path = "", name] = each.split(": ");
    const bodies = listBodies(sources.get(path) ?? "");
    return !bodies.some((body) => body.name === name && body.lines > FUNCTION_LINES_MAX);
  });
  assertEquals(idle, []);
});
