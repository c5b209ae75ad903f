/** The environment of this process as the C library has it, environ(7). */
import { decodeBytes } from "../../base/byte_text.ts";
import { addressOfVariable } from "./libc.ts";

const POINTER_BYTES = 8;

/** Returns each `NAME=value`, as it stands at present. */
export function environmentEntries(): string[] {
  const list = environmentList();
  const entries: string[] = [];
  for (let at = 0;; at += POINTER_BYTES) {
    const entry = list?.getPointer(at) ?? null;
    if (entry === null) return entries;
    entries.push(readText(entry));
  }
}

function environmentList(): Deno.UnsafePointerView | undefined {
  const place = addressOfVariable("environ");
  const list = place === null ? null : new Deno.UnsafePointerView(place).getPointer();
  return list === null ? undefined : new Deno.UnsafePointerView(list);
}

function readText(pointer: Deno.PointerObject): string {
  const text = Deno.UnsafePointerView.getCString(pointer);
  // What is not UTF-8 has been replaced by it.
  if (!text.includes("\ufffd")) return text;
  const view = new Deno.UnsafePointerView(pointer);
  let length = 0;
  while (view.getUint8(length) !== 0) length++;
  return decodeBytes(new Uint8Array(view.getArrayBuffer(length)));
}
