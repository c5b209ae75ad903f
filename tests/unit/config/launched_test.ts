import { assertEquals } from "@std/assert";
import { launchedService } from "../../../lib/config/launched.ts";
import { expandText } from "../../../lib/config/environment/expansion.ts";
import { test } from "../../test.ts";

const scope = { lookup: () => "expanded", run: () => "run" };

test("in what a launched service is told, nothing is expanded", () => {
  const words = ["$(X)/${Y} $Z", "\\$(X)", "$$(X)$((X))", "$(`x`)", "`x`", 'it\'s "b" \\ c', ""];
  const said = {
    uid: words[0],
    ready: { file: words[3] },
    "env_set": { A: words[1] },
    list: words,
  };
  const { name, text } = launchedService("a.service", said);
  const expanded = JSON.parse(text, (_key, value) => {
    return typeof value === "string" ? expandText(value, scope, "bracketed") : value;
  });
  assertEquals(expanded, { [name]: said });
});

test("in a variable of a launched service, nothing is expanded", () => {
  const { text } = launchedService("a.service", { "env_set": { A: "$(X)/${Y} $Z" } });
  const [value] = Object.values(JSON.parse(text)["a.service"]["env_set"]);
  assertEquals(expandText(String(value), scope, "bare"), "$(X)/${Y} $Z");
});
