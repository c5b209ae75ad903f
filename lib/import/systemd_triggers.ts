/** What starts units of systemd besides the boot: timers and sockets. */
import { parseListen } from "../config/listen_address.ts";
import type { Draft, DraftSection } from "./draft.ts";
import { calendarTimes } from "./systemd_calendar.ts";
import { parseTimeSpan } from "./systemd_command.ts";
import { wholeNumber } from "./shared_values.ts";
import type { Unit } from "./systemd_unit.ts";

/** Makes the service of a timer a cron service. */
export function importTimer(
  { name, unit, own }: Unit,
  services: ReadonlyMap<string, DraftSection>,
  draft: Draft,
): void {
  unit.all("Description");
  const target = own.last("Unit") ?? `${name.stem}.service`;
  const service = services.get(target);
  if (service === undefined) {
    draft.remark(`Left out: ${name.full}, since ${target} is not among the units.`);
    return;
  }
  if (service.get("type") === "cron") {
    service.remark(`A second service is needed: ${name.full}`);
    return;
  }
  const [event, ...others] = own.all("OnCalendar");
  const calendar = event === undefined ? undefined : calendarTimes(event);
  const otherwise = () => again(own) ?? (event === undefined ? inTime(own) : undefined);
  const interval = calendar === undefined ? otherwise() : calendar.interval;
  service.set("type", "cron").set("timezone", calendar?.timezone);
  if (calendar?.onceAt !== undefined) service.set("once_at", calendar.onceAt);
  else service.set("interval", interval ?? "@daily");
  if (interval === undefined && calendar === undefined) {
    service.set("enabled", false);
    const what = event === undefined ? name.full : `OnCalendar=${event}`;
    service.remark(`Not understood: ${what}; set the interval and enable it.`);
  } else if (event !== undefined && calendar === undefined) {
    service.remark(`Not understood: OnCalendar=${event}`);
  }
  for (const other of others) service.remark(`A second service is needed: OnCalendar=${other}`);
  service.set("jitter", own.read("RandomizedDelaySec", parseTimeSpan));
  if (isTrue(own.last("Persistent"))) {
    service.set("catch_up", "once");
    service.remark("catch_up needs a volume: state_dir of the settings.");
  }
  own.all("AccuracySec");
  for (const text of own.rest) service.remark(`No counterpart: ${text} of ${name.full}`);
}

/** Again and again, counted from the last time. */
function again(own: Unit["own"]): string | undefined {
  const seconds = own.read("OnUnitActiveSec", parseTimeSpan) ??
    own.read("OnUnitInactiveSec", parseTimeSpan);
  return seconds === undefined ? undefined : `@every ${seconds}s`;
}

/** Once, so long after the start; what is counted from the boot of the machine, too. */
function inTime(own: Unit["own"]): string | undefined {
  const seconds = own.read("OnActiveSec", parseTimeSpan) ??
    own.read("OnBootSec", parseTimeSpan) ?? own.read("OnStartupSec", parseTimeSpan);
  return seconds === undefined ? undefined : `@in ${seconds}s`;
}

function isTrue(text = "no"): boolean {
  return /^(?:yes|true|on|1)$/i.test(text);
}

/** Hands the sockets of a socket unit to its service. */
export function importSocket(
  { name, unit, own }: Unit,
  services: ReadonlyMap<string, DraftSection>,
  draft: Draft,
): void {
  unit.all("Description");
  const accepts = isTrue(own.last("Accept"));
  const target = own.last("Service") ?? `${name.stem}${accepts ? "@" : ""}.service`;
  const service = services.get(target);
  const descriptor = own.last("FileDescriptorName");
  const prefix = descriptor === undefined ? "" : `${descriptor}=`;
  const addresses = ["ListenStream", ...(accepts ? [] : ["ListenDatagram"])].flatMap((key) =>
    own.all(key).flatMap((text) => {
      const listen = parseListen(prefix + addressOf(text, key));
      if (listen === undefined) service?.remark(`No counterpart: ${key}=${text} of ${name.full}`);
      return listen ?? [];
    })
  );
  if (service === undefined || addresses.length === 0) {
    draft.remark(`Left out: ${name.full}, for ${target}.`);
    return;
  }
  // Several units may have sockets for one service.
  service.set("listen", [...service.get("listen") as string[] | undefined ?? [], ...addresses]);
  if (accepts) {
    service.set("type", "inetd");
    service.set("max_instances", own.read("MaxConnections", wholeNumber) || undefined);
  } else service.set("on_demand", true);
  for (const text of own.rest) service.remark(`No counterpart: ${text} of ${name.full}`);
}

function addressOf(text: string, key: string): string {
  const isDatagram = key === "ListenDatagram";
  if (text.startsWith("/")) return `${isDatagram ? "unix-dgram" : "unix"}:${text}`;
  return isDatagram ? `udp://${text}` : text;
}
