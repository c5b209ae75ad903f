/**
 * Installs what the tests need beyond Deno: Debian's packages, as root on Debian. Elsewhere it says
 * what is missing; the tests that need it are left out, and the runner counts them.
 */

/**
 * What is looked for, and the package of Debian that has it. A path with a slash is looked for as
 * it stands.
 */
const REQUIREMENTS: readonly (readonly [wanted: string, debianPackage: string])[] = [
  ["podman", "podman"],
  ["runc", "runc"],
  ["nginx", "nginx"],
  ["dnsmasq", "dnsmasq-base"],
  ["sudo", "sudo"],
  ["redis-server", "redis-server"],
  ["/usr/lib/postgresql/15/bin/initdb", "postgresql-15"],
  ["php-fpm8.2", "php8.2-fpm"],
  // What docs/cookbook.md runs besides.
  ["/etc/php/*/fpm/php-fpm.conf", "php-fpm"],
  ["/usr/lib/postgresql/*/bin/postgres", "postgresql"],
  ["mariadbd", "mariadb-server"],
  ["gunicorn", "gunicorn"],
  // What loads servers while they are exchanged.
  ["ab", "apache2-utils"],
  ["node", "nodejs"],
  ["/usr/share/tomcat10/bin/catalina.sh", "tomcat10"],
  ["sshd", "openssh-server"],
  ["busybox", "busybox"],
  ["gcc", "gcc"],
  // For the other architecture: what its C library says, and what runs it on this machine.
  ["aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"],
  ["/usr/aarch64-linux-gnu/include/stdio.h", "libc6-dev-arm64-cross"],
  ["qemu-aarch64-static", "qemu-user-static"],
  ["minisign", "minisign"],
  ["ssh-keygen", "openssh-client"],
  ["strace", "strace"],
  ["python3", "python3"],
  ["ps", "procps"],
  ["ip", "iproute2"],
  ["logger", "bsdutils"],
  ["systemd-notify", "systemd"],
  ["script", "bsdutils"],
  ["setpriv", "util-linux"],
  ["useradd", "passwd"],
  ["rsyslogd", "rsyslog"],
  ["openssl", "openssl"],
  ["groff", "groff-base"],
  ["supervisord", "supervisor"],
  ["s6-svscan", "s6"],
  ["runsvdir", "runit"],
  ["musl-gcc", "musl-tools"],
  ["chromium", "chromium"],
  ["promtool", "prometheus"],
  // What podman runs a pod's own container with.
  ["catatonit", "catatonit"],
  // The headers of the C library, for what tests compile.
  ["/usr/include/stdio.h", "libc6-dev"],
  // A client of notify sockets, which is not a program.
  ["/usr/lib/python3/dist-packages/systemd", "python3-systemd"],
  // What lets rsyslogd receive over TLS.
  ["/usr/lib/*/rsyslog/lmnsd_gtls.so", "rsyslog-gnutls"],
];

/** Keeps packages from starting their daemons: tests start their own. */
const POLICY = "/usr/sbin/policy-rc.d";

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false; // ENOENT, EACCES
  }
}

function isThere(wanted: string): boolean {
  if (!wanted.includes("/")) {
    return (Deno.env.get("PATH") ?? "").split(":").some((folder) => exists(`${folder}/${wanted}`));
  }
  const [before = "", after] = wanted.split("*/");
  if (after === undefined) return exists(wanted);
  if (!exists(before)) return false;
  return [...Deno.readDirSync(before)].some(({ name }) => exists(`${before}${name}/${after}`));
}

async function run(command: readonly string[], env: Record<string, string> = {}): Promise<boolean> {
  const [program = "", ...args] = command;
  const { code } = await new Deno.Command(program, { args, env, stdin: "null", stdout: "null" })
    .output();
  return code === 0;
}

async function install(packages: readonly string[]): Promise<void> {
  const keepsPolicy = exists(POLICY);
  if (!keepsPolicy) await Deno.writeTextFile(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await run(["apt-get", "update", "-qq"]);
    // A machine that loses its power while it prepares for tests may begin anew.
    const unsafe = ["-o", "Dpkg::Options::=--force-unsafe-io"];
    const options = ["-y", "-qq", "--no-install-recommends", ...unsafe];
    const add = (names: readonly string[]) =>
      run(["apt-get", "install", ...options, ...names], { DEBIAN_FRONTEND: "noninteractive" });
    if (await add(packages)) return;
    // Another Debian does not have all of them, and apt-get then installs none.
    for (const name of packages) await add([name]);
  } finally {
    if (!keepsPolicy) await Deno.remove(POLICY);
  }
}

/** Installs what is missing, or of that what `only` names. Returns what is missing still. */
export async function installRequirements(only?: readonly string[]): Promise<readonly string[]> {
  const wanted = REQUIREMENTS.filter(([name]) => only === undefined || only.includes(name));
  const absent = wanted.filter(([name]) => !isThere(name));
  if (absent.length === 0) return [];
  const packages = [...new Set(absent.map(([, debianPackage]) => debianPackage))];
  if (Deno.uid() !== 0 || !isThere("apt-get")) {
    say(`Not installed, for this is not root on Debian: ${packages.join(", ")}`);
  } else {
    say(`Installing with apt-get: ${packages.join(", ")}`);
    await install(packages);
  }
  return absent.filter(([name]) => !isThere(name)).map(([name]) => name);
}
