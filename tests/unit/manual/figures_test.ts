/** What documents say of memory in passing is what the bench has kept. */
import { assertEquals } from "@std/assert";
import figures from "../../bench/figures.json" with { type: "json" };
import { test } from "../../test.ts";
import { readProjectFile } from "./documents.ts";

const memory = figures.measures.find(({ name }) => name === "memory")?.tools as
  | Readonly<Record<string, { readonly anonymousMib: number }>>
  | undefined;

function mebibytes(tool: string): string {
  const value = memory?.[tool]?.anonymousMib ?? NaN;
  return `${value >= 1 ? Math.round(value) : value.toFixed(2)} MiB`;
}

test("README and docs/peers.md say of memory what the bench has kept", () => {
  const [, costs] = /^It costs (.*) of memory/m.exec(readProjectFile("README.md")) ?? [];
  assertEquals(costs, mebibytes("chaperone"));
  const row = /^\| memory with one service \(anonymous\) (.*)$/m;
  const [, cells = ""] = row.exec(readProjectFile("docs/peers.md")) ?? [];
  const [, own, , s6, supervisord] = cells.split("|").map((cell) => cell.trim());
  assertEquals([own, s6, supervisord], [
    mebibytes("chaperone"),
    `${mebibytes("s6")} (s6)`,
    mebibytes("supervisor"),
  ]);
});
