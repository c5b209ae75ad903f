/**
 * What is built for the other architecture, and what a release is: the same bytes from two folders,
 * archives that run by themselves, images, signatures, provenance. The base runtime of the other
 * architecture comes from a server of this test.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { zipSync } from "fflate";
import { TESTED_VERSION } from "../../lib/build/base_runtime.ts";
import { CACHED_TEXTS } from "../../lib/build/bundle.ts";
import { LIBRARIES } from "../../lib/build/debian_libraries.ts";
import { signFile } from "../../lib/build/signature.ts";
import { downloadEnvironment } from "../../lib/build/tools.ts";
import { VERSION } from "../../lib/base/version.ts";
import { useCarriedTexts } from "../../lib/sys/self/carried_texts.ts";
import { buildLauncher } from "../../lib/sys/launch/stub.ts";
import { serveReleases } from "./harness/releases.ts";
import { containerTest, programTest } from "./harness/requirements.ts";
import { mustRun, runCommand } from "./harness/running.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const LIMIT_MS = 900_000;

/** All that a release reads; its cache is left behind. */
const SOURCES = [
  ...["main.ts", "build.ts", "release.ts", "deno.json", "deno.lock", "LICENSE"],
  ...["lib", "config", "docs"],
];

const OWN = Deno.build.target;
const [OTHER, OTHER_NAME, MACHINE, COMPILER] = Deno.build.arch === "x86_64"
  ? ["aarch64-unknown-linux-gnu", "arm64", "aarch64", "aarch64-linux-gnu-gcc"] as const
  : ["x86_64-unknown-linux-gnu", "amd64", "x86_64", "x86_64-linux-gnu-gcc"] as const;
const OWN_NAME = OTHER_NAME === "arm64" ? "amd64" : "arm64";
/** Of elf(5). */
const ELF_MACHINE = { aarch64: 183, "x86_64": 62 } as const;

async function copySources(of: string): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "chaperone-release-" });
  await Deno.chmod(copy, 0o755);
  await mustRun(["cp", "-r", ...SOURCES.map((name) => `${of}/${name}`), copy]);
  return copy;
}

/** Returns the release server's files: a program of the other architecture in place of denort. */
async function makeRelease(): Promise<Record<string, Uint8Array<ArrayBuffer> | string>> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/a.c`,
      'int puts(const char *);int main(){puts("stand-in");}',
    );
    await mustRun([COMPILER, "-static", "-s", "-o", `${folder}/denort`, `${folder}/a.c`]);
    const archive = zipSync({ denort: await Deno.readFile(`${folder}/denort`) });
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", archive)).toHex();
    const path = `/v${TESTED_VERSION}/denort-${OTHER}.zip`;
    return { [path]: archive, [`${path}.sha256sum`]: sum };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function elfMachine(path: string): number {
  return new DataView(Deno.readFileSync(path).buffer).getUint16(18, true);
}

async function listFiles(folder: string): Promise<string[]> {
  const found = await mustRun(["find", ".", "-not", "-type", "d", "-printf", "%P\n"], {
    cwd: folder,
  });
  return found.trim().split("\n").sort();
}

programTest("what needs no base runtime is built where that cannot be had", async () => {
  const copy = await copySources(ROOT);
  await using releases = serveReleases({});
  try {
    const { code, stderr } = await runCommand(
      [Deno.execPath(), "run", "-A", `${copy}/build.ts`, "--target", OTHER],
      { env: { ...downloadEnvironment(), DENO_RELEASES: releases.url }, limitMs: LIMIT_MS },
    );
    assertEquals(code, 1);
    assertMatch(stderr, /Cannot build for \S+: the base runtime of Deno \S+ cannot be downloaded/);
    const rootfs = `${copy}/dist/rootfs-${OTHER}`;
    const launcher = await Deno.readFile(`${rootfs}/usr/local/lib/chaperone/launcher`);
    assertEquals(launcher, buildLauncher(MACHINE));
    const files = await listFiles(rootfs);
    for (const name of LIBRARIES) {
      const path = `lib/${MACHINE}-linux-gnu/${name}`;
      assert(files.includes(path), path);
      assertEquals(elfMachine(`${rootfs}/${path}`), ELF_MACHINE[MACHINE], path);
    }
    assert(files.some((path) => path.includes("/ld-linux-")), files.join());
    assert((await Deno.stat(`${copy}/.cache/build/bundle/chaperone.js`)).size > 100_000);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}, [COMPILER, "apt-get"]);

interface Releases extends AsyncDisposable {
  readonly copies: readonly string[];
}

/** Makes a release of two architectures in two folders. */
async function makeReleases(key: string): Promise<Releases> {
  await using releases = serveReleases(await makeRelease());
  const one = await copySources(ROOT);
  // Of the copy, since somebody may be writing in the project.
  const copies = [one, await copySources(one)];
  for (const copy of copies) {
    const words = ["--target", OWN, "--target", OTHER, "--image", "scratch", "--sign-key", key];
    const env = { ...downloadEnvironment(), DENO_RELEASES: releases.url };
    await mustRun([Deno.execPath(), "run", "-A", `${copy}/release.ts`, ...words], {
      env,
      limitMs: LIMIT_MS,
    });
  }
  return {
    copies,
    async [Symbol.asyncDispose]() {
      for (const copy of copies) await Deno.remove(copy, { recursive: true });
    },
  };
}

const PROGRAM_FILES = [
  "chaperone",
  ...["chaperone", "chaperone-health", "envcp", "sdnotify", "sdnotify-exec", "telchap"]
    .map((name) => `usr/local/bin/${name}`),
  "usr/local/lib/chaperone/launcher",
  "usr/local/share/bash-completion/completions/telchap",
  ...["LICENSE", "SHA256SUMS", "chaperone.cdx.json"]
    .map((name) => `usr/local/share/doc/chaperone/${name}`),
  "usr/local/share/fish/vendor_completions.d/telchap.fish",
  ...["chaperone-health.1", "envcp.1", "sdnotify-exec.1", "sdnotify.1", "telchap.1"]
    .map((name) => `usr/local/share/man/man1/${name}`),
  "usr/local/share/man/man5/chaperone.d.5",
  "usr/local/share/man/man8/chaperone.8",
  "usr/local/share/zsh/site-functions/_telchap",
];

async function expectArchive(release: string): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of [OWN_NAME, OTHER_NAME]) {
      const archive = `${release}/chaperone-${VERSION}-linux-${name}.tar.gz`;
      const listed = await mustRun(["tar", "--list", "--gzip", "--file", archive]);
      assertEquals(listed.trim().split("\n"), PROGRAM_FILES);
    }
    const own = `${release}/chaperone-${VERSION}-linux-${OWN_NAME}.tar.gz`;
    await mustRun(["tar", "--extract", "--gzip", "--file", own, "--directory", folder]);
    const sums = "usr/local/share/doc/chaperone/SHA256SUMS";
    await mustRun(["sha256sum", "--quiet", "--check", sums], { cwd: folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const DOCKERFILE = `FROM scratch
