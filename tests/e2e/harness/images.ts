/**
 * The images that container tests run: `scratch`, which the project's own Dockerfile makes of
 * dist/rootfs, and `debian`, copied out of the machine's installed packages, with nginx and redis.
 * No registry is asked. Each is tagged with what it was made from and made again only when that
 * changes.
 */
import { mustRun, runCommand } from "./running.ts";
import { DIST } from "./namespace.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const BUILD_LIMIT_MS = 120_000;

export type ImageName = "scratch" | "debian";

/** What `debian` holds, besides all that these depend on. */
const DEBIAN_PACKAGES = [
  ...["base-files", "base-passwd", "bash", "bsdutils", "busybox", "coreutils", "dash", "findutils"],
  ...[
    "grep",
    "hostname",
    "iproute2",
    "mawk",

    "nginx",
    "passwd",
    "procps",
    "redis-server",
  ],
  ...["sed", "tar", "util-linux"],
];

const LEFT_OUT =
  /^\/usr\/share\/(?:doc|info|locale|man|lintian|perl)\/|^\/usr\/lib\/[^/]+-linux-gnu\/perl\//;
const MERGED_INTO_USR = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];
/** An account for tests: it is a member of `audio`, too. */
const TEST_USER = "app:x:1000:1000::/home/app:/bin/sh";

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex().slice(0, 12);
}

