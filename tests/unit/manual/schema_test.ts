import { assert, assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { generateSchema } from "../../../lib/manual/schema.ts";
import { SECTION_KINDS } from "../../../lib/config/directive.ts";
import { test } from "../../test.ts";
import { fencedBlocks, listFolder, plainValue, readProjectFile } from "./documents.ts";

const SCHEMA = JSON.parse(generateSchema());
const validate = new Ajv({ allowUnionTypes: true, allErrors: true }).compile(SCHEMA);

function complaints(name: string, text: string): string[] {
  const value = plainValue(name, text);
  if (value === undefined || validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${name}${error.instancePath}: ${error.message}`);
}

test("generateSchema accepts every configuration file of the project", () => {
  const files = [...listFolder("config/"), ...listFolder("tests/fixtures/")]
    .filter((path) => /\.(conf|yaml)$/.test(path))
    // A pod is for Kubernetes; what it mounts as configuration is in its own document.
    .filter((path) => !path.startsWith("config/kubernetes/"));
  assert(files.length > 20);
  for (const path of files) assertEquals(complaints(path, readProjectFile(path)), []);
});

test("generateSchema accepts every example of the documents", () => {
  const documents = [...listFolder("docs/").filter((path) => path.endsWith(".md")), "README.md"];
  for (const path of documents) {
    for (const { name, text } of fencedBlocks(path, "yaml")) {
      assertEquals(complaints(name, text), []);
    }
  }
});

test("generateSchema refuses what loading refuses before expansion", () => {
  const refused = [
    "settings:",
    "settings: {idle_dely: 1}",
    "settings: {console: colour}",
    "web.services: {command: x}",
    "a.service: {}",
    "a.service: {command: 5}",
    "a.service: {command: x, type: bogus}",
    "a.service: {command: x, env_set: {PORT: 80}}",
    "a.service: {command: x, restart: sometimes}",
    "a.service: {command: x, limits: 5}",
    "a.logging: {stdout: 'yes'}",
    "a.logging: {format: xml}",
  ];
  for (const text of refused) assert(complaints(text, text).length > 0, text);
});

test("generateSchema accepts what loading accepts in odd forms", () => {
  const accepted = [
    "# nothing",
    "a.service: {command: x, stdout: null, restart: always, umask: 0022, stop_timeout: 5}",
    "a.service: {command: x, enabled: '$(X:+true)', uid: 33, gid: www-data, port: '$(P:-80)'}",
    "settings: {console: '$(MODE:-plain)'}",
    "a.logging.service: {command: x}",
    "a.service: {command: x, ready: {exec: [a, b], interval: 1}, success_codes: 3}",
  ];
  for (const text of accepted) assertEquals(complaints(text, text), []);
});

test("generateSchema describes each directive", () => {
  for (const section of SECTION_KINDS) {
    const { properties } = SCHEMA.definitions[section];
    for (const [name, property] of Object.entries<{ description: string }>(properties)) {
      assert(property.description.length > 20, `${section} ${name}`);
    }
  }
});
