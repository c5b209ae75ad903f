import { assertEquals } from "@std/assert";
import { listEffective } from "../../../lib/config/effective.ts";
import { test } from "../../test.ts";
import { DIRECTORY, load, type LoadRequest, serviceOf } from "./loading.ts";

function effective(request: LoadRequest, name: string): Map<string, string> {
  const config = load(request);
  return new Map(
    listEffective(config, serviceOf(config, name)).map(
      ({ name: directive, value, from, position }) => {
        const place = position === undefined ? "" : ` ${position.file}:${position.line}`;
        return [directive, `${value} | ${from}${place}`];
      },
    ),
  );
}

test("F-076: show tells where each value comes from: section, settings, default, command line", () => {
  const files = {
    [`${DIRECTORY}/1.conf`]:
      "settings:\n  process_timeout: 7\n  env_set: {A: x, DB_PASSWORD: pw}\n",
    [`${DIRECTORY}/2.yaml`]: "web.service:\n  command: run $(A)\n  restart: true\n" +
      "  env_set:\n    B: y\n  instances: 2\n",
  };
  const shown = effective({ files, options: { user: "app" } }, "web.2.service");
  assertEquals(shown.get("command"), `run $(A) | service ${DIRECTORY}/2.yaml:2`);
  assertEquals(shown.get("restart"), `true | service ${DIRECTORY}/2.yaml:3`);
  assertEquals(shown.get("process_timeout"), `7 | settings ${DIRECTORY}/1.conf:2`);
  assertEquals(shown.get("uid"), "1000 | command line");
  assertEquals(shown.get("restart_limit")?.endsWith("| default"), true);
  assertEquals(shown.get("env_set"), `{'B': 'y'} | service ${DIRECTORY}/2.yaml:4`);
  assertEquals([...shown.values()].some((text) => text.includes("pw")), false);
});
