/** What `telchap check` of the compiled program says of the configurations that the project shows. */
import { assert, assertEquals } from "@std/assert";
import { lintConfig } from "../../lib/config/lint/lint.ts";
import {
  DOCUMENTS,
  EXAMPLE_ACCOUNTS,
  fencedBlocks,
  listFolder,
  loadText,
  readProjectFile,
  ROOT,
} from "../unit/manual/documents.ts";
import { DIST } from "./harness/namespace.ts";
import { programTest } from "./harness/requirements.ts";
import { runCommand } from "./harness/running.ts";

const FOLDERS = ["config/chaperone.d", "config/demo/chaperone.d", "config/images/chaperone.d"];

/** Makes whatever a configuration names outside of itself, as the image that it is for would have it. */
async function furnish(root: string, texts: readonly string[]): Promise<void> {
  const programs = new Set<string>();
  const places = new Set<string>();
  for (const text of texts) {
    lintConfig(loadText(text), {
      findExecutable: (word) => {
        programs.add(word.includes("/") ? word : `/usr/bin/${word}`);
        return "found";
      },
      exists: (path) => places.add(path).has(path),
    });
  }
  const make = async (path: string) => {
    await Deno.mkdir(`${root}${path}`, { recursive: true });
  };
  for (const place of ["/etc", ...places]) await make(place);
  for (const path of programs) {
    await make(path.slice(0, path.lastIndexOf("/")));
    await Deno.writeTextFile(`${root}${path}`, "", { mode: 0o755 });
  }
  const lines = EXAMPLE_ACCOUNTS.map((name, number) => `${name}:x:${number}:`);
  await Deno.writeTextFile(`${root}/etc/group`, `${lines.join("\n")}\n`);
  const users = lines.map((line, number) => `${line}${number}::/home:/bin/sh`);
  await Deno.writeTextFile(`${root}/etc/passwd`, `${users.join("\n")}\n`);
  await Deno.writeTextFile(`${root}/etc/crontab`, "17 * * * * root run-parts /etc/cron.hourly\n");
}

programTest("telchap check finds nothing wrong with any example of docs and config", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const blocks = DOCUMENTS.flatMap((path) => fencedBlocks(path, "yaml"));
    assert(blocks.length > 200, `${blocks.length} blocks`);
    const paths = await Promise.all(blocks.map(async ({ name, text }) => {
      const path = `${directory}/${name.replaceAll(/[/:]/g, "-")}.conf`;
      await Deno.writeTextFile(path, text);
      return path;
    }));
    const files = FOLDERS.flatMap((folder) => listFolder(`${folder}/`));
    const own = ["config/default.conf", ...files].map(readProjectFile);
    await furnish(`${directory}/image`, [...blocks.map(({ text }) => text), ...own]);
    const configs = [
      ...paths,
      ...["config/default.conf", ...FOLDERS].map((path) => ROOT.pathname + path),
    ];
    const { code, stdout } = await runCommand([
      ...[`${DIST}/chaperone`, "telchap", "check", "--root", `${directory}/image`],
      ...configs,
    ]);
    assertEquals(stdout.split("\n").filter((line) => /^(?:error|warning): /.test(line)), []);
    assertEquals(
      stdout.split("\n").filter((line) => /, no error$/.test(line)).length,
      configs.length,
    );
    assertEquals(code, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
