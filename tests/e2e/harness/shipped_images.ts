/**
 * The images of config/images, built from their Dockerfiles as they are. What `FROM` names is made
 * here, since no registry is asked: Debian of the machine's packages that every Debian has; in
 * place of Alpine, what sets it apart from Debian, which is musl as the C library and no glibc.
 */
import {
  buildDockerfile,
  closure,
  copyPackages,
  describeBuild,
  describePackages,
  ensureMade,
  importRoot,
} from "./images.ts";
import { mustRun } from "./running.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const PROGRAM = new URL("stays.c", import.meta.url).pathname;

/** The folders of config/images, each with its Dockerfile. */
export const SHIPPED = ["image:scratch", "image:debian-slim", "image:alpine"] as const;
export type ShippedName = typeof SHIPPED[number];

export function isShipped(name: string): name is ShippedName {
  return SHIPPED.some((one) => one === name);
}

/** Returns where the Dockerfile of an image is, from the project's root. */
export function dockerfileOf(name: ShippedName): string {
  return `config/images/${name.slice("image:".length)}/Dockerfile`;
}

/** Returns the tag of what stands for `debian:bookworm-slim`: all that every Debian has. */
export async function ensureDebianBase(): Promise<string> {
  return await ensureMade("debian-slim", async () => {
    const format = "${Essential} ${Package}\\n";
    const installed = await mustRun(["dpkg-query", "--show", `--showformat=${format}`]);
    const essential = [...installed.matchAll(/^yes (\S+)$/gm)].map(([, name = ""]) => name);
    const packages = await closure(essential);
    return {
      recipe: describePackages(packages),
      make: (tag) =>
        importRoot(tag, async (root) => {
          await copyPackages(packages, root);
          for (const name of ["passwd", "group"]) {
            await Deno.copyFile(`/usr/share/base-passwd/${name}.master`, `${root}/etc/${name}`);
          }
        }),
    };
  });
}

/** Has no shell and no program but `/bin/stays`, which musl loads. */
export async function ensureMuslBase(): Promise<string> {
  return await ensureMade("musl", async () => ({
    recipe: await Deno.readTextFile(PROGRAM) + await Deno.readTextFile(new URL(import.meta.url)),
    make: (tag) =>
      importRoot(tag, async (root) => {
        for (const folder of ["bin", "lib", "etc", "dev", "proc", "run", "tmp"]) {
          await Deno.mkdir(`${root}/${folder}`);
        }
        await mustRun(["musl-gcc", "-O2", "-o", `${root}/bin/stays`, PROGRAM]);
        // It is the C library, too.
        const loader = await loaderOf(`${root}/bin/stays`);
        await Deno.copyFile(loader, `${root}${loader}`);
        const account = "nobody:x:65534:65534:nobody:/:/sbin/nologin\n";
        await Deno.writeTextFile(`${root}/etc/passwd`, `root:x:0:0:root:/root:/bin/sh\n${account}`);
        await Deno.writeTextFile(`${root}/etc/group`, "root:x:0:\nnobody:x:65534:\n");
      }),
  }));
}

/** Returns the loader that a program names. */
async function loaderOf(path: string): Promise<string> {
  const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
  const loader = /\/lib\/ld-musl-[\w.-]+/.exec(text)?.[0];
  if (loader === undefined) throw new Error(`${path} does not name musl as its loader`);
  return loader;
}

const BASES: Readonly<Record<ShippedName, () => Promise<string | undefined>>> = {
  "image:scratch": () => Promise.resolve(undefined),
  "image:debian-slim": ensureDebianBase,
  "image:alpine": ensureMuslBase,
};

/** Returns the tag of an image of config/images, built if need be. */
export async function ensureShipped(name: ShippedName): Promise<string> {
  const base = await BASES[name]();
  const path = dockerfileOf(name);
  return await ensureMade(name.replace(":", "-"), async () => ({
    recipe: [
      await Deno.readTextFile(ROOT + path),
      await Deno.readTextFile(`${ROOT}config/images/chaperone.d/000-image.conf`),
      await describeBuild(),
      base,
    ].join("\n"),
    make: (tag) => buildDockerfile(tag, path, base),
  }));
}
