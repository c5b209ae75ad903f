/**
 * The launcher: a static program of a few instructions that PID 1 executes in place of a service's
 * program. It maps its standard input (call_table.ts) and makes the system calls that are written
 * there, one after the other; a call that fails goes on where its entry says. So it decides nothing
 * and parses nothing, and what a process is to become stays in TypeScript.
 *
 * It is kept as a listing, so that no compiler is needed: tests/integration/sys/launch/stub_test.ts
 * compares the bytes with what GNU as makes of the mnemonics. Where the mapping fails it dies of
 * SIGSEGV.
 */

/** Where the table is mapped, and how much may be. The listings have both as immediates. */
export const TABLE_ADDRESS = 0x1000_0000;
export const TABLE_MAX_BYTES = 0x80_0000;
/** Before the first entry: what the call that failed last has returned, and its entry's address. */
export const RESULT_BYTES = 16;
/** Number, six arguments, where to go on after a failure: eight words of eight bytes. */
export const ENTRY_BYTES = 64;

/** An instruction, or a label (no bytes). */
type Line = readonly [hex: string, mnemonic: string];

/** Registers: rbx is the entry. A result from -4095 on is a failure, see syscall(2). */
const X86_64: readonly Line[] = [
  ["b8 09 00 00 00", "mov $9, %eax"], // mmap
  ["bf 00 00 00 10", "mov $0x10000000, %edi"],
  ["be 00 00 80 00", "mov $0x800000, %esi"],
  ["ba 03 00 00 00", "mov $3, %edx"], // PROT_READ | PROT_WRITE
  ["41 ba 12 00 00 00", "mov $0x12, %r10d"], // MAP_PRIVATE | MAP_FIXED
  ["45 31 c0", "xor %r8d, %r8d"], // standard input
  ["45 31 c9", "xor %r9d, %r9d"],
  ["48 8d 5f 10", "lea 16(%rdi), %rbx"],
  ["0f 05", "syscall"],
  ["", "next:"],
  ["48 8b 03", "mov (%rbx), %rax"],
  ["48 8b 7b 08", "mov 8(%rbx), %rdi"],
  ["48 8b 73 10", "mov 16(%rbx), %rsi"],
  ["48 8b 53 18", "mov 24(%rbx), %rdx"],
  ["4c 8b 53 20", "mov 32(%rbx), %r10"],
  ["4c 8b 43 28", "mov 40(%rbx), %r8"],
  ["4c 8b 4b 30", "mov 48(%rbx), %r9"],
  ["0f 05", "syscall"],
  ["48 3d 01 f0 ff ff", "cmp $-4095, %rax"],
  ["73 06", "jae failed"],
  ["48 83 c3 40", "add $64, %rbx"],
  ["eb d5", "jmp next"],
  ["", "failed:"],
  ["48 89 04 25 00 00 00 10", "mov %rax, 0x10000000"],
  ["48 89 1c 25 08 00 00 10", "mov %rbx, 0x10000008"],
  ["48 8b 5b 38", "mov 56(%rbx), %rbx"],
  ["eb bf", "jmp next"],
];

/** Registers: x19 is the entry. */
const ARM64: readonly Line[] = [
  ["00 00 a2 d2", "mov x0, #0x10000000"],
  ["01 10 a0 d2", "mov x1, #0x800000"],
  ["62 00 80 d2", "mov x2, #3"], // PROT_READ | PROT_WRITE
  ["43 02 80 d2", "mov x3, #0x12"], // MAP_PRIVATE | MAP_FIXED
  ["04 00 80 d2", "mov x4, #0"], // standard input
  ["05 00 80 d2", "mov x5, #0"],
  ["c8 1b 80 d2", "mov x8, #222"], // mmap
  ["13 40 00 91", "add x19, x0, #16"],
  ["01 00 00 d4", "svc #0"],
  ["", "next:"],
  ["68 02 40 f9", "ldr x8, [x19]"],
  ["60 86 40 a9", "ldp x0, x1, [x19, #8]"],
  ["62 8e 41 a9", "ldp x2, x3, [x19, #24]"],
  ["64 96 42 a9", "ldp x4, x5, [x19, #40]"],
  ["01 00 00 d4", "svc #0"],
  ["1f fc 3f b1", "cmn x0, #4095"],
  ["62 00 00 54", "b.hs failed"],
  ["73 02 01 91", "add x19, x19, #64"],
  ["f8 ff ff 17", "b next"],
  ["", "failed:"],
  ["09 00 a2 d2", "mov x9, #0x10000000"],
  ["20 4d 00 a9", "stp x0, x19, [x9]"],
  ["73 1e 40 f9", "ldr x19, [x19, #56]"],
  ["f4 ff ff 17", "b next"],
];

/** Where an image has the launcher; part of dist/rootfs, see build.ts. */
export const IMAGE_LAUNCHER = "/usr/local/lib/chaperone/launcher";

/** What the launcher can be made for. */
export type Machine = typeof Deno.build.arch;

/** By the number of the machine in elf(5). */
const MACHINES = {
  "x86_64": { number: 62, listing: X86_64 },
  aarch64: { number: 183, listing: ARM64 },
};

/** The listing of a machine. */
export function listingOf(machine: Machine): readonly Line[] {
  return MACHINES[machine].listing;
}

/** The instructions of a machine as bytes. */
export function codeOf(machine: Machine): Uint8Array<ArrayBuffer> {
  const hex = listingOf(machine).flatMap(([bytes]) => bytes === "" ? [] : bytes.split(" "));
  return Uint8Array.from(hex, (byte) => parseInt(byte, 16));
}

/**
 * See elf(5): one segment to load, which holds the headers, too, and a stack that is not
 * executable.
 */
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const LOAD_ADDRESS = 0x40_0000;
/** The largest page that either machine has. */
const ALIGNMENT = 0x1_0000;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474_e551;
const READ_EXECUTE = 5;
const READ_WRITE = 6;

/** Returns the launcher as an executable file. */
export function buildLauncher(machine: Machine): Uint8Array<ArrayBuffer> {
  const code = codeOf(machine);
  const codeAt = HEADER_BYTES + 2 * SEGMENT_BYTES;
  const file = new Uint8Array(new ArrayBuffer(codeAt + code.length));
  file.set(code, codeAt);
  // ELF, 64 bits, little endian, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(file.buffer);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, MACHINES[machine].number, true);
  view.setUint32(20, 1, true);
  view.setUint32(24, LOAD_ADDRESS + codeAt, true);
  view.setUint32(32, HEADER_BYTES, true); // where the segments are described
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(54, SEGMENT_BYTES, true);
  view.setUint16(56, 2, true);
  describeSegment(view, HEADER_BYTES, {
    type: PT_LOAD,
    flags: READ_EXECUTE,
    address: LOAD_ADDRESS,
    sizeBytes: file.length,
    alignment: ALIGNMENT,
  });
  const stack = { type: PT_GNU_STACK, flags: READ_WRITE, address: 0, sizeBytes: 0, alignment: 16 };
  describeSegment(view, HEADER_BYTES + SEGMENT_BYTES, stack);
  return file;
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly sizeBytes: number;
  readonly alignment: number;
}

function describeSegment(view: DataView, at: number, segment: Segment): void {
  view.setUint32(at, segment.type, true);
  view.setUint32(at + 4, segment.flags, true);
  view.setUint32(at + 16, segment.address, true);
  view.setUint32(at + 24, segment.address, true);
  view.setUint32(at + 32, segment.sizeBytes, true);
  view.setUint32(at + 40, segment.sizeBytes, true);
  view.setUint32(at + 48, segment.alignment, true);
}
