/**
 * The C library of another architecture, out of Debian's packages: apt-get fetches them with a
 * state of its own, so that nothing is installed and no architecture is added to this machine. It
 * checks their signatures as ever.
 */
import { BuildError, mustRun, say } from "./tools.ts";
import type { Machine } from "../sys/launch/stub.ts";

const PACKAGES = ["libc6", "libgcc-s1"];

/** What the base runtime is linked with, but for the loader. */
export const LIBRARIES = [
  "libc.so.6",
  "libdl.so.2",
  "libgcc_s.so.1",
  "libm.so.6",
  "libpthread.so.0",
  "librt.so.1",
];

/** What Debian calls an architecture, and where programs of it look for their loader. */
export const DEBIAN: Readonly<
  Record<Machine, { readonly name: string; readonly loader: string; readonly folder: string }>
> = {
  "x86_64": {
    name: "amd64",
    loader: "/lib64/ld-linux-x86-64.so.2",
    folder: "/lib/x86_64-linux-gnu",
  },
  aarch64: {
    name: "arm64",
    loader: "/lib/ld-linux-aarch64.so.1",
    folder: "/lib/aarch64-linux-gnu",
  },
};

/** Copies the loader and the libraries into an image root. @throws {BuildError} */
export async function layOutDebianLibraries(machine: Machine, rootfs: string): Promise<void> {
  const { loader, folder } = DEBIAN[machine];
  const scratch = await Deno.makeTempDir({ prefix: "chaperone-build-" });
  try {
    await fetchPackages(machine, scratch);
    const unpacked = `${scratch}/root`;
    for (const path of [loader, ...LIBRARIES.map((name) => `${folder}/${name}`)]) {
      await Deno.mkdir(rootfs + path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(
        `${unpacked}${folder}/${path.slice(path.lastIndexOf("/") + 1)}`,
        rootfs + path,
      );
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function fetchPackages(machine: Machine, scratch: string): Promise<void> {
  const { name } = DEBIAN[machine];
  say(`Fetching the C library of ${name} from Debian's packages`);
  for (const folder of ["state/lists/partial", "cache/archives/partial", "packages", "root"]) {
    await Deno.mkdir(`${scratch}/${folder}`, { recursive: true });
  }
  await Deno.writeTextFile(`${scratch}/status`, "");
  const settings = [
    `APT::Architecture=${name}`,
    `APT::Architectures=${name}`,
    `Dir::State=${scratch}/state`,
    `Dir::State::status=${scratch}/status`,
    `Dir::Cache=${scratch}/cache`,
    // The folder is the caller's alone.
    "APT::Sandbox::User=",
  ].flatMap((setting) => ["-o", setting]);
  const options = { cwd: `${scratch}/packages`, doing: `fetch the C library of ${name}` };
  try {
    await mustRun("apt-get", ["-qq", ...settings, "update"], options);
    await mustRun("apt-get", ["-qq", ...settings, "download", ...PACKAGES], options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError(`Cannot ${options.doing}: it takes apt-get of Debian`);
  }
  for await (const { name: file } of Deno.readDir(options.cwd)) {
    await mustRun("dpkg-deb", ["-x", `${options.cwd}/${file}`, `${scratch}/root`], options);
  }
}
