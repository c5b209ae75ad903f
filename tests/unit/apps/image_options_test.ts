import { assertEquals } from "@std/assert";
import { readImageOptions } from "../../../lib/apps/image_options.ts";
import { AccountFiles } from "../../../lib/base/accounts.ts";
import { test } from "../../test.ts";

const ACCOUNTS = new AccountFiles("app:x:1000:1000::/home/app:/bin/sh\n", "");

function read(defaults: string | undefined, config?: string) {
  return readImageOptions(
    defaults === undefined ? {} : { _CHAP_OPTIONS: defaults },
    ACCOUNTS,
    config,
  );
}

test("readImageOptions finds the configuration where chaperone does", () => {
  assertEquals(read(undefined).configPath, "/etc/chaperone.d");
  for (const user of ["--user app", "--user 1000", "--create-user app:/srv"]) {
    const { configPath, account, problem } = read(`${user} --config conf.d`);
    assertEquals([configPath, account?.uid, problem], ["/home/app/conf.d", 1000, undefined], user);
  }
  for (const user of ["--user 77", "--create-user later"]) {
    const { configPath, account } = read(`${user} --config conf.d`);
    assertEquals([configPath, account], ["/conf.d", undefined], user);
  }
  assertEquals(read("--user 1000 --config conf.d", "/srv/a.conf").configPath, "/srv/a.conf");
});

test("readImageOptions says why chaperone does not start with the variable", () => {
  const { options, configPath, problem } = read("--comfig x");
  assertEquals([options, configPath], [undefined, "/etc/chaperone.d"]);
  assertEquals(
    problem,
    "The variable _CHAP_OPTIONS is not understood: --comfig x: there is no option --comfig; " +
      "did you mean '--config'?",
  );
  assertEquals(read("--help").problem, undefined);
});
