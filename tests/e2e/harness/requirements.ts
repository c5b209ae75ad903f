/**
 * Registers tests that need more than Deno: root, kernel namespaces, a container engine. Where that
 * is missing, the tests count as ignored; under CI they run all the same, and fail.
 */
import { landlockAbi } from "../../../lib/sys/sandbox/landlock_ruleset.ts";
import { test } from "../../test.ts";

const NAMESPACE_PROGRAMS = ["unshare", "nsenter", "mount", "script", "setpriv", "busybox"];
const CONTAINER_PROGRAMS = ["podman", "runc", "dpkg", "tar"];

function isOnPath(name: string): boolean {
  const folders = name.startsWith("/") ? [""] : (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false; // ENOENT, EACCES
    }
  });
}

function missing(programs: readonly string[]): string[] {
  return programs.filter((name) => !isOnPath(name));
}

type TestBody = (t: Deno.TestContext) => void | Promise<void>;

/** Registers a test that runs these programs and needs no privilege. */
export function programTest(name: string, fn: TestBody, programs: readonly string[] = []): void {
  registerUnless(missing(programs), name, fn);
}

function register(name: string, programs: readonly string[], fn: TestBody): void {
  const absent = missing(programs);
  registerUnless(Deno.uid() === 0 ? absent : ["root", ...absent], name, fn);
}

function registerUnless(absent: readonly string[], name: string, fn: TestBody): void {
  if (absent.length === 0 || Deno.env.has("CI")) return test(name, fn);
  Deno.test({ name: `${name} (needs ${absent.join(", ")})`, ignore: true, fn });
}

/** Registers a test that calls `inNamespace`; `programs` are what else it runs. */
export function namespaceTest(name: string, fn: TestBody, programs: readonly string[] = []): void {
  register(name, [...NAMESPACE_PROGRAMS, ...programs], fn);
}

/** What sandboxes use of Landlock is there from this version of its ABI on: Linux 6.12. */
const LANDLOCK_ABI = 6;

/**
 * Whether the kernel of this machine has something. Only this is not a failure under CI where it is
 * missing: no program can be installed for it.
 */
const KERNEL = {
  "Landlock, ABI 6": landlockAbi() >= LANDLOCK_ABI,
  "FUSE": hasFileSystem("fuse"),
};

function hasFileSystem(type: string): boolean {
  try {
    return Deno.readTextFileSync("/proc/filesystems").split(/\s/).includes(type);
  } catch {
    return false; // ENOENT: this is no Linux.
  }
}

/** Registers a test that calls `inNamespace` or `inContainer`, and needs Landlock. */
export function landlockTest(name: string, fn: TestBody, programs: readonly string[] = []): void {
  kernelTest("Landlock, ABI 6", name, fn, programs);
}

/** Registers a test that calls `inNamespace`, and mounts a file system of its own with FUSE. */
export function fuseTest(name: string, fn: TestBody): void {
  kernelTest("FUSE", name, fn, []);
}

function kernelTest(
  needed: keyof typeof KERNEL,
  name: string,
  fn: TestBody,
  programs: readonly string[],
): void {
  if (KERNEL[needed]) return register(name, [...NAMESPACE_PROGRAMS, ...programs], fn);
  Deno.test({ name: `${name} (needs ${needed})`, ignore: true, fn });
}

/** Registers a test that calls `inContainer`; `programs` are what else it runs. */
export function containerTest(name: string, fn: TestBody, programs: readonly string[] = []): void {
  register(name, [...NAMESPACE_PROGRAMS, ...CONTAINER_PROGRAMS, ...programs], fn);
}
