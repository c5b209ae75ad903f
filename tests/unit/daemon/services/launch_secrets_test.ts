import { assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { readSecrets } from "../../../../lib/daemon/services/launch_secrets.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../../service/service_config.ts";
import { FakeOs } from "../fake_os.ts";

test("the secrets of a service have 1 MiB together at most", () => {
  const os = new FakeOs();
  os.files.set("/key", "x".repeat(512 * 1024));
  const secrets = ["A", "B", "C"].map((name) => ({ name, path: "/key" }));
  const config = (count: number) => serviceConfig({ secrets: secrets.slice(0, count) });
  assertEquals(readSecrets(os, config(2)).length, 2);
  assertThrows(() => readSecrets(os, config(3)), SystemError, "1 MiB together");
});