/** An installed package of Debian. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly depends: readonly string[];
}

/** Reads the installed packages, by name and by what they provide. */
async function readInstalled(): Promise<Map<string, Package>> {
  const format = "${Package}\\t${Version}\\t${Pre-Depends},${Depends}\\t${Provides}\\n";
  const installed = new Map<string, Package>();
  const nameOnly = (text: string) => text.trim().split(/[ :(]/)[0] ?? "";
  const rows = (await mustRun(["dpkg-query", "--show", `--showformat=${format}`])).split("\n");
  for (const row of rows) {
    const [name = "", version = "", depends = "", provides = ""] = row.split("\t");
    const each = { name, version, depends: depends.split(",").map((one) => one.trim()) };
    installed.set(name, each);
    for (const virtual of provides.split(",").map(nameOnly)) {
      if (virtual !== "" && !installed.has(virtual)) installed.set(virtual, each);
    }
  }
  return installed;
}

/** Lists packages and all that they depend on. */
export async function closure(wantedNames: readonly string[]): Promise<Package[]> {
  const installed = await readInstalled();
  const found = new Map<string, Package>();
  const queue = [...wantedNames];
  for (let wanted = queue.pop(); wanted !== undefined; wanted = queue.pop()) {
    // Of alternatives (`a | b`), the first that is installed.
    const names = wanted.split("|").map((one) => one.trim().split(/[ :(]/)[0] ?? "");
    const name = names.find((one) => installed.has(one));
    const each = name === undefined ? undefined : installed.get(name);
    if (each === undefined) throw new Error(`An image needs the package ${wanted}`);
    if (found.has(each.name)) continue;
    found.set(each.name, each);
    queue.push(...each.depends.filter((one) => one !== ""));
  }
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

async function accountOf(file: string, name: string): Promise<string> {
  const lines = (await Deno.readTextFile(`/etc/${file}`)).split("\n");
  return lines.find((line) => line.startsWith(`${name}:`)) ?? "";
}

async function writeAccounts(root: string): Promise<void> {
  const master = `${root}/usr/share/base-passwd`;
  const passwd = await Deno.readTextFile(`${master}/passwd.master`);
  const group = await Deno.readTextFile(`${master}/group.master`);
  const noPassword = (text: string) => text.replaceAll(/^([^:]*):\*:/gm, "$1:x:");
  const users = [await accountOf("passwd", "redis"), TEST_USER];
  const groups = [await accountOf("group", "redis"), "app:x:1000:"];
  const withMember = noPassword(group).replace(/^(audio:.*:)$/m, "$1app");
  await Deno.writeTextFile(`${root}/etc/passwd`, `${noPassword(passwd)}${users.join("\n")}\n`);
  await Deno.writeTextFile(`${root}/etc/group`, `${withMember}${groups.join("\n")}\n`);
  await Deno.mkdir(`${root}/home/app`, { recursive: true });
  await Deno.chown(`${root}/home/app`, 1000, 1000);
}

/** Lays out the files of packages below a root. */
export async function copyPackages(packages: readonly Package[], root: string): Promise<void> {
  for (const name of MERGED_INTO_USR) {
    await Deno.mkdir(`${root}/usr/${name}`, { recursive: true });
    await Deno.symlink(`usr/${name}`, `${root}/${name}`);
  }
  const names = packages.map((each) => each.name);
  const listed = await mustRun(["dpkg-query", "--listfiles", ...names]);
  const paths = new Set(
    listed.split("\n").filter((path) =>
      path.startsWith("/") && path !== "/." && !LEFT_OUT.test(path) &&
      !MERGED_INTO_USR.includes(path.slice(1))
    ),
  );
  await Deno.writeTextFile(`${root}.list`, [...paths].join("\n"));
  // A file may be absent: the machine's dpkg may be told to leave documentation out.
  const copy = `tar -C / -c --no-recursion --ignore-failed-read -T "$1.list" 2>"$1.log" |
    tar -C "$1" -x --keep-directory-symlink`;
  await mustRun(["sh", "-c", copy, "copy", root], { limitMs: BUILD_LIMIT_MS });
}

/** Makes what the packages' postinst scripts would make. */
async function finishPackages(root: string): Promise<void> {
  await Deno.symlink("mawk", `${root}/usr/bin/awk`);
  const site = "/etc/nginx/sites-available/default";
  await Deno.symlink(site, `${root}/etc/nginx/sites-enabled/default`);
  await Deno.mkdir(`${root}/var/www/html`, { recursive: true });
  await Deno.writeTextFile(`${root}/var/www/html/index.html`, "nginx of the test image\n");
}

async function buildDebian(packages: readonly Package[], tag: string): Promise<void> {
  await importRoot(tag, async (root) => {
    await copyPackages(packages, root);
    await writeAccounts(root);
    await Deno.writeTextFile(`${root}/etc/nsswitch.conf`, "hosts: files dns\n");
    await finishPackages(root);
    await Deno.mkdir(`${root}/usr/local/bin`, { recursive: true });
    for (const name of ["telchap", "envcp", "sdnotify", "sdnotify-exec"]) {
      await Deno.symlink("chaperone", `${root}/usr/local/bin/${name}`);
    }
    await Deno.writeTextFile(`${root}/usr/local/bin/chaperone`, "", { mode: 0o755 });
    await Deno.mkdir(`${root}/etc/chaperone.d`);
  });
}

/** Makes an image without settings out of the root that `fill` lays out. */
export async function importRoot(
  tag: string,
  fill: (root: string) => Promise<void>,
): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "chaperone-image-" });
  const root = `${parent}/root`;
  try {
    await Deno.mkdir(root);
    await fill(root);
    const line = `tar -C "$1" -c . | podman import --quiet - "$2"`;
    await mustRun(["sh", "-c", line, "import", root, tag], { limitMs: BUILD_LIMIT_MS });
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

/** Builds a Dockerfile of the project, on `base` in place of what its FROM names. */
export async function buildDockerfile(tag: string, path: string, base?: string): Promise<void> {
  // The format that podman chooses by itself has no HEALTHCHECK; layers would stay as images
  // without a name.
  const options = ["--quiet", "--layers=false", "--network=none", "--format=docker", "--tag", tag];
  const from = base === undefined ? [] : ["--from", base];
  const build = ["podman", "build", ...options, ...from, "--file", `${ROOT}${path}`, ROOT];
  await mustRun(build, { limitMs: BUILD_LIMIT_MS });
}

/** Says which build of chaperone an image holds. */
export async function describeBuild(): Promise<string> {
  const info = await Deno.stat(`${DIST}/chaperone`);
  return `${info.size} ${info.mtime?.getTime()}`;
}

// One that a container still uses stays; a later run removes it.
async function removeOthers(repository: string, tag: string): Promise<void> {
  const format = "{{.Repository}}:{{.Tag}}";
  const listed = await mustRun(["podman", "images", "--format", format, repository]);
  const others = listed.split("\n").filter((one) => one !== "" && one !== tag);
  if (others.length > 0) await runCommand(["podman", "rmi", ...others]);
}

/** How an image is made; another recipe is another image. */
export interface ImageSource {
  readonly recipe: string;
  make(tag: string): Promise<void>;
}

/** Returns the tag of an image, made if need be. Test files that run side by side make it once. */
export async function ensureMade(
  name: string,
  describe: () => Promise<ImageSource>,
): Promise<string> {
  await Deno.mkdir(`${ROOT}.cache`, { recursive: true });
  using lock = await Deno.open(`${ROOT}.cache/image-${name}.lock`, { create: true, write: true });
  await lock.lock(true);
  const source = await describe();
  const repository = `localhost/chaperone-test-${name}`;
  const tag = `${repository}:${await digest(source.recipe)}`;
  if ((await runCommand(["podman", "image", "exists", tag])).code === 0) return tag;
  await source.make(tag);
  await removeOthers(repository, tag);
  return tag;
}

const SOURCES: Readonly<Record<ImageName, () => Promise<ImageSource>>> = {
  scratch: async () => ({
    recipe: await Deno.readTextFile(`${ROOT}Dockerfile`) + await describeBuild(),
    make: (tag) => buildDockerfile(tag, "Dockerfile"),
  }),
  debian: async () => {
    const packages = await closure(DEBIAN_PACKAGES);
    const own = await Deno.readTextFile(new URL(import.meta.url));
    return {
      recipe: describePackages(packages) + own,
      make: (tag) => buildDebian(packages, tag),
    };
  },
};

/** Says which versions of packages an image holds. */
export function describePackages(packages: readonly Package[]): string {
  return packages.map((each) => `${each.name} ${each.version}`).join("\n");
}

/** Returns the tag of an image of tests. */
export async function ensureImage(name: ImageName): Promise<string> {
  return await ensureMade(name, SOURCES[name]);
}
