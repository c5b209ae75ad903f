/** `telchap check --audit`: what services could do, as their configuration alone tells. */
import { parseEnvFile } from "../config/environment/env_file.ts";
import { ConfigError } from "../base/errors.ts";
import type { AnswerOf } from "../commands/answers.ts";
import type { LintFacts } from "../config/lint/report.ts";
import type { Config, ServiceConfig } from "../config/model.ts";
import {
  auditValue,
  formatAudit,
  gradeOf,
  NEWEST_ABI,
  rightsOf,
} from "../service/audit/audit_library.ts";

/** chaperone is root in nearly all containers, and what it may then is the most. */
const OWN_UID = 0;

/** Returns the audit of all enabled services, as lines. */
export function auditConfig(
  { services }: Config,
  facts: Pick<LintFacts, "readText">,
  format: "text" | "json",
): string[] {
  const audited = services.filter(({ enabled }) => enabled).map((config) => {
    const rights = rightsOf(config, {
      landlockAbi: NEWEST_ABI,
      ownUid: OWN_UID,
      variables: variablesOf(config, facts),
      services,
    });
    return { rights, grade: gradeOf(rights) };
  });
  if (format === "text") return formatAudit(audited);
  const value: AnswerOf<"audit"> = { services: audited.map(auditValue) };
  return [JSON.stringify(value)];
}

function variablesOf(config: ServiceConfig, { readText }: Pick<LintFacts, "readText">): string[] {
  const fromFiles = config.envFiles.flatMap((path) => {
    try {
      return Object.keys(parseEnvFile(readText?.(path) ?? "", path));
    } catch (error) {
      if (error instanceof ConfigError) return [];
      throw error;
    }
  });
  return [...config.environment.names(), ...fromFiles];
}
