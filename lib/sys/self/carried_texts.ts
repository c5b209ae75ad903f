/**
 * The texts that the compiled program carries: JavaScript, and what V8 compiled of it. They lie in
 * its file between the base runtime, which is an ELF image, and what `deno compile` appends, which
 * Deno copies into memory as a whole and keeps. Here only what is asked for is read.
 *
 * Layout, little endian: "CHAPTEXT", the size of the index as 32 bits, the index as JSON, the
 * texts. The index has offset and size of each, by name; offsets count from the end of the index.
 * Each text begins at a multiple of `TEXT_ALIGNMENT` in the file.
 */
import { O_CLOEXEC } from "../libc/fcntl.ts";
import { callByAddress } from "../libc/by_address.ts";

/** Follows the base runtime where texts do. */
export const TEXTS_MAGIC = "CHAPTEXT";

/** Of the magic and the size of the index. */
export const TEXTS_HEAD_SIZE = TEXTS_MAGIC.length + 4;

/** V8 takes data of its own as it lies in memory if it begins at a multiple of so many bytes. */
export const TEXT_ALIGNMENT = 8;

const ELF_HEADER_SIZE = 64;
/** Bounds what a damaged file makes us read. */
const INDEX_MAX_BYTES = 64 * 1024;

/** Offset and size of each text. */
export type TextIndex = Readonly<Record<string, readonly [offset: number, size: number]>>;

/** Where the texts are in the file. */
interface Carried {
  readonly start: number;
  readonly index: TextIndex;
}

/**
 * Returns how large the ELF image is that begins with this header: what lies behind it was
 * appended. elf(5)
 */
export function elfSize(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, ELF_HEADER_SIZE);
  const sectionsOffset = Number(view.getBigUint64(0x28, true)); // e_shoff
  return sectionsOffset + view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
}

/** mmap(2) */
const PROT_READ = 1;
const MAP_PRIVATE = 2;
/** lseek(2) */
const SEEK_END = 2;

const OWN_FILE = "/proc/self/exe";

/**
 * The running program's own, once it has been asked for. It stays: a text that is asked for when all
 * descriptors are taken is to be there. Whoever may change the file of a program that runs ends it
 * anyway: its code lies there.
 */
let own: MappedFile | undefined;

/**
 * Calls back with texts that the running program carries, or the one at this path; undefined for
 * each that it does not. They lie in the file's own pages, which cost no memory of the container;
 * those of another path are there until `use` returns.
 */
export function useCarriedTexts<Result>(
  names: readonly string[],
  use: (texts: readonly (Uint8Array<ArrayBuffer> | undefined)[]) => Result,
  path = OWN_FILE,
): Result {
  if (path === OWN_FILE) return use(textsOf(own ??= MappedFile.open(OWN_FILE), names));
  using file = MappedFile.open(path);
  return use(textsOf(file, names));
}

function textsOf(
  file: MappedFile | undefined,
  names: readonly string[],
): (Uint8Array<ArrayBuffer> | undefined)[] {
  const carried = file && findTexts(file);
  return names.map((name) => {
    const place = carried?.index[name];
    return place && file?.view(carried.start + place[0], place[1]);
  });
}

function findTexts(file: MappedFile): Carried | undefined {
  const header = file.view(0, ELF_HEADER_SIZE);
  if (header === undefined) return undefined;
  const at = elfSize(header);
  const head = file.view(at, TEXTS_HEAD_SIZE);
  if (head === undefined) return undefined;
  const decoder = new TextDecoder();
  if (decoder.decode(head.subarray(0, TEXTS_MAGIC.length)) !== TEXTS_MAGIC) return undefined;
  const indexSize = new DataView(head.buffer, head.byteOffset).getUint32(TEXTS_MAGIC.length, true);
  if (indexSize > INDEX_MAX_BYTES) return undefined;
  const index = file.view(at + TEXTS_HEAD_SIZE, indexSize);
  if (index === undefined) return undefined;
  return {
    start: at + TEXTS_HEAD_SIZE + indexSize,
    index: JSON.parse(decoder.decode(index)) as TextIndex,
  };
}

// Not by libc.ts: the main module, which is compiled at each start, is to stay small.
const OPEN = { parameters: ["buffer", "i32"], result: "i32" } as const; // path, flags
const LSEEK = { parameters: ["i32", "i64", "i32"], result: "i64" } as const; // fd, offset, whence
const CLOSE = { parameters: ["i32"], result: "i32" } as const; // int fd
const MMAP = { // address, length, protection, flags, fd, offset
  parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"],
  result: "pointer",
} as const;
const MUNMAP = { parameters: ["pointer", "usize"], result: "i32" } as const; // address, length

/**
 * A file in memory. To read a text into memory of ours would touch each of its pages for the first
 * time, which on some virtual machines takes longer than to copy it.
 */
class MappedFile implements Disposable {
  readonly #address: Deno.PointerObject;
  readonly #size: number;

  private constructor(address: Deno.PointerObject, size: number) {
    this.#address = address;
    this.#size = size;
  }

  /** Undefined where there is none, or without the right to read it. */
  static open(path: string): MappedFile | undefined {
    const open = callByAddress("open", OPEN);
    const descriptor = open(new TextEncoder().encode(`${path}\0`), O_CLOEXEC) as number;
    if (descriptor < 0) return undefined;
    const size = Number(callByAddress("lseek", LSEEK)(descriptor, 0n, SEEK_END));
    const map = callByAddress("mmap", MMAP);
    const address = map(null, BigInt(size), PROT_READ, MAP_PRIVATE, descriptor, 0n);
    callByAddress("close", CLOSE)(descriptor);
    if (isFailure(address as Deno.PointerValue)) return undefined;
    return new MappedFile(address as Deno.PointerObject, size);
  }

  /** Undefined where the file ends before. */
  view(at: number, size: number): Uint8Array<ArrayBuffer> | undefined {
    if (at + size > this.#size) return undefined;
    if (size === 0) return new Uint8Array();
    return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(this.#address, size, at));
  }

  [Symbol.dispose](): void {
    callByAddress("munmap", MUNMAP)(this.#address, BigInt(this.#size));
  }
}

/** Whether mmap(2) has returned MAP_FAILED, which is -1. */
function isFailure(address: Deno.PointerValue): boolean {
  return address === null || BigInt.asIntN(64, Deno.UnsafePointer.value(address)) === -1n;
}
