import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { filterFor, readReport } from "../../gather/report.ts";
import { test } from "../../test.ts";

const XML = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="6" failures="3" errors="0" time="0.026">
    <testsuite name="./a_test.ts" tests="6" disabled="1" errors="0" failures="3">
        <testcase name="it &apos;says&apos; &lt;b&gt; &amp; a &gt; b" classname="./a_test.ts" time="0.003">
            <failure message="Uncaught Error: x">Error: x
    &lt;testcase name=&quot;no test&quot;&gt;</failure>
        </testcase>
        <testcase name="whole life" classname="./a_test.ts" time="0.001" line="2" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="fine" classname="./a_test.ts" time="0.000" line="3" col="6">
        </testcase>
        <testcase name="for root" classname="./a_test.ts" time="0.000" line="4" col="6">
            <skipped/>
        </testcase>
        <testcase name="whole life &gt; stop" classname="./a_test.ts" time="0.001" line="2" col="43">
            <failure message="Uncaught Error: y">Error: y</failure>
        </testcase>
        <testcase name="whole life &gt; start" classname="./a_test.ts" time="0.001" line="2" col="43">
        </testcase>
    </testsuite>
</testsuites>
`;

test("a report names tests by how they ended, without their steps", () => {
  assertEquals(readReport(XML), {
    successes: ["fine"],
    failures: ["it 'says' <b> & a > b", "whole life"],
    skipped: 1,
  });
});

test("a report without tests counts none", () => {
  assertEquals(readReport("<testsuites/>"), { successes: [], failures: [], skipped: 0 });
});

test("the filter of failed tests lets them through, and no others", () => {
  const filter = filterFor(["a/b (c) [d]", "é | f"]);
  assertEquals(filter, "/^(a.b..c...d.|....f)$/");
  const pattern = new RegExp(filter.slice(1, -1));
  for (const name of ["a/b (c) [d]", "é | f"]) assertMatch(name, pattern);
  for (const name of ["a/b (c) [d] e", "x a/b (c) [d]"]) assertNotMatch(name, pattern);
});
