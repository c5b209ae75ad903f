/** What an audit tells, as text. */
import { shortName } from "../../base/service_name.ts";
import { type Grade, isPowerful } from "./grade.ts";
import type { Rights } from "./rights.ts";

const LABEL_WIDTH = 14;

/** Formats the audit of services, the worst last, where a terminal shows it. */
export function formatAudit(
  audited: readonly { readonly rights: Rights; readonly grade: Grade }[],
): string[] {
  return audited.flatMap(({ rights, grade }, at) => [
    ...(at === 0 ? [] : [""]),
    ...formatOne(rights, grade),
  ]);
}

function formatOne(rights: Rights, { letter, points, better }: Grade): string[] {
  const { pid, noNewPrivs, ports } = rights;
  const source = pid === undefined ? "by its configuration" : `as process ${pid} runs`;
  const rows: readonly (readonly [string, string])[] = [
    ["user", userText(rights)],
    ["capabilities", capabilitiesText(rights)],
    ["no_new_privs", noNewPrivs ? "yes" : "no"],
    ["system calls", callsText(rights)],
    ...sandboxRows(rights),
    ["open ports", ports.join(", ")],
    ["writes", rights.writable?.join(", ") ?? "wherever its user may"],
    ["secrets", secretsText(rights)],
    ...better.map(({ remedy, reason }, at) =>
      [at === 0 ? "better" : "", `${remedy} (${reason})`] as const
    ),
  ];
  return [
    `${shortName(rights.service)}: grade ${letter}, ${points} point${
      points === 1 ? "" : "s"
    }, ${source}`,
    ...rows.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}${text === "" ? "none" : text}`),
  ];
}

function userText({ uid, userName, groups }: Rights): string {
  const name = userName === undefined ? "" : ` (${userName})`;
  return `${uid}${name}${groups.length === 0 ? "" : `, groups ${groups.join(", ")}`}`;
}

function secretsText({ secrets, handed }: Rights): string {
  return [
    ...secrets.map((name) => `${name} (environment)`),
    ...handed.map((name) => `${name} (file in memory)`),
  ].join(", ");
}

const CAPABILITIES_MAX = 10;

/** Of many, those that matter most. */
function capabilitiesText({ capabilities }: Rights): string {
  if (capabilities === undefined) return "as the container gives them to root";
  if (capabilities.length <= CAPABILITIES_MAX) return capabilities.join(", ");
  const first = [...capabilities].sort((a, b) => Number(isPowerful(b)) - Number(isPowerful(a)))
    .slice(0, CAPABILITIES_MAX);
  return `${first.join(", ")} and ${capabilities.length - first.length} more`;
}

function callsText({ filter, syscalls }: Rights): string {
  if (filter === "none") return "all";
  if (filter === "container") return "those that the filter of the container leaves";
  return syscalls === undefined ? "its own filter: sockets" : `its own filter: ${syscalls}`;
}

function sandboxRows({ sandbox, lacking }: Rights): (readonly [string, string])[] {
  if (sandbox === undefined) {
    const missing = lacking.length === 0
      ? ""
      : `: this kernel cannot restrict ${lacking.join(", ")}`;
    return [["sandbox", `none${missing}`]];
  }
  const rows = Object.entries(sandbox).map(([name, list], at) =>
    [at === 0 ? "sandbox" : "", `${name}: ${list.join(", ") || "none"}`] as const
  );
  return lacking.length === 0
    ? rows
    : [...rows, ["", `this kernel cannot restrict ${lacking.join(", ")}`]];
}

/** Returns the same for programs. */
export function auditValue({ rights, grade }: { readonly rights: Rights; readonly grade: Grade }) {
  const { capabilities, writable, sandbox, pid, ...others } = rights;
  return {
    ...others,
    pid: pid ?? null,
    capabilities: capabilities ?? null,
    sandbox: sandbox ?? null,
    writable: writable ?? null,
    grade: grade.letter,
    points: grade.points,
    weaknesses: grade.weaknesses,
    better: grade.better,
  };
}
