import { assertEquals } from "@std/assert";
import { RecordingFiles } from "../../../lib/config/load_record.ts";
import type { ConfigFiles } from "../../../lib/config/source/config_files.ts";
import { test } from "../../test.ts";

/** Files that say one thing, and how often they were asked. */
class Files implements ConfigFiles {
  asked = 0;
  readonly stat = (path: string) => {
    this.asked++;
    return path === "/a" ? "file" as const : undefined;
  };
  readonly list = () => {
    this.asked++;
    return ["a"];
  };
  readonly read = () => {
    this.asked++;
    return "text";
  };
  readonly readFor = () => {
    this.asked++;
    return "crontab";
  };
  readonly readRoots = () => {
    this.asked++;
    return "root's";
  };
}

function askAll(files: ConfigFiles): unknown[] {
  return [
    files.stat("/a"),
    files.stat("/none"),
    files.list("/"),
    files.read("/a"),
    files.readFor("/tab", undefined),
    files.readRoots("/tab"),
  ];
}

test("RecordingFiles ask once, and answer from the record what was asked before", () => {
  const disk = new Files();
  const files = new RecordingFiles(disk);
  const said = ["file", undefined, ["a"], "text", "crontab", "root's"];
  assertEquals([askAll(files), askAll(files)], [said, said]);
  assertEquals(disk.asked, 6);
  assertEquals(files.answers, {
    kinds: [["/a", "file"], ["/none", "absent"]],
    lists: [["/", ["a"]]],
    texts: [["/a", "text"], ["/tab", "crontab"], ["/tab (root's)", "root's"]],
  });
  const later = new Files();
  const record = { accounts: { passwd: "", group: "" }, backticks: [], ...files.answers };
  assertEquals(askAll(new RecordingFiles(later, record)), said);
  assertEquals(later.asked, 0);
});
