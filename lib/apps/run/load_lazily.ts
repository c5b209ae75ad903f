/**
 * Loads a configuration with as little of chaperone as it takes: each part is parsed when it is
 * needed.
 */
import { loadConfig, type LoadInputs, type LoadParts, PartNeeded } from "../../config/load.ts";
import type { Config } from "../../config/model.ts";

const PARTS = {
  yaml: async () => ({ yaml: (await import("../../config/source/yaml_source.ts")).parseSource }),
  checkInterval: async () => ({
    checkInterval: (await import("../../service/schedule/schedule.ts")).intervalFault,
  }),
  sandbox: async () => ({ sandbox: await import("../../service/sandbox/sandbox_library.ts") }),
} satisfies { [Part in keyof Required<LoadParts>]: () => Promise<Pick<LoadParts, Part>> };

/** Loads as `loadConfig` does. @throws {ConfigError} with everything that is wrong. */
export async function loadLazily(inputs: Omit<LoadInputs, "parts">): Promise<Config> {
  let parts: LoadParts = {};
  for (;;) {
    try {
      return loadConfig({ ...inputs, parts });
    } catch (error) {
      // Each part is missing once at most.
      if (!(error instanceof PartNeeded)) throw error;
      parts = { ...parts, ...await PARTS[error.part]() };
    }
  }
}
