/** Findings as text for people, as JSON for programs, as SARIF for code hosts and editors. */
import { type Diagnostic, formatDiagnostic, type SourcePosition } from "../../base/errors.ts";
import { LINT_RULES, type LintFinding, type LintLevel } from "./report.ts";

/** The forms of a report. */
export const REPORT_FORMATS = ["text", "json", "sarif"] as const;

export type ReportFormat = typeof REPORT_FORMATS[number];

/** Something to report: of the linter, or of loading, which knows no rules. */
export type ReportedFinding = Omit<LintFinding, "rule"> & { readonly rule: string };

/** The rule under which what loading refuses is reported. */
const LOAD_RULE = "configuration";

const RULE_TEXTS: Readonly<Record<string, string>> = {
  ...LINT_RULES,
  [LOAD_RULE]: "The configuration cannot be loaded as it is written.",
};

/** Makes a finding of what loading had to say. */
export function loadFinding(diagnostic: Diagnostic, level: LintLevel): ReportedFinding {
  return { rule: LOAD_RULE, level, ...diagnostic };
}

/** Whether a report makes a check fail. */
export function hasErrors(findings: readonly ReportedFinding[]): boolean {
  return findings.some(({ level }) => level === "error");
}

/** Formats findings; `version` is that of chaperone. */
export function formatReport(
  findings: readonly ReportedFinding[],
  format: ReportFormat,
  version: string,
): string[] {
  switch (format) {
    case "text":
      return findings.map(formatText);
    case "json":
      return [JSON.stringify({ ok: !hasErrors(findings), findings })];
    case "sarif":
      return [JSON.stringify(sarif(findings, version), null, 2)];
    default:
      return format satisfies never;
  }
}

function formatText({ level, rule, ...diagnostic }: ReportedFinding): string {
  return `${level}: ${formatDiagnostic(diagnostic)} [${rule}]`;
}

/** See the Static Analysis Results Interchange Format 2.1.0. */
function sarif(findings: readonly ReportedFinding[], version: string) {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: {
        driver: {
          name: "chaperone",
          version,
          rules: Object.entries(RULE_TEXTS).map(([id, text]) => ({
            id,
            shortDescription: { text },
          })),
        },
      },
      results: findings.map(({ rule, level, message, position }) => ({
        ruleId: rule,
        level,
        message: { text: message },
        ...(position === undefined ? {} : { locations: [location(position)] }),
      })),
    }],
  };
}

function location({ file, line, column }: SourcePosition) {
  return {
    physicalLocation: {
      artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
      region: { startLine: line, startColumn: column },
    },
  };
}
