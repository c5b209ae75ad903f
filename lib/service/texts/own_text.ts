/** Reports on files that are given to their owners. */
import type { OwnedPlace } from "../../config/model.ts";
import type { OwnOutcome } from "../../base/own_outcome.ts";

const LEFT: Readonly<Record<"linked" | "devices" | "mounts" | "deep", string>> = {
  linked: "with several names, which may be somebody else's files",
  devices: "devices",
  mounts: "on other mounts",
  deep: "more than 256 directories deep",
};

/** Formats the report of one place. */
export function formatOwned(outcome: OwnOutcome, owner: OwnedPlace["owner"]): string {
  const { path, looked, changed, isReadOnly, tookMs } = outcome;
  const seconds = (tookMs / 1000).toFixed(1);
  const left = Object.entries(LEFT).flatMap(([name, what]) => {
    const count = outcome[name as keyof typeof LEFT];
    return count === 0 ? [] : [`${count} ${what}`];
  });
  const done = isReadOnly
    ? `own: ${path} is mounted read-only, and not all ${owner}'s: nothing was changed`
    : `own: ${path}: ${changed} of ${looked} given to ${owner} in ${seconds} s`;
  return left.length === 0 ? done : `${done}; left as they are: ${left.join(", ")}`;
}

/** Formats how far it is. */
export function formatProgress(
  { path, looked, changed }: Pick<OwnOutcome, "path" | "looked" | "changed">,
  owner: OwnedPlace["owner"],
): string {
  return `own: ${path}: ${looked} looked at so far, ${changed} given to ${owner}`;
}

/** Whether there is something in a report that somebody wants to know. */
export function isNotable({ changed, linked, devices, deep, isReadOnly }: OwnOutcome): boolean {
  return isReadOnly || changed + linked + devices + deep > 0;
}
