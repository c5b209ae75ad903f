/** The Dockerfiles of the project say the same of what they have in common. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { VERSION } from "../../../lib/base/version.ts";
import { parseDockerfile } from "../../../lib/build/dockerfile.ts";
import { BuildError } from "../../../lib/build/tools.ts";
import { blocksOf } from "../../e2e/harness/shown.ts";
import { test } from "../../test.ts";
import { listFolder, loadText, readProjectFile } from "./documents.ts";

const IMAGES = listFolder("config/images/").filter((path) => path.endsWith("/Dockerfile"));

interface Instruction {
  readonly name: string;
  readonly text: string;
}

function instructionsIn(dockerfile: string): Instruction[] {
  const lines = dockerfile.replaceAll(/\\\n\s*/g, "").split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [, name = "", text = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    return { name, text };
  });
}

function textsOf(path: string, name: string): string[] {
  return instructionsIn(readProjectFile(path)).filter((each) => each.name === name).map((
    { text },
  ) => text);
}

test("there are images for scratch, Debian and Alpine", () => {
  const bases = IMAGES.map((path) => textsOf(path, "FROM").join().replace(/:.*/, ""));
  assertEquals(bases.sort(), ["alpine", "debian", "scratch"]);
});

for (const name of ["LABEL", "STOPSIGNAL", "ENTRYPOINT", "HEALTHCHECK"]) {
  test(`all images of config/images have the same ${name}`, () => {
    const [first, ...others] = IMAGES.map((path) => textsOf(path, name));
    assertEquals(first?.length, 1);
    for (const other of others) assertEquals(other, first);
  });
}

for (const path of ["Dockerfile", ...IMAGES]) {
  test(`${path} tells this version, is stopped by SIGTERM, and starts chaperone without a shell`, () => {
    assertEquals(textsOf(path, "LABEL"), textsOf(IMAGES[0] ?? "", "LABEL"));
    assert(textsOf(path, "LABEL").join().includes(`image.version="${VERSION}"`));
    assertEquals(textsOf(path, "STOPSIGNAL"), ["SIGTERM"]);
    assertEquals(textsOf(path, "ENTRYPOINT").map((text) => JSON.parse(text)), [["/chaperone"]]);
  });

  test(`${path} runs nothing while it is built, so that no other architecture needs emulation`, () => {
    assertEquals(textsOf(path, "RUN"), []);
  });
}

test("the top-level Dockerfile has no configuration, and so no HEALTHCHECK", () => {
  assertEquals(textsOf("Dockerfile", "COPY"), ["${ROOTFS}/ /"]);
  assertEquals(textsOf("Dockerfile", "HEALTHCHECK"), []);
});

test("the images' own configuration says where the HEALTHCHECK asks", () => {
  const config = loadText(readProjectFile("config/images/chaperone.d/000-image.conf"));
  assertEquals(config.warnings, []);
  assertEquals(config.settings.http, "127.0.0.1:9100");
});

test("a release reads the Dockerfiles as an engine does", () => {
  const texts = IMAGES.map((path) => readProjectFile(path));
  for (const recipe of texts.map((text) => parseDockerfile(text, { ROOTFS: "dist/root" }))) {
    assertEquals(recipe.entrypoint, ["/chaperone"]);
    assertEquals(recipe.stopSignal, "SIGTERM");
    assertEquals(recipe.labels["org.opencontainers.image.version"], VERSION);
    assertEquals(Object.keys(recipe.labels).length, 4);
    assertEquals(recipe.healthcheck, {
      Test: ["CMD", "/chaperone", "health"],
      Interval: 30e9,
      Timeout: 5e9,
      StartPeriod: 60e9,
      Retries: 3,
    });
    const sources = recipe.copies.map(({ source }) => source);
    assertEquals(sources.at(-1), "config/images/chaperone.d/");
    assert(sources[0]?.startsWith("dist/root/"), sources[0]);
  }
});

test("a Dockerfile that runs something is no image of a release", () => {
  const text = "FROM scratch\nRUN true\n";
  assertThrows(() => parseDockerfile(text, {}), BuildError, "a Dockerfile with RUN");
});

/** As that of docs/start.md, which an end-to-end test builds. */
const SHOWN_SHAPE = [
  /^FROM (?:debian:bookworm-slim|registry\.example\.com\/app:1)$/,
  /^RUN apt-get update && apt-get install -y --no-install-recommends [a-z\d -]+(?:&& rm -rf .*)?$/,
  new RegExp(`^ADD chaperone-${VERSION.replaceAll(".", "\\.")}-linux-amd64\\.tar\\.gz /$`),
  /^COPY \S+ \/\S+$/,
  /^ENTRYPOINT \["\/chaperone"\]$/,
  /^CMD \[\]$/,
];

for (const page of ["README.md", "docs/start.md", "docs/cookbook.md"]) {
  test(`the Dockerfiles of ${page} unpack a release on Debian, in this order`, () => {
    const shown = blocksOf(readProjectFile(page), "dockerfile");
    assert(shown.length > 0);
    for (const text of shown) {
      const lines = instructionsIn(text).map((each) => `${each.name} ${each.text}`);
      const places = lines.map((line) => SHOWN_SHAPE.findIndex((shape) => shape.test(line)));
      assertEquals(places, places.toSorted((a, b) => a - b), text);
      assert(!places.includes(-1), text);
      for (const needed of [0, 2, 3, 4]) assert(places.includes(needed), text);
    }
  });
}
