/**
 * Lays out an image root: the program, its links, the libraries that it loads, certificates,
 * account files.
 */
import { buildLauncher, IMAGE_LAUNCHER, type Machine } from "../sys/launch/stub.ts";
import { layOutDebianLibraries } from "./debian_libraries.ts";
import { BuildError, exists, mustRun } from "./tools.ts";

const FOLDERS = ["dev", "etc", "proc", "root", "run", "tmp", "usr/local/bin"];

/** The names that the binary answers to besides its own. */
const LINKS = ["telchap", "envcp", "sdnotify", "sdnotify-exec", "chaperone-health"];

/** Made of these sources. */
const OWN_FILES: readonly string[] = ["/chaperone", IMAGE_LAUNCHER];

const FILES = {
  passwd: "root:x:0:0:root:/root:/bin/sh\n" +
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
  group: "root:x:0:\nnogroup:x:65534:\n",
  // Without it, glibc asks the name server for names that /etc/hosts has.
  "nsswitch.conf": "hosts: files dns\n",
};

/**
 * Makes a root anew, without the binary: what is of this machine's architecture is copied from it,
 * and else comes from Debian's packages. @throws {BuildError} where a library is missing.
 */
export async function layOutRootfs(
  rootfs: string,
  { machine, listedBy }: {
    readonly machine: Machine;
    /** A binary of this machine, whose libraries are copied. */
    readonly listedBy?: string | undefined;
  },
): Promise<void> {
  await Deno.remove(rootfs, { recursive: true }).catch(() => {});
  // Where an architecture has its loader in /lib, /lib64 stays empty: Dockerfiles copy both.
  for (const folder of [...FOLDERS, "lib", "lib64"]) {
    await Deno.mkdir(`${rootfs}/${folder}`, { recursive: true });
  }
  await Deno.chmod(`${rootfs}/root`, 0o700);
  await Deno.chmod(`${rootfs}/tmp`, 0o1777);
  for (const name of ["chaperone", ...LINKS]) {
    await Deno.symlink("../../../chaperone", `${rootfs}/usr/local/bin/${name}`);
  }
  await layOutLauncher(rootfs, machine);
  if (listedBy === undefined) await layOutDebianLibraries(machine, rootfs);
  else await layOutLibraries(listedBy, rootfs);
  await layOutCertificates(rootfs);
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.writeTextFile(`${rootfs}/etc/${name}`, text);
  }
}

/** Puts the binary into a root, in the place of an earlier one. */
export async function addBinary(binary: string, rootfs: string): Promise<void> {
  await Deno.remove(`${rootfs}/chaperone`).catch(() => {});
  await Deno.link(binary, `${rootfs}/chaperone`);
}

/** In the image it is a file that was there before the container began, as scanners want it. */
async function layOutLauncher(rootfs: string, machine: Machine): Promise<void> {
  const path = `${rootfs}${IMAGE_LAUNCHER}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeFile(path, buildLauncher(machine));
  await Deno.chmod(path, 0o555);
}

/** The libraries and certificates, by their paths in the image, in a fixed order. */
export async function rootfsFiles(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder + below)) {
    const path = `${below}/${entry.name}`;
    if (entry.isDirectory) found.push(...await rootfsFiles(folder, path));
    else if (entry.isFile && !OWN_FILES.includes(path)) found.push(path);
  }
  return found.sort();
}

/** Copies each library that the binary loads, and the loader, to the path they are loaded from. */
async function layOutLibraries(binary: string, rootfs: string): Promise<void> {
  const listed = await mustRun("ldd", [binary], { doing: `list the libraries of ${binary}` });
  for (const line of listed.split("\n")) {
    if (line.includes("not found")) throw new BuildError(`Cannot find a library: ${line.trim()}`);
    const path = /(?:=> |^\s*)(\/\S+) \(0x/.exec(line)?.[1];
    if (path === undefined) continue;
    await Deno.mkdir(rootfs + path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(path, rootfs + path);
  }
}

/** Copies the machine's certificate bundle to where Debian's programs look for it. */
async function layOutCertificates(rootfs: string): Promise<void> {
  const known = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
  for (const path of known) {
    if (!await exists(path)) continue;
    await Deno.mkdir(`${rootfs}/etc/ssl/certs`, { recursive: true });
    await Deno.copyFile(path, `${rootfs}${known[0]}`);
    return;
  }
}
