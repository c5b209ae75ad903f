/**
 * The directives that take rights away from services; in `settings`, as a default for all of them.
 */
import type { Directive } from "./directive.ts";

const NO_NEW_PRIVS = {
  since: "0.5.0",
  kind: "boolean-or-string",
  format: "boolean",
  default: "false",
  applies: "restart",
  note: () => ({
    summary: "Whether nothing that is executed gives more rights.",
    example: "true",
    detail: "Neither a set-uid bit (`sudo`, `su`, `ping`) nor capabilities of a file count then. " +
      "`sandbox` and `syscalls` bring it along.",
  }),
} as const satisfies Directive;

const CAPABILITIES = {
  since: "0.5.0",
  kind: "texts",
  format: "capabilities",
  applies: "restart",
  note: () => ({
    summary: "All capabilities that processes have, see capabilities(7).",
    example: "[NET_BIND_SERVICE]",
    detail: "Exactly these are in the bounding, permitted, effective, inheritable and ambient " +
      "sets, of root as of any other `uid`; `[]` is none. Left out: as the container gives them. " +
      "One that chaperone itself does not have fails the start. Without CAP_SETPCAP the bounding " +
      "set stays, and `no_new_privs` is needed. The sets that the kernel tells are compared with " +
      "these before the service counts as started.",
  }),
} as const satisfies Directive;

const SANDBOX = {
  since: "0.5.0",
  kind: "texts-or-map",
  format: "sandbox",
  applies: "restart",
  note: () => ({
    summary: "The files, ports and processes that are in reach, by Landlock.",
    example: "{preset: strict, write: [/data], connect: [443, udp]}",
    detail: "Needs no privilege. Once one of `read`, `write` and `execute` is there, their " +
      "lists of absolute paths are all that is left, with what is below them; `*` stands for " +
      "any characters in one name of a path; without `execute`, what may be read may be " +
      "executed. `connect` and `bind` list TCP ports; where one of them is there, other sockets " +
      "than TCP are refused, and datagrams but for the word `udp`. `scope`: `signals` and " +
      "`abstract_sockets` reach the service's own processes only. `preset`: `strict` is its " +
      "directory, `/var/log/NAME` and `/run/NAME` to write, programs and libraries to execute, " +
      "/etc to read (as root, without secrets), both scopes, no port, and `syscalls: default`; " +
      "`no_network` leaves no port. Lists add to a preset. What this kernel cannot do is " +
      "told, and with `require: true` fails the start. Passes on to all that the service starts. " +
      "Commands beside the service have it without `scope`. See [sandbox](sandbox.md).",
  }),
} as const satisfies Directive;

const SYSCALLS = {
  since: "0.5.0",
  kind: "texts",
  format: "syscalls",
  applies: "restart",
  note: () => ({
    summary: "System calls that are refused, by seccomp.",
    example: "[default, +ptrace]",
    detail:
      "They fail with EPERM; nothing is killed. `default` is what no service needs: mounts, " +
      "namespaces, ptrace, kernel modules, kexec, bpf, keys, the clock; `strict` adds what few " +
      "need, such as io_uring and chroot. Further names are refused, too; `+NAME` lets a call " +
      "pass. `log` has the kernel log each refused call, where its audit log can be read. " +
      "32-bit programs cannot run.",
  }),
} as const satisfies Directive;

const PRIVATE_TMP = {
  since: "0.5.0",
  kind: "boolean-or-string",
  format: "boolean",
  default: "false",
  applies: "restart",
  note: () => ({
    summary: "Whether /tmp and /var/tmp are its own, empty at each start.",
    example: "true",
    detail: "In memory, gone with its last process; a sandbox may write there. Needs " +
      "CAP_SYS_ADMIN. Commands beside the service have others.",
  }),
} as const satisfies Directive;

const READ_ONLY_PATHS = {
  since: "0.5.0",
  kind: "texts",
  format: "path",
  applies: "restart",
  note: () => ({
    summary: "Directories and files that are mounted read-only for it.",
    example: "[/etc, /usr]",
    detail: "With what is mounted below, for root, too. Needs CAP_SYS_ADMIN and Linux 5.12.",
  }),
} as const satisfies Directive;

const HIDE_PROC = {
  since: "0.5.0",
  kind: "boolean-or-string",
  format: "boolean",
  default: "false",
  applies: "restart",
  note: () => ({
    summary: "Whether /proc shows it no processes of other users.",
    example: "true",
    detail: "What the container engine hides in /proc stays hidden. Needs CAP_SYS_ADMIN, and " +
      "Linux 5.8: before, it is hidden from all services.",
  }),
} as const satisfies Directive;

/** Of a service. */
export const SANDBOX_ROWS = {
  no_new_privs: { ...NO_NEW_PRIVS, default: "as settings say", fields: ["noNewPrivs"] },
  capabilities: { ...CAPABILITIES, fields: ["capabilities"] },
  sandbox: { ...SANDBOX, fields: ["sandbox"] },
  syscalls: { ...SYSCALLS, fields: ["syscalls"] },
  private_tmp: { ...PRIVATE_TMP, default: "as settings say", fields: ["privateTmp"] },
  read_only_paths: { ...READ_ONLY_PATHS, fields: ["readOnlyPaths"] },
  hide_proc: { ...HIDE_PROC, default: "as settings say", fields: ["hideProc"] },
} as const;

function asDefault<const T extends Directive>(directive: T) {
  const detail = "As a default for services; one that has the directive itself has its own value.";
  return { ...directive, note: () => ({ ...directive.note(), detail }) };
}

/** Of the settings. */
export const SANDBOX_DEFAULT_ROWS = {
  no_new_privs: asDefault(NO_NEW_PRIVS),
  capabilities: asDefault(CAPABILITIES),
  sandbox: asDefault(SANDBOX),
  syscalls: asDefault(SYSCALLS),
  private_tmp: asDefault(PRIVATE_TMP),
  read_only_paths: asDefault(READ_ONLY_PATHS),
  hide_proc: asDefault(HIDE_PROC),
} as const;
