/** All that only `audit` and `check --audit` need: a text of its own in the compiled program. */
export { auditValue, formatAudit } from "./audit_text.ts";
export { gradeOf } from "./grade.ts";
export { rightsOf } from "./rights.ts";
export { NEWEST_ABI } from "../sandbox/landlock.ts";
