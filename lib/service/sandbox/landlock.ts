/**
 * What `sandbox` means to Landlock, see landlock(7) and linux/landlock.h: by the version of its
 * ABI, which says what a kernel can refuse.
 */
import type { LandlockRules, PathRule, PortRule } from "../../base/confinement.ts";
import type { SandboxConfig, SandboxScope } from "../../config/sandbox_model.ts";

const EXECUTE = 1 << 0;
const WRITE_FILE = 1 << 1;
const READ_FILE = 1 << 2;
const READ_DIR = 1 << 3;
const REMOVE_DIR = 1 << 4;
const REMOVE_FILE = 1 << 5;
const MAKE_DIR = 1 << 7;
const MAKE_REG = 1 << 8;
const MAKE_SOCK = 1 << 9;
const MAKE_FIFO = 1 << 10;
/** To make a block device: with some right on files only, the kernel keeps ptrace(2) out. */
const MAKE_BLOCK = 1 << 11;
const MAKE_SYM = 1 << 12;
const REFER = 1 << 13;
const TRUNCATE = 1 << 14;
const IOCTL_DEV = 1 << 15;

const BIND_TCP = 1 << 0;
const CONNECT_TCP = 1 << 1;

const SCOPES: Readonly<Record<SandboxScope, number>> = {
  "abstract_sockets": 1 << 0,
  signals: 1 << 1,
};

/** The rights on files of the first version; later ones have added to them. */
const FIRST_FILES = (1 << 13) - 1;

/** What a version has brought. Younger versions than the last bring nothing that is used here. */
const SINCE = { refer: 2, truncate: 3, ports: 4, devices: 5, scopes: 6 } as const;

/** The newest version that there is something to use of. */
export const NEWEST_ABI = SINCE.scopes;

const READ = READ_FILE | READ_DIR;
/** Devices are made by nobody in a sandbox. */
export const WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG |
  MAKE_SOCK |
  MAKE_FIFO | MAKE_SYM | REFER | TRUNCATE | IOCTL_DEV;

/** What nearly every program opens, and nobody can misuse. */
const HARMLESS: readonly PathRule[] = [
  ...["/dev/null", "/dev/zero", "/dev/full"].map((path) => ({ path, rights: READ | WRITE_FILE })),
  ...["/dev/random", "/dev/urandom"].map((path) => ({ path, rights: READ })),
];

/** What of a sandbox a kernel cannot do, in words that go together. */
export interface LandlockPlan {
  readonly rules?: LandlockRules;
  readonly lacking: readonly string[];
}

/** Plans for a kernel of this ABI; 0: it has no Landlock. `program` is what is executed. */
export function planLandlock(
  sandbox: Omit<SandboxConfig, "presets" | "require">,
  abi: number,
  program: string,
): LandlockPlan {
  const { read, write, execute, connect, bind, scope = [] } = sandbox;
  const namesFiles = read !== undefined || write !== undefined || execute !== undefined;
  const restricts = namesFiles || connect !== undefined || bind !== undefined || scope.length > 0;
  const handledFiles = !restricts || abi < 1 ? 0 : namesFiles ? filesOf(abi) : MAKE_BLOCK;
  const handledPorts = abi < SINCE.ports
    ? 0
    : (bind === undefined ? 0 : BIND_TCP) | (connect === undefined ? 0 : CONNECT_TCP);
  const scoped = abi < SINCE.scopes ? 0 : scope.reduce((all, name) => all | SCOPES[name], 0);
  const lacking = lackingOf(sandbox, abi, namesFiles);
  if ((handledFiles | handledPorts | scoped) === 0) return { lacking };
  const paths = namesFiles ? pathRules(sandbox, program) : [];
  return {
    rules: {
      handledFiles,
      handledPorts,
      scoped,
      paths: paths.map(({ path, rights }) => ({ path, rights: rights & handledFiles })),
      ports: portRules(sandbox, handledPorts),
    },
    lacking,
  };
}

function filesOf(abi: number): number {
  if (abi < 1) return 0;
  return FIRST_FILES | (abi >= SINCE.refer ? REFER : 0) | (abi >= SINCE.truncate ? TRUNCATE : 0) |
    (abi >= SINCE.devices ? IOCTL_DEV : 0);
}

/** Without sockets of that kind, which a filter sees to, no port is in reach either. */
function lackingOf(
  { connect, bind, scope = [] }: Pick<SandboxConfig, "connect" | "bind" | "scope">,
  abi: number,
  namesFiles: boolean,
): string[] {
  const lacking: string[] = [];
  if (namesFiles && abi < 1) lacking.push("files");
  if (namesFiles && abi >= 1 && abi < SINCE.truncate) lacking.push("truncating files");
  if (namesFiles && abi >= 1 && abi < SINCE.devices) lacking.push("ioctl on devices");
  const ports = [...connect ?? [], ...bind ?? []];
  const isPartly = connect === undefined || bind === undefined || ports.length > 0;
  if ((connect ?? bind) !== undefined && isPartly && abi < SINCE.ports) lacking.push("ports");
  if (abi < SINCE.scopes) lacking.push(...scope.map((name) => name.replace("_", " ")));
  return lacking;
}

/** Without `execute`, what may be read may be executed. */
function pathRules(
  { read = [], write = [], execute }: Pick<SandboxConfig, "read" | "write" | "execute">,
  program: string,
): PathRule[] {
  const also = execute === undefined ? EXECUTE : 0;
  const isCovered = (execute ?? [...read, ...write]).some((path) => program.startsWith(`${path}/`));
  return [
    ...HARMLESS,
    ...(isCovered ? [] : [{ path: program, rights: EXECUTE | READ_FILE }]),
    ...read.map((path) => ({ path, rights: READ | also })),
    ...write.map((path) => ({ path, rights: WRITE | also })),
    ...(execute ?? []).map((path) => ({ path, rights: READ | EXECUTE })),
  ];
}

function portRules(
  { connect = [], bind = [] }: Pick<SandboxConfig, "connect" | "bind">,
  handledPorts: number,
): PortRule[] {
  return [
    ...bind.map((port) => ({ port, rights: BIND_TCP & handledPorts })),
    ...connect.map((port) => ({ port, rights: CONNECT_TCP & handledPorts })),
  ].filter(({ rights }) => rights !== 0);
}
