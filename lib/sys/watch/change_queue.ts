/** Where the kernel reports changes to files, see inotify(7); another process adds the watches. */
import type { ChangeNews, ChangeQueue } from "../../door/file_look.ts";
import { libc } from "../libc/libc.ts";
import type { OwnedOs } from "../os.ts";

/** From sys/inotify.h. */
const IN_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;

/** `struct inotify_event` before its name, and where the size of that stands. */
const HEAD_BYTES = 16;
const NAME_SIZE_AT = 12;

/** What one read takes: some thousand events. */
const ROOM_BYTES = 64 * 1024;

/** Opens one; undefined where the kernel has none to give: EMFILE. */
export function openChangeQueue(os: Pick<OwnedOs, "pollDescriptor">): ChangeQueue | undefined {
  const descriptor = libc().inotify_init1(IN_CLOEXEC_NONBLOCK);
  if (descriptor < 0) return undefined;
  let ignore = () => {};
  let isClosed = false;
  return {
    descriptor,
    watch(onNews) {
      ignore();
      ignore = os.pollDescriptor(descriptor, onNews);
    },
    ignore() {
      ignore();
      ignore = () => {};
    },
    read: () => isClosed ? { names: new Set(), isUnnamed: false } : readNews(descriptor),
    close() {
      if (isClosed) return;
      isClosed = true;
      ignore();
      libc().close(descriptor);
    },
  };
}

function readNews(descriptor: number): ChangeNews {
  const bytes = new Uint8Array(ROOM_BYTES);
  const view = new DataView(bytes.buffer);
  const names = new Set<string>();
  let isUnnamed = false;
  const size = libc().read(descriptor, bytes, BigInt(bytes.length));
  for (let at = 0; at + HEAD_BYTES <= size;) {
    const nameBytes = view.getUint32(at + NAME_SIZE_AT, true);
    const name = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + nameBytes);
    const end = name.indexOf(0);
    if (nameBytes === 0) isUnnamed = true;
    else names.add(new TextDecoder().decode(end < 0 ? name : name.subarray(0, end)));
    at += HEAD_BYTES + nameBytes;
  }
  return { names, isUnnamed };
}
