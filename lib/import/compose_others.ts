/** What a Compose file holds besides services. */
import type { SourceMap, SourceNode } from "../config/source/source.ts";
import type { Draft } from "./draft.ts";

/** What stands beside the services, and what becomes of it here. */
const OTHERS: Readonly<Record<string, string>> = {
  networks: "all services share the network of the container",
  volumes: "mount them into the container, as by docker run -v",
  secrets: "mount them into the container, and name them in secrets of the services",
  configs: "mount them into the container",
  include: "convert those files, too",
  models: "say in env_set where the models are",
  name: "the name of the container is the engine's",
};

/** Says what the file has besides services; what begins with `x-` is there to be repeated only. */
export function remarkOnOthers(root: SourceMap, draft: Draft): void {
  for (const { key, value } of root.entries.values()) {
    const word = key.source;
    if (word === "services" || word === "version" || word.startsWith("x-")) continue;
    const advice = OTHERS[word];
    const named = namesIn(value);
    const what = `No counterpart: ${word}${named === "" ? "" : ` (${named})`}`;
    draft.remark(advice === undefined ? what : `${what}; ${advice}.`);
  }
}

/** Lists in short what a value consists of. */
export function namesIn(value: SourceNode): string {
  switch (value.kind) {
    case "map":
      return [...value.entries.values()].map(({ key }) => key.source).join(", ");
    case "list":
      return value.items.flatMap((item) => item.kind === "scalar" ? [item.source] : []).join(", ");
    default:
      return value.type === "null" ? "" : value.source;
  }
}
