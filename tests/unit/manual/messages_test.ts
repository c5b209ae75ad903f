import { assertEquals } from "@std/assert";
import { MESSAGES } from "../../../lib/manual/messages.ts";
import { test } from "../../test.ts";
import { listFolder, readProjectFile } from "./documents.ts";

/** The code of a folder, each text that goes on in the next line joined. */
const CODE = ["base", "service", "daemon", "apps"].flatMap((room) => listFolder(`lib/${room}/`))
  .map((path) => readProjectFile(path).replace(/["`] \+\n\s*["`]/g, ""));

test("MESSAGES are the texts of the code, but for the words in braces", () => {
  const unknown = MESSAGES.flatMap(({ text }) =>
    text.split(/\{\w+\}/).map((part) => part.trim()).filter((part) => part.length > 2)
      .filter((part) => !CODE.some((code) => code.includes(part)))
  );
  assertEquals(unknown, []);
});
