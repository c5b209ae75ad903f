/** How the layers of a configuration go together, by the table of directives. */
import { DIRECTIVES } from "./directives.ts";
import type { LayerRules } from "./source/merge.ts";

/** Mappings whose entries mean nothing for one another. */
const LAYERED: ReadonlySet<string> = new Set(["env_set", "limits", "secrets", "own"]);

export const LAYER_RULES: LayerRules = {
  takesNull: (name) => DIRECTIVES.service.get(name)?.choices?.includes("null") === true,
  isLayered: (name) => LAYERED.has(name),
};
