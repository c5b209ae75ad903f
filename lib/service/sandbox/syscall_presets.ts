/** Which system calls the presets of `syscalls` refuse. */
import type { SyscallPolicy, SyscallPreset } from "../../config/sandbox_model.ts";

/** What no service of a container needs. */
const DEFAULT: readonly string[] = [
  // What is mounted, and where.
  ..."mount umount2 pivot_root fsopen fsconfig fsmount fspick move_mount open_tree".split(" "),
  ..."open_tree_attr mount_setattr swapon swapoff quotactl quotactl_fd acct".split(" "),
  // Namespaces: an unprivileged one opens most of the kernel to whoever makes it.
  ..."unshare setns".split(" "),
  // Other processes, from inside.
  ..."ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd".split(" "),
  // The kernel itself.
  ..."init_module finit_module delete_module create_module query_module".split(" "),
  ..."get_kernel_syms kexec_load kexec_file_load reboot bpf perf_event_open userfaultfd".split(" "),
  ..."syslog iopl ioperm _sysctl nfsservctl lookup_dcookie vhangup uselib".split(" "),
  // Keys of the kernel, which know no namespace.
  ..."keyctl add_key request_key".split(" "),
  // The clock, and the name of the machine.
  ..."clock_settime clock_adjtime adjtimex settimeofday sethostname setdomainname".split(" "),
  // Files by number, around all directories.
  ..."open_by_handle_at name_to_handle_at fanotify_init".split(" "),
];

/** What few services need. */
const STRICT: readonly string[] = [
  ...DEFAULT,
  ..."io_uring_setup io_uring_enter io_uring_register chroot personality modify_ldt".split(" "),
  ..."mbind set_mempolicy set_mempolicy_home_node migrate_pages move_pages vmsplice".split(" "),
  ..."memfd_secret mknod mknodat ustat sysfs".split(" "),
];

const PRESETS: Readonly<Record<SyscallPreset, readonly string[]>> = {
  default: DEFAULT,
  strict: STRICT,
};

/** Without these the launcher could neither execute the program nor say why not. */
export const NEEDED_CALLS: readonly string[] = ["execve", "write", "exit_group"];

/** Returns the names of all calls that a policy refuses. */
export function refusedCalls({ preset, refuse, allow }: SyscallPolicy): string[] {
  const all = new Set([...(preset === undefined ? [] : PRESETS[preset]), ...refuse]);
  for (const name of allow) all.delete(name);
  return [...all];
}
