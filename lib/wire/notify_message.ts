/**
 * What a service says on its notify socket: the text of one datagram of sd_notify(3) as a value.
 *
 * A datagram holds lines `KEY=value`; keys are those of sd_notify(3), in any case (chaperone
 * 0.3.9). A line that says nothing known, or whose value cannot be read, is passed over and its key
 * kept for a debug message; the other lines count all the same. Nothing here throws.
 */
import { DURATION_MAX_MS } from "../base/duration.ts";
import { visibleText } from "../base/shown_text.ts";

/**
 * The longest datagram that is read; the kernel cuts nothing shorter (NOTIFY_BUFFER_MAX of
 * systemd).
 */
export const NOTIFY_MESSAGE_MAX_BYTES = 4096;

/** What a service says. Absent or false: not mentioned. */
export interface NotifyMessage {
  readonly ready: boolean;
  readonly reloading: boolean;
  readonly stopping: boolean;
  /** Empty: the service takes back what it said before. Control characters are replaced. */
  readonly status?: string;
  readonly mainPid?: number;
  readonly errno?: number;
  /** A number is a raw wait status. */
  readonly busError?: number | string;
  readonly extendTimeoutMs?: number;
  /** When a reload began, CLOCK_MONOTONIC in microseconds. */
  readonly monotonicUsec?: number;
  readonly watchdog?: "alive" | "trigger";
  readonly watchdogMs?: number;
  /** The sender waits until the descriptor that came along is closed. */
  readonly barrier: boolean;
  /** The sender wants a descriptor to be kept. */
  readonly fdStore: boolean;
  /** Keys of lines that said nothing known or could not be read. */
  readonly passedOver: readonly string[];
}

export type NotifyParse =
  | { readonly kind: "message"; readonly message: NotifyMessage }
  | { readonly kind: "malformed"; readonly reason: string };

type Draft = { -readonly [K in keyof NotifyMessage]: NotifyMessage[K] } & { passedOver: string[] };

const LINE = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;

const decoder = new TextDecoder();

/** Reads one datagram. The bytes are not kept. */
export function parseNotifyMessage(datagram: Uint8Array): NotifyParse {
  if (datagram.length > NOTIFY_MESSAGE_MAX_BYTES) {
    return { kind: "malformed", reason: `is longer than ${NOTIFY_MESSAGE_MAX_BYTES} bytes` };
  }
  // sd_notify(3) adds no NUL, some clients in C do.
  const text = decoder.decode(datagram).replace(/\0+$/, "");
  if (text.includes("\0")) return { kind: "malformed", reason: "contains NUL" };
  const draft: Draft = {
    ready: false,
    reloading: false,
    stopping: false,
    barrier: false,
    fdStore: false,
    passedOver: [],
  };
  let lines = 0;
  for (const line of text.split("\n")) {
    const match = LINE.exec(line.replace(/\r$/, ""));
    if (match === null) continue;
    lines++;
    const key = (match[1] as string).toUpperCase();
    if (!takeLine(draft, key, match[2] as string)) draft.passedOver.push(key);
  }
  if (lines === 0) return { kind: "malformed", reason: "contains no KEY=value" };
  return { kind: "message", message: draft };
}

/** Returns false for a line that says nothing known. */
function takeLine(draft: Draft, key: string, value: string): boolean {
  switch (key) {
    case "READY":
      return value === "1" && (draft.ready = true);
    case "RELOADING":
      return value === "1" && (draft.reloading = true);
    case "STOPPING":
      return value === "1" && (draft.stopping = true);
    case "BARRIER":
      return value === "1" && (draft.barrier = true);
    case "FDSTORE":
      return value === "1" && (draft.fdStore = true);
    case "STATUS":
      draft.status = visibleText(value);
      return true;
    case "MAINPID":
      return setNumber(draft, "mainPid", value, 1, 0x7fff_ffff);
    case "ERRNO":
      return setNumber(draft, "errno", value, 0, 0x7fff_ffff);
    case "BUSERROR":
      if (value === "") return false;
      draft.busError = /^\d{1,9}$/.test(value) ? Number(value) : visibleText(value);
      return true;
    case "MONOTONIC_USEC":
      return setNumber(draft, "monotonicUsec", value, 0, Number.MAX_SAFE_INTEGER);
    case "EXTEND_TIMEOUT_USEC":
      return setDuration(draft, "extendTimeoutMs", value);
    case "WATCHDOG":
      if (value !== "1" && value !== "trigger") return false;
      draft.watchdog = value === "1" ? "alive" : "trigger";
      return true;
    case "WATCHDOG_USEC":
      return setDuration(draft, "watchdogMs", value);
    default:
      return false;
  }
}

function setNumber(
  draft: Draft,
  name: "mainPid" | "errno" | "monotonicUsec",
  value: string,
  lowest: number,
  highest: number,
): boolean {
  if (!/^\d{1,16}$/.test(value)) return false;
  const number = Number(value);
  if (number < lowest || number > highest) return false;
  draft[name] = number;
  return true;
}

function setDuration(
  draft: Draft,
  name: "extendTimeoutMs" | "watchdogMs",
  value: string,
): boolean {
  if (!/^\d{1,20}$/.test(value)) return false;
  // UINT64_MAX is how systemd spells "for ever".
  draft[name] = Math.min(Number(value) / 1000, DURATION_MAX_MS);
  return true;
}
