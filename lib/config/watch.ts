/** Reads `watch`: which files a service is to be told of, and how. */
import { whyNoPath } from "../base/path_text.ts";
import { parseSignal } from "../base/signals.ts";
import type { Environment } from "./environment/environment.ts";
import { wordsIn } from "./environment/shell_words.ts";
import type { ServiceConfig } from "./model.ts";
import type { WatchAction, WatchRule } from "./renewal_model.ts";
import type { Section } from "./section.ts";
import type { Problems } from "./source/problems.ts";

/** In place of a path: the files that the environment and the secrets come from. */
const SECRETS = "secrets";

const RULES_MAX = 100;

/** Reads it; undefined: nothing is watched. */
export function readWatch(
  section: Section<"watch">,
  environment: Environment,
): readonly WatchRule[] | undefined {
  const rules: WatchRule[] = [];
  for (const [key, value] of section.fields("watch", environment) ?? []) {
    const pattern = section.expandText(key, environment) ?? key;
    const action = typeof value === "string" ? parseAction(value) : undefined;
    if (action === undefined) return section.unexpected("watch", String(value), key);
    const wrong = pattern === SECRETS ? undefined : whyNoPath(pattern);
    if (wrong !== undefined) {
      const hint = `${wrong}; a path, a pattern such as /etc/app/*.conf, or ${SECRETS}`;
      return section.fail("watch", `invalid watch of '${section.name}': ${hint}`);
    }
    rules.push(
      pattern === SECRETS ? { kind: "secrets", action } : { kind: "path", pattern, action },
    );
  }
  if (rules.length > RULES_MAX) {
    const text = `watch of '${section.name}' has more than ${RULES_MAX} entries; use patterns`;
    return section.fail("watch", text);
  }
  return rules.length === 0 ? undefined : rules;
}

/** Reports what cannot be done for this service, and what is watched in vain. */
export function checkWatch(
  service: ServiceConfig,
  section: Section<"watch">,
  problems: Problems,
): void {
  const { watch = [], reloadCommand, reloadSignal } = service;
  const reloads = watch.some(({ action }) => action.kind === "reload");
  if (reloads && reloadCommand === undefined && reloadSignal === undefined) {
    const text = `watch of ${section.name} says reload: that needs reload_command or reload_signal`;
    section.fail("watch", text);
  }
  if (watch.some(({ kind }) => kind === "secrets") && !hasSecretFiles(service)) {
    const text =
      `watch of ${section.name} says secrets: it has no secrets, env_file or env_from_file`;
    problems.warn(text, section.placeOf("watch"));
  }
}

/** Whether a service has files that `secrets` stands for. */
function hasSecretFiles({ secrets = [], envFiles, envFromFile }: ServiceConfig): boolean {
  return secrets.length > 0 || envFiles.length > 0 || envFromFile;
}

function parseAction(text: string): WatchAction | undefined {
  const [kind = "", ...words] = text.trim().split(/\s+/);
  switch (kind) {
    case "reload":
    case "restart":
      return words.length === 0 ? { kind } : undefined;
    case "signal": {
      const signal = words.length === 1 ? parseSignal(words[0] ?? "") : undefined;
      return signal === undefined ? undefined : { kind, signal };
    }
    case "run": {
      const argv = wordsIn(text.trim().slice(kind.length)) ?? [];
      return argv.length === 0 ? undefined : { kind, argv };
    }
    default:
      return undefined;
  }
}
