/** What `include` refuses, and where its bounds are; what it does is in load_layers_test.ts. */
import { assertEquals } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { test } from "../../../test.ts";
import { DIRECTORY, filesOf, load, type LoadRequest, refusal } from "../loading.ts";

const FILE = `${DIRECTORY}/a.conf`;

/** A configuration of one file that includes, and other files. */
function including(include: string, others: Readonly<Record<string, string>>): LoadRequest {
  return { files: { [FILE]: `include: ${include}\na.service: {command: a}\n`, ...others } };
}

function refused(request: LoadRequest, message: string): void {
  assertEquals(refusal(request), `${FILE}:1:10: Configuration Error: ${message}`);
}

test("an included file that cannot be read is told with the line that includes it", () => {
  const request = including("/x/*.conf", { "/x/1.conf": "" });
  const files = filesOf(request.files ?? {});
  const read = (path: string) => {
    if (path === "/x/1.conf") throw new SystemError("open", 13, path);
    return files.read(path);
  };
  refused(
    { ...request, reading: { read } },
    "cannot include '/x/*.conf': " +
      new SystemError("open", 13, "/x/1.conf").message,
  );
});

test("a pipe is not included, and not waited for", () => {
  const request = including("/x/pipe", { "/x/pipe": "" });
  const files = filesOf(request.files ?? {});
  const stat = (path: string) => path === "/x/pipe" ? "other" : files.stat(path);
  refused({ ...request, reading: { stat } }, "cannot include '/x/pipe': it is not a file");
});

test("a pattern means files alone, and hidden ones where it begins with a dot", () => {
  const others = {
    "/x/b.d/deep.conf": "deep.service: {command: x}\n",
    "/x/.b": "hidden.service: {command: x}\n",
    "/x/b2": "b2.service: {command: x}\n",
    "/x/b10": "b10.service: {command: x}\n",
    "/y/b3": "b3.service: {command: x}\n",
  };
  const names = (include: string) => load(including(include, others)).services.map((a) => a.name);
  assertEquals(names("/x/b*"), ["b10.service", "b2.service", "a.service"]);
  assertEquals(names("/x/.b*"), ["hidden.service", "a.service"]);
  assertEquals(names("/[xy]/b[23]"), ["b2.service", "b3.service", "a.service"]);
  assertEquals(names("/*/b.d/*.conf"), ["deep.service", "a.service"]);
  assertEquals(names("[/x/b2, /y]"), ["b2.service", "a.service"]);
});

function filesNamed(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`/x/${at}`, "# none\n"]));
}

test("a thousand files are read, and not one more", () => {
  // The first is the one that includes.
  assertEquals(load(including("/x/*", filesNamed(999))).services.length, 1);
  const [first = ""] = refusal(including("/x/*", filesNamed(1000))).split("\n");
  assertEquals(
    first,
    `${FILE}:1:10: Configuration Error: the configuration is too large: more than 4 MiB or 1000 ` +
      "files up to '/x/999'",
  );
});

test("four mebibytes are read, and not one character more", () => {
  const request = (more: number) => {
    const all = including("[/x/1, /x/2, /x/3, /x/4, /x/5]", {});
    const own = (all.files?.[FILE] ?? "").length;
    const sizes = [1 << 20, 1 << 20, 1 << 20, (1 << 20) - own - 1, 1 + more];
    const texts = sizes.map((size, at) => [`/x/${at + 1}`, "#".repeat(size)]);
    return { files: { ...all.files, ...Object.fromEntries(texts) } };
  };
  assertEquals(load(request(0)).services.length, 1);
  assertEquals(
    refusal(request(1)),
    `${FILE}:1:35: Configuration Error: the configuration is too large: more than 4 MiB or 1000 ` +
      "files up to '/x/5'",
  );
});
