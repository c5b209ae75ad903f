/** Reads what a section says of the rights that processes do not have. */
import { CAPABILITY_NAMES, capabilityNumber } from "../base/capabilities.ts";
import { whyNoPath } from "../base/path_text.ts";
import { didYouMean } from "../base/suggest.ts";
import type { Environment } from "./environment/environment.ts";
import { present } from "./present.ts";
import type { SandboxRead, SandboxSource } from "./sandbox.ts";
import type { ConfinementConfig, SandboxConfig, SyscallPolicy } from "./sandbox_model.ts";
import type { Section } from "./section.ts";

/** What reads values that few configurations have. */
export interface SandboxParsers {
  readonly parseSandbox: (source: SandboxSource) => SandboxRead<SandboxConfig>;
  readonly parseSyscalls: (words: readonly string[]) => SandboxRead<SyscallPolicy>;
}

/** A section that has the directives. */
type ConfiningSection = Section<
  | ("no_new_privs" | "capabilities" | "sandbox" | "syscalls")
  | ("private_tmp" | "read_only_paths" | "hide_proc")
>;

/** Reads a section; `parsers` is asked for only where there is something for them to read. */
export function readConfinement(
  section: ConfiningSection,
  environment: Environment,
  parsers: () => SandboxParsers,
): ConfinementConfig {
  return present<ConfinementConfig>({
    noNewPrivs: section.boolean("no_new_privs", environment),
    capabilities: readCapabilities(section, environment),
    privateTmp: section.boolean("private_tmp", environment),
    readOnlyPaths: section.parsedList("read_only_paths", environment, parseOwnPath),
    hideProc: section.boolean("hide_proc", environment),
    sandbox: section.has("sandbox")
      ? told(section, "sandbox", sourceOf(section, environment), parsers().parseSandbox)
      : undefined,
    syscalls: section.has("syscalls")
      ? told(
        section,
        "syscalls",
        section.texts("syscalls", environment),
        parsers().parseSyscalls,
      )
      : undefined,
  });
}

function parseOwnPath(text: string): string | undefined {
  return whyNoPath(text) === undefined ? text : undefined;
}

function sourceOf(section: ConfiningSection, environment: Environment): SandboxSource | undefined {
  return section.fields("sandbox", environment) ?? section.texts("sandbox", environment);
}

/** What could not be expanded has been told. */
function told<Source, T>(
  section: ConfiningSection,
  name: "sandbox" | "syscalls",
  source: Source | undefined,
  parse: (source: Source) => SandboxRead<T>,
): T | undefined {
  if (source === undefined) return undefined;
  const read = parse(source);
  if ("value" in read) return read.value;
  return section.fail(name, `invalid ${name} of '${section.name}': ${read.problem}`);
}

function readCapabilities(
  section: ConfiningSection,
  environment: Environment,
): readonly string[] | undefined {
  const numbers = new Set<number>();
  for (const text of section.texts("capabilities", environment) ?? []) {
    const number = capabilityNumber(text);
    if (number === undefined) {
      const hint = didYouMean(text.toUpperCase(), CAPABILITY_NAMES) || ", see capabilities(7)";
      const message = `invalid capabilities of '${section.name}': '${text}' is none${hint}`;
      return section.fail("capabilities", message);
    }
    numbers.add(number);
  }
  if (!section.has("capabilities")) return undefined;
  return [...numbers].sort((a, b) => a - b).map((number) => CAPABILITY_NAMES[number] ?? "");
}
