/** The names of capabilities, see capabilities(7). */

/** By number, from linux/capability.h. */
const NAMES = ("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP " +
  "LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE " +
  "SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME " +
  "SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG " +
  "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split(" ");

/** All names, by number. */
export const CAPABILITY_NAMES: readonly string[] = NAMES;

/** Returns the number of a capability; the name may begin with `CAP_`, in any case of letters. */
export function capabilityNumber(name: string): number | undefined {
  const number = NAMES.indexOf(name.toUpperCase().replace(/^CAP_/, ""));
  return number < 0 ? undefined : number;
}

/** Returns what a capability is called; one that is younger than this table is a number. */
export function capabilityName(number: number): string {
  return NAMES[number] ?? `CAP_${number}`;
}

/** Returns the numbers that are set in a mask, as /proc/PID/status has it. */
export function capabilitiesOf(mask: bigint): number[] {
  const numbers: number[] = [];
  for (let number = 0; mask >> BigInt(number) > 0n; number++) {
    if ((mask >> BigInt(number) & 1n) === 1n) numbers.push(number);
  }
  return numbers;
}

/** Returns the mask of a set. */
export function maskOf(numbers: readonly number[]): bigint {
  return numbers.reduce((mask, number) => mask | 1n << BigInt(number), 0n);
}