ADD chaperone-${VERSION}-linux-${OWN_NAME}.tar.gz chaperone-${VERSION}-linux-${OWN_NAME}-scratch.tar.gz /
ADD test.conf /etc/chaperone.d/test.conf
ENTRYPOINT ["/chaperone"]
`;
const CONFIG = `
console.logging: {selector: "*.info", stdout: true}
first.service: {type: oneshot, command: "/chaperone telchap --version"}
`;

const PODMAN_RUN = [
  ...["podman", "--runtime", "runc", "run", "--rm", "--network=none", "--log-driver=none"],
  ...["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"],
];

/** Runs a container of the archives and nothing else. */
async function expectContainer(release: string): Promise<void> {
  const tag = `localhost/chaperone-release-${Deno.pid}`;
  await Deno.writeTextFile(`${release}/Dockerfile`, DOCKERFILE);
  await Deno.writeTextFile(`${release}/test.conf`, CONFIG);
  try {
    const build = ["podman", "build", "--quiet", "--layers=false", "--network=none", "--tag", tag];
    await mustRun([...build, release], { limitMs: LIMIT_MS });
    const said = await mustRun([...PODMAN_RUN, tag], { limitMs: LIMIT_MS });
    assertMatch(said, /first\[\d+\]: .*version/);
    assertMatch(said, /exit 0: /);
  } finally {
    await runCommand(["podman", "rmi", "--force", tag], { limitMs: LIMIT_MS });
  }
}

interface Index {
  readonly manifests: readonly { readonly mediaType: string; readonly digest: string }[];
}

/** The image has both architectures, and podman runs the one of this machine. */
async function expectImage(release: string): Promise<void> {
  const archive = `${release}/chaperone-${VERSION}-scratch.oci.tar`;
  const read = async (path: string) =>
    JSON.parse(await mustRun(["tar", "--extract", "--to-stdout", "--file", archive, path]));
  const top = await read("index.json") as Index;
  const digest = top.manifests[0]?.digest.replace(":", "/");
  const index = await read(`blobs/${digest}`) as {
    manifests: readonly { platform: { architecture: string } }[];
  };
  const architectures = index.manifests.map(({ platform }) => platform.architecture);
  assertEquals(architectures, [OWN_NAME, OTHER_NAME]);
  const id = (await mustRun(["podman", "pull", "--quiet", `oci-archive:${archive}`], {
    limitMs: LIMIT_MS,
  })).trim();
  try {
    const format = '{{index .Labels "org.opencontainers.image.version"}} {{.Architecture}}';
    const labels = await mustRun(["podman", "image", "inspect", "--format", format, id]);
    assertEquals(labels.trim(), `${VERSION} ${OWN_NAME}`);
    const said = await mustRun([...PODMAN_RUN, id, "--version"], { limitMs: LIMIT_MS });
    assertStringIncludes(said, `version ${VERSION}`);
  } finally {
    await runCommand(["podman", "rmi", "--force", id], { limitMs: LIMIT_MS });
  }
}

interface Provenance {
  readonly subject: readonly {
    readonly name: string;
    readonly digest: { readonly sha256: string };
  }[];
  readonly predicate: {
    readonly buildDefinition: {
      readonly externalParameters: { readonly command: readonly string[] };
      readonly resolvedDependencies: readonly { readonly name: string }[];
    };
  };
}

async function expectProvenance(release: string, key: string): Promise<void> {
  await mustRun(["sha256sum", "--quiet", "--check", "SHA256SUMS"], { cwd: release });
  const text = await Deno.readTextFile(`${release}/provenance.intoto.json`);
  const { subject, predicate } = JSON.parse(text) as Provenance;
  const sums = await Deno.readTextFile(`${release}/SHA256SUMS`);
  for (const { name, digest } of subject) assertStringIncludes(sums, `${digest.sha256}  ${name}\n`);
  const { resolvedDependencies, externalParameters } = predicate.buildDefinition;
  const names = resolvedDependencies.map(({ name }) => name);
  assertEquals(names, [
    "deno.lock",
    `denort ${TESTED_VERSION} ${OWN}`,
    `denort ${TESTED_VERSION} ${OTHER}`,
  ]);
  assert(!externalParameters.command.join(" ").includes(key), "the place of the key is left out");
}

async function expectSignature(release: string, key: string): Promise<void> {
  const publicKey = (await Deno.readTextFile(`${key}.pub`)).trim();
  await Deno.writeTextFile(`${key}.allowed`, `release ${publicKey}\n`);
  const verify = [
    "ssh-keygen",
    "-Y",
    "verify",
    "-f",
    `${key}.allowed`,
    "-I",
    "release",
    "-n",
    "file",
  ];
  const words = [...verify, "-s", `${release}/SHA256SUMS.sig`];
  const sums = await Deno.readTextFile(`${release}/SHA256SUMS`);
  const good = await runCommand(words, { stdin: sums });
  assertEquals(good.code, 0, good.stderr);
  const bad = await runCommand(words, { stdin: `${sums} ` });
  assert(bad.code !== 0, "a changed file is not taken");
}

containerTest(
  "a release: same bytes, archives, image of both architectures, signature",
  async (t) => {
    const folder = await Deno.makeTempDir();
    const key = `${folder}/key`;
    await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "release", "-f", key]);
    await using releases = await makeReleases(key);
    const [one, two] = releases.copies as [string, string];
    const release = `${one}/dist/release`;
    await t.step(
      "two releases of the same sources, in different folders, are the same",
      async () => {
        const caches = CACHED_TEXTS.map((name) => `${name}.js.cache`);
        useCarriedTexts(caches, (texts) => {
          for (const data of texts) {
            assert(data !== undefined && data.length > 10_000, "what V8 compiled");
          }
        }, `${one}/dist/chaperone`);
        for (const name of ["SHA256SUMS", "SHA256SUMS.sig"]) {
          const other = await Deno.readTextFile(`${two}/dist/release/${name}`);
          assertEquals(await Deno.readTextFile(`${release}/${name}`), other, name);
        }
      },
    );
    await t.step("the other architecture's program carries the texts", async () => {
      const program = `${one}/dist/chaperone-${OTHER}`;
      assertEquals(elfMachine(program), ELF_MACHINE[MACHINE]);
      useCarriedTexts(["chaperone.js"], ([text]) => {
        assert(text !== undefined && text.length > 100_000);
      }, program);
      const bill = await Deno.readTextFile(`${program}.cdx.json`);
      assertStringIncludes(bill, `/lib/${MACHINE}-linux-gnu/libc.so.6`);
    });
    await t.step(
      "an archive holds what it should, and its checksums",
      () => expectArchive(release),
    );
    await t.step("provenance and checksums agree", () => expectProvenance(release, key));
    await t.step(
      "the signature verifies, of these bytes alone",
      () => expectSignature(release, key),
    );
    await t.step("the image has both architectures and runs", () => expectImage(release));
    await t.step("a container of the archives alone runs", () => expectContainer(release));
    await Deno.remove(folder, { recursive: true });
  },
  ["ssh-keygen", COMPILER, "apt-get"],
);

programTest("a key of minisign signs, too", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [key, file] = [`${folder}/key`, `${folder}/SHA256SUMS`];
    await Deno.writeTextFile(file, "sums\n");
    await mustRun(["minisign", "-G", "-W", "-p", `${key}.pub`, "-s", key]);
    assertEquals(await signFile(file, key, "chaperone 1.2.3"), `${file}.minisig`);
    const said = await mustRun(["minisign", "-V", "-p", `${key}.pub`, "-m", file]);
    assertStringIncludes(said, "chaperone 1.2.3");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, ["minisign"]);

programTest("release --help says what it makes, with an example", async () => {
  const said = await mustRun([Deno.execPath(), "run", "-A", `${ROOT}release.ts`, "--help"], {
    env: downloadEnvironment(),
    limitMs: 60_000,
  });
  assertStringIncludes(said, "Example: deno task release");
});
