import { assertEquals } from "@std/assert";
import { auditValue, formatAudit } from "../../../../lib/service/audit/audit_text.ts";
import { gradeOf } from "../../../../lib/service/audit/grade.ts";
import type { Rights } from "../../../../lib/service/audit/rights.ts";
import { test } from "../../../test.ts";

const ROOT: Rights = {
  service: "web.service",
  uid: 0,
  groups: [],
  noNewPrivs: false,
  filter: "none",
  lacking: [],
  ports: [],
  secrets: ["API_KEY"],
  handed: ["DB"],
  neighbours: [],
};

const HELD: Rights = {
  service: "agent.service",
  pid: 12,
  uid: 1000,
  userName: "agent",
  groups: [1000],
  capabilities: [],
  noNewPrivs: true,
  filter: "own",
  syscalls: "default",
  sandbox: { read: ["/etc"], write: [], connect: [443], bind: [], scope: ["signals"] },
  lacking: ["abstract sockets"],
  ports: [],
  writable: [],
  secrets: [],
  handed: [],
  neighbours: [],
};

const audited = (rights: Rights) => ({ rights, grade: gradeOf(rights) });

test("an audit is a block of lines for each service", () => {
  assertEquals(formatAudit([audited(ROOT), audited(HELD)]), [
    "web: grade F, 14 points, by its configuration",
    "  user          0",
    "  capabilities  as the container gives them to root",
    "  no_new_privs  no",
    "  system calls  all",
    "  sandbox       none",
    "  open ports    none",
    "  writes        wherever its user may",
    "  secrets       API_KEY (environment), DB (file in memory)",
    "  better        sandbox: strict (it would reach no files, ports and processes but those " +
    "that its lists name)",
    "                uid: a user of its own (it runs as root)",
    "",
    "agent: grade A, 1 point, as process 12 runs",
    "  user          1000 (agent), groups 1000",
    "  capabilities  none",
    "  no_new_privs  yes",
    "  system calls  its own filter: default",
    "  sandbox       read: /etc",
    "                write: none",
    "                connect: 443",
    "                bind: none",
    "                scope: signals",
    "                this kernel cannot restrict abstract sockets",
    "  open ports    none",
    "  writes        none",
    "  secrets       none",
    "  better        a newer kernel (this one cannot restrict abstract sockets)",
  ]);
});

test("programs get the same, null for what is not known", () => {
  const value = auditValue(audited(ROOT));
  assertEquals([value.pid, value.capabilities, value.writable, value.sandbox], [
    ...[null, null, null, null],
  ]);
  assertEquals([value.grade, value.points, value.service], ["F", 14, "web.service"]);
});

test("of many capabilities those that matter most are named", () => {
  const many = ["CHOWN", ...Array.from({ length: 10 }, (_, at) => `C${at}`), "SYS_ADMIN"];
  const line = formatAudit([audited({ ...HELD, capabilities: many })])[2];
  assertEquals(
    line,
    "  capabilities  SYS_ADMIN, CHOWN, C0, C1, C2, C3, C4, C5, C6, C7 and 2 more",
  );
});
