/**
 * Reads which parts of chaperone's memory are nothing but pages of files, which the kernel can read
 * again.
 */

/** A part of the address space. */
export interface MemoryRange {
  readonly start: bigint;
  readonly size: bigint;
}

const HEAD =
  /^([0-9a-f]+)-([0-9a-f]+) (r-[x-]p) [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+ +\/(?!.*\(deleted\))/;
const UNTOUCHED = /^Anonymous:\s+0 kB$/m;

/**
 * Returns the ranges that hold file pages alone out of the text of /proc/PID/smaps: mapped from a
 * file, not to be written, and without a page of their own. What is executed comes last, the
 * program itself behind its libraries: what drops the pages runs from them. What the loader has
 * relocated is read-only as well, but has pages of its own: to drop one would undo the relocation.
 */
export function fileOnlyRanges(smaps: string): MemoryRange[] {
  const data: MemoryRange[] = [];
  const code: MemoryRange[] = [];
  for (const entry of smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const head = HEAD.exec(entry);
    if (head === null || !UNTOUCHED.test(entry)) continue;
    const start = BigInt(`0x${head[1]}`);
    (head[3] === "r-xp" ? code : data).push({ start, size: BigInt(`0x${head[2]}`) - start });
  }
  return [...data, ...code.sort((a, b) => Number(a.size - b.size))];
}
