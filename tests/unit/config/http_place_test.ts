import { assertEquals } from "@std/assert";
import { parseHttp } from "../../../lib/config/http_place.ts";
import { test } from "../../test.ts";

test("parseHttp reads where the status server listens", () => {
  const rows: readonly (readonly [text: string, address: string | undefined])[] = [
    [" 127.0.0.1:80 ", "127.0.0.1:80"],
    ["unix:/run/a", "unix:/run/a"],
    ["unix:/", undefined],
    ["unix:a", undefined],
    ["80", undefined],
    ["a:65536", undefined],
  ];
  for (const [text, address] of rows) assertEquals(parseHttp(text), address, text);
});
