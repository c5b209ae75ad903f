/**
 * `telchap check`: loads a configuration as chaperone would, starts nothing, and says what is
 * wrong.
 */
import { ConfigError, type Diagnostic, formatDiagnostic } from "../base/errors.ts";
import { CachedBackticks } from "../config/backticks.ts";
import { parseCommandLine } from "../config/command_line.ts";
import { resolveConfigPath } from "../config/config_files.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/model.ts";
import { parseSelector, SelectorError } from "../log/selector.ts";
import { buildFamily, CircularDependencyError } from "../service/family.ts";
import { readAccounts } from "../sys/accounts.ts";
import { shellRunner } from "../sys/backtick.ts";
import { configFiles } from "../sys/files.ts";
import { findExecutable } from "../sys/executable.ts";
import { print } from "../sys/print.ts";
import { environmentVariables } from "../sys/program.ts";
import { VERSION } from "../base/version.ts";

interface Findings {
  readonly errors: Diagnostic[];
  readonly warnings: Diagnostic[];
  config: Config | undefined;
}

/**
 * Checks a configuration, by default the one that chaperone would load; returns the exit status.
 */
export function checkConfig(path: string | undefined, asJson: boolean): number {
  const findings: Findings = { errors: [], warnings: [], config: undefined };
  load(path, findings);
  if (findings.config !== undefined) examine(findings.config, findings);
  report(findings, asJson);
  return findings.errors.length === 0 ? 0 : 1;
}

function load(path: string | undefined, findings: Findings): void {
  const variables = environmentVariables();
  const parsed = parseCommandLine([], {
    programName: "chaperone",
    version: VERSION,
    defaults: variables["_CHAP_OPTIONS"],
  });
  const options = parsed.kind === "run" ? parsed.options : undefined;
  const accounts = readAccounts();
  const user = options?.user ?? options?.createUser?.split(":")[0];
  // A user that --create-user has yet to make cannot be looked up.
  const account = user === undefined ? undefined : accounts.userByName(user);
  const warn = (message: string) => void findings.warnings.push({ message });
  try {
    findings.config = loadConfig({
      configPath: path === undefined
        ? resolveConfigPath(options?.config ?? "/etc/chaperone.d", account?.home)
        : absolute(path, variables["PWD"]),
      files: configFiles,
      accounts,
      backticks: (env) => new CachedBackticks(shellRunner(env), warn),
      variables,
      options: {
        user: account === undefined ? undefined : user,
        interactive: false,
        taskMode: false,
        disableServices: options?.disableServices,
      },
    });
    findings.warnings.push(...findings.config.warnings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    findings.errors.push(...error.diagnostics);
  }
}

function absolute(path: string, directory: string | undefined): string {
  return path.startsWith("/") ? path : `${directory ?? ""}/${path}`;
}

/** What chaperone would only find out when it starts. */
function examine(config: Config, findings: Findings): void {
  try {
    buildFamily(config.services);
  } catch (error) {
    if (!(error instanceof CircularDependencyError)) throw error;
    findings.errors.push({ message: error.message });
  }
  for (const { name, selector, origin } of config.loggings) {
    try {
      parseSelector(selector);
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      const message = `${name}: ${error.message}`;
      findings.errors.push(origin === undefined ? { message } : { message, position: origin });
    }
  }
  for (const { name, argv, enabled, optional, environment } of config.services) {
    const [word = ""] = argv;
    if (!enabled || findExecutable(word, environment.value("PATH")).kind === "found") continue;
    const message = `${name}: executable '${word}' not found`;
    (optional ? findings.warnings : findings.errors).push({ message });
  }
}

function report({ errors, warnings, config }: Findings, asJson: boolean): void {
  if (asJson) {
    print("stdout", [JSON.stringify({ ok: errors.length === 0, errors, warnings })]);
    return;
  }
  print("stdout", [
    ...errors.map((error) => `error: ${formatDiagnostic(error)}`),
    ...warnings.map((warning) => `warning: ${formatDiagnostic(warning)}`),
    config === undefined || errors.length > 0
      ? `${errors.length} error${errors.length === 1 ? "" : "s"}`
      : `${config.services.length} services and ${config.loggings.length} logging sections, no error`,
  ]);
}
