/** Accounts are added below a temporary directory: those of the machine are never touched. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createUser } from "../../../lib/apps/create_user.ts";
import { libc } from "../../../lib/sys/libc/libc.ts";
import { test } from "../test.ts";

// Opened here, the C library does not count as something that a test left behind.
Object.values(libc());

interface Place {
  readonly root: string;
  /** Empty: no program for accounts is found. */
  readonly searchPath: string;
}

async function withPlace(run: (place: Place) => void | Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "chaperone-accounts-" });
  try {
    await Deno.mkdir(`${root}/etc/default`, { recursive: true });
    await Deno.mkdir(`${root}/bin`);
    await Deno.writeTextFile(`${root}/etc/passwd`, "root:x:0:0:root:/root:/bin/sh\n");
    await Deno.writeTextFile(`${root}/etc/group`, "root:x:0:\ngames:x:60:\n");
    await run({ root, searchPath: `${root}/bin` });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function create(place: Place, value: string, defaultHome?: string): Promise<string> {
  const result = await createUser(value, defaultHome, place);
  if (result.kind === "user") return result.name;
  assertEquals([result.exit.stderr, result.exit.exitCode], [[], 1]);
  return result.exit.stdout.join("\n");
}

function lines(place: Place, file: string): string[] {
  return Deno.readTextFileSync(`${place.root}/etc/${file}`).trimEnd().split("\n");
}

function names(place: Place): string[] {
  return [...Deno.readDirSync(`${place.root}/etc`)].map((entry) => entry.name).sort();
}

test("without any tool the files themselves are changed, nothing is left behind", async () => {
  await withPlace(async (place) => {
    assertEquals(await create(place, "bob:5555:6666"), "bob");
    assertEquals(lines(place, "passwd").at(-1), "bob:!:5555:6666::/home/bob:/bin/sh");
    assertEquals(lines(place, "group").at(-1), "bob:x:6666:");
    assertEquals(names(place), ["default", "group", "passwd"]);
  });
});

test("a second run of the same command changes nothing", async () => {
  await withPlace(async (place) => {
    assertEquals(await create(place, "bob:5555:games"), "bob");
    const before = (await Deno.stat(`${place.root}/etc/passwd`)).ino;
    assertEquals(await create(place, "bob:5555:games"), "bob");
    assertEquals((await Deno.stat(`${place.root}/etc/passwd`)).ino, before);
    assertEquals(lines(place, "passwd").length, 2);
  });
});

test("a changed file keeps its mode and is replaced behind a link", async () => {
  await withPlace(async (place) => {
    const etc = `${place.root}/etc`;
    await Deno.writeTextFile(`${etc}/shadow`, "root:*:1:0:99999:7:::\n", { mode: 0o640 });
    await Deno.chmod(`${etc}/shadow`, 0o640);
    await Deno.rename(`${etc}/passwd`, `${etc}/passwd.real`);
    await Deno.symlink("passwd.real", `${etc}/passwd`);
    assertEquals(await create(place, "bob"), "bob");
    assertEquals(((await Deno.stat(`${etc}/shadow`)).mode ?? 0) & 0o777, 0o640);
    assertMatch(lines(place, "shadow").at(-1) ?? "", /^bob:!:\d{5}:0:99999:7:::$/);
    assertEquals((await Deno.lstat(`${etc}/passwd`)).isSymlink, true);
    assertEquals(lines(place, "passwd.real").at(-1), "bob:x:1000:1000::/home/bob:/bin/sh");
  });
});

test("an image without account files gets some", async () => {
  await withPlace(async (place) => {
    await Deno.remove(`${place.root}/etc`, { recursive: true });
    assertEquals(await create(place, "bob"), "bob");
    assertEquals(lines(place, "passwd"), ["bob:!:1000:1000::/home/bob:/bin/sh"]);
    assertEquals(lines(place, "group"), ["bob:x:1000:"]);
    assertEquals(((await Deno.stat(`${place.root}/etc/passwd`)).mode ?? 0) & 0o777, 0o644);
  });
});

test("the owner of a file lends its numbers, and a missing file is named", async () => {
  await withPlace(async (place) => {
    const file = `${place.root}/owned`;
    await Deno.writeTextFile(file, "");
    if (Deno.uid() === 0) await Deno.chown(file, 4000, 60);
    const { uid, gid } = await Deno.stat(file);
    assertEquals(await create(place, `bob:${file}`), "bob");
    assertStringIncludes(lines(place, "passwd").at(-1) ?? "", `bob:!:${uid}:${gid}:`);
    assertEquals(
      await create(place, "carl:/nonexistent"),
      "--create-user has failed: No such file or directory: '/nonexistent'",
    );
    assertEquals(
      await create(place, "BAD NAME"),
      "--create-user is NAME[:UID[:GID]] or NAME:/FILE[:UID[:GID]], not 'BAD NAME'",
    );
  });
});

test("--default-home counts only while the usual home is missing", async () => {
  await withPlace(async (place) => {
    await Deno.writeTextFile(`${place.root}/etc/default/useradd`, "HOME=/users\n");
    await Deno.mkdir(`${place.root}/users/anna`, { recursive: true });
    assertEquals(await create(place, "anna", "/srv"), "anna");
    assertEquals(await create(place, "bob", "/srv"), "bob");
    const homes = lines(place, "passwd").map((line) => line.split(":")[5]);
    assertEquals(homes, ["/root", "/users/anna", "/srv"]);
  });
});

test("a lock that a dead process left behind is taken over", async () => {
  await withPlace(async (place) => {
    // Above the largest process id that Linux gives out, 2^22.
    await Deno.writeTextFile(`${place.root}/etc/passwd.lock`, "4194305\0");
    await Deno.writeTextFile(`${place.root}/etc/group.lock`, `${Deno.pid}`);
    assertEquals(await create(place, "bob"), "bob");
    assertEquals(names(place), ["default", "group", "passwd"]);
  });
});

test("a lock of a living process is waited for", async () => {
  await withPlace(async (place) => {
    const lock = `${place.root}/etc/group.lock`;
    await Deno.writeTextFile(lock, `${Deno.ppid}`);
    const created = create(place, "bob");
    while (!names(place).includes("passwd.lock")) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals(lines(place, "passwd").length, 1);
    await Deno.remove(lock);
    assertEquals(await created, "bob");
    assertEquals(names(place), ["default", "group", "passwd"]);
  });
});

test("a failing tool is named with its words and its complaint", async () => {
  await withPlace(async (place) => {
    const script = "#!/bin/sh\necho 'useradd: no luck' >&2\nexit 4\n";
    await Deno.writeTextFile(`${place.root}/bin/useradd`, script, { mode: 0o755 });
    assertEquals(
      await create(place, "bob:5555"),
      "--create-user has failed: Error while trying to add user: bob " +
        `(useradd --no-create-home --prefix ${place.root} -u 5555 bob): useradd: no luck`,
    );
  });
});

test("useradd and groupadd do the work where they exist", async () => {
  await withPlace(async (place) => {
    const installed = ["/usr/sbin/useradd", "/usr/sbin/groupadd"].every(isFile);
    if (!installed || Deno.uid() !== 0) return;
    const tools = { ...place, searchPath: "/usr/sbin" };
    assertEquals(await create(tools, "bob:5555:6666", "/srv"), "bob");
    assertMatch(lines(place, "passwd").at(-1) ?? "", /^bob:[x!]:5555:6666::\/srv:/);
    assertMatch(lines(place, "group").at(-1) ?? "", /^bob:[x!]:6666:$/);
    assertEquals(await create(tools, "bob:5555:6666", "/srv"), "bob");
  });
});

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false; // ENOENT.
  }
}
