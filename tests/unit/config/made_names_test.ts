import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { DIRECTORY, load, refusal } from "./loading.ts";

const TAKEN: readonly (readonly [text: string, message: string])[] = [
  [
    "a.service: {command: x, instances: 2}\na.2.service: {command: x}\n",
    "1:36: Configuration Error: a.service makes 'a.2.service', which is the name of another section",
  ],
  [
    "a.service: {command: x, for_each: [b, c]}\na.c.service: {command: x, enabled: false}\n",
    "1:35: Configuration Error: a.service makes 'a.c.service', which is the name of another section",
  ],
  [
    "a.service: {command: x, for_each: b.1}\na.b.service: {command: x, instances: 1}\n",
    "2:38: Configuration Error: a.b.service makes 'a.b.1.service', and so does a.service",
  ],
];

for (const [text, message] of TAKEN) {
  test(`two services may not have one name: ${message}`, () => {
    assertEquals(refusal(text), `${DIRECTORY}/a.conf:${message}`);
  });
}

test("a line of a crontab whose service would have the name of another is left out", () => {
  const { services, warnings } = load({
    files: {
      [`${DIRECTORY}/a.conf`]: "j.service: {type: crontab, file: /etc/crontab}\n" +
        "j.2.service: {command: other}\n",
      "/etc/crontab": "# jobs\n* * * * * root /bin/true\n* * * * * root /bin/false\n",
    },
  });
  assertEquals(services.map(({ name, command }) => [name, command]), [
    ["j.3.service", "/bin/false"],
    ["j.2.service", "other"],
  ]);
  assertEquals(warnings.map(({ message }) => message), [
    "j.service makes 'j.2.service', which is the name of another section: the line is left out",
  ]);
});

test("services of several sections may have names that are nearly the same", () => {
  const text = "a.service: {command: x, for_each: b.1}\na.b.service: {command: x, instances: 2}\n" +
    "a.c.service: {command: x}\n";
  assertEquals(
    load(text.replace("b.1", "b-1")).services.map(({ name }) => name),
    ["a.b-1.service", "a.b.1.service", "a.b.2.service", "a.c.service"],
  );
});
