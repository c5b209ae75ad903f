import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { refusal, section, service } from "./loading.ts";

const MIB = 1024 * 1024;

test("recycle reads memory, cpu and age", () => {
  const of = (text: string) => service(`recycle: {${text}}`).recycle;
  assertEquals(of("memory: 500M for 30s, cpu: 95% for 5m, age: 12h ± 1h"), {
    memory: { bytes: 500 * MIB, forMs: 30_000 },
    cpu: { percent: 95, forMs: 300_000 },
    age: { ms: 12 * 3_600_000, jitterMs: 3_600_000 },
  });
  assertEquals(of("memory: 1M for 1s, age: 1s"), {
    memory: { bytes: MIB, forMs: 1000 },
    age: { ms: 1000, jitterMs: 0 },
  });
  assertEquals(of("memory: 1G"), { memory: { bytes: 1024 * MIB, forMs: 30_000 } });
  assertEquals(of("cpu: 150%"), { cpu: { percent: 150, forMs: 300_000 } });
  assertEquals(of("uptime_jobs: 5000 by log done|failed"), {
    jobs: { kind: "log", count: 5000, pattern: "done|failed" },
  });
  assertEquals(of('uptime_jobs: "20 by http://127.0.0.1:80/jobs"'), {
    jobs: { kind: "http", count: 20, url: "http://127.0.0.1:80/jobs" },
  });
  assertEquals(of("age: 1d +- 30m"), { age: { ms: 86_400_000, jitterMs: 1_800_000 } });
});

test("recycle says what it expects", () => {
  for (
    const text of [
      "memory: big",
      "memory: 5M for ever",
      "memory: 5M for 1ms",
      "memory: 0",
      "cpu: 95",
      "cpu: 0%",
      "age: 1h ± 2h",
    ]
      .concat("age: 0", "age: 999ms", "age: 1h ± 1h", "age: 1h ± 1m ± 1m", "memory: 5M for 999ms")
      .concat(
        "memory: 5M for 1s for 1s",
        "cpu: 5% for ever",
        "size: 5M",
        "uptime_jobs: 5",
        "uptime_jobs: 0 by log x",
      )
      .concat("uptime_jobs: 5 by log (", "uptime_jobs: 5 by ftp x")
  ) {
    assertStringIncludes(
      refusal(section(`recycle: {${text}}`)),
      "expected memory: SIZE for TIME, cpu: PERCENT% for TIME, age: TIME ± TIME or uptime_jobs: NUMBER by",
      text,
    );
  }
});
