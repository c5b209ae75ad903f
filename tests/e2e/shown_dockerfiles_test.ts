/**
 * The Dockerfile of docs/start.md: built as it stands, out of a release's archive and the files
 * that the page shows, it makes an image that runs. The others of the documents have the same
 * instructions (tests/unit/manual/dockerfiles_test.ts). What apt-get would fetch is not there.
 */
import { assertStringIncludes } from "@std/assert";
import { archiveName, programEntries } from "../../lib/build/release_archive.ts";
import { writeTar } from "../../lib/build/tar.ts";
import { readProjectFile } from "../unit/manual/documents.ts";
import { DIST } from "./harness/namespace.ts";
import { filesOf } from "./harness/recipes.ts";
import { containerTest } from "./harness/requirements.ts";
import { mustRun, runCommand } from "./harness/running.ts";
import { ensureDebianBase } from "./harness/shipped_images.ts";
import { blocksOf } from "./harness/shown.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGE = readProjectFile("docs/start.md");
const LIMIT_MS = 300_000;

/** Says what it was asked for. */
const APT_GET = '#!/bin/sh\necho "$@" >>/var/log/apt-asked\n';
const CONFIG = `
shown.service:
  type: oneshot
  stdout: inherit
  command: cat /var/log/apt-asked /var/www/html/index.php
`;

/** Lays out the folder that the page describes. */
async function layOut(folder: string): Promise<void> {
  const archive = `${archiveName(Deno.build.arch === "x86_64" ? "amd64" : "arm64")}.tar.gz`;
  const sources = { root: ROOT, rootfs: `${DIST}/rootfs`, sbomPath: `${DIST}/chaperone.cdx.json` };
  await Deno.writeFile(`${folder}/${archive}`, writeTar(await programEntries(sources)));
  const dockerfile = blocksOf(PAGE, "dockerfile")[0] ?? "";
  await Deno.writeTextFile(
    `${folder}/Dockerfile`,
    dockerfile.replace("linux-amd64", archive.replace(/^.*(linux-\w+)\.tar\.gz$/, "$1")),
  );
  const shown = filesOf(PAGE);
  for (const [, source, target] of dockerfile.matchAll(/^COPY (\w+(?:\.php)?) (\S+)$/gm)) {
    await Deno.writeTextFile(`${folder}/${source}`, shown[`files${target}`] ?? "");
  }
  await Deno.mkdir(`${folder}/chaperone.d`);
  await Deno.writeTextFile(`${folder}/chaperone.d/100-services.conf`, CONFIG);
  await Deno.writeTextFile(`${folder}/apt-get`, APT_GET, { mode: 0o755 });
}

containerTest("the Dockerfile of docs/start.md makes an image that runs", async () => {
  const folder = await Deno.makeTempDir({ prefix: "chaperone-shown-" });
  const tag = `localhost/chaperone-shown-${Deno.pid}`;
  try {
    await layOut(folder);
    await mustRun([
      ...["podman", "--runtime", "runc", "build", "--quiet", "--layers=false", "--network=none"],
      ...["--volume", `${folder}/apt-get:/usr/bin/apt-get:ro`, "--from", await ensureDebianBase()],
      ...["--tag", tag, folder],
    ], { limitMs: LIMIT_MS });
    const run = ["podman", "--runtime", "runc", "run", "--rm", "--network=none"];
    const limits = ["--log-driver=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096"];
    const stdout = await mustRun([...run, ...limits, tag], { limitMs: LIMIT_MS });
    assertStringIncludes(stdout, "install -y --no-install-recommends nginx php-fpm mariadb-server");
    assertStringIncludes(stdout, "hello from PHP");
  } finally {
    await runCommand(["podman", "rmi", "--force", tag], { limitMs: LIMIT_MS });
    await Deno.remove(folder, { recursive: true });
  }
});
