/** What has become of watched files between two looks, and what that leads to. */
import { shownPath } from "../../base/path_text.ts";
import { signalName } from "../../base/signals.ts";
import type { WatchAction } from "../../config/renewal_model.ts";

/** What each file is at the moment, by path. */
type Stamps = Readonly<Record<string, string>>;

/** Files of one rule that are not what they were. */
export interface RuleChange {
  /** The number of the rule. */
  readonly rule: number;
  readonly paths: readonly string[];
}

/** What is different, and whether any file is gone: another one may be about to take its place. */
export function compareStamps(
  before: readonly Stamps[],
  after: readonly Stamps[],
): { readonly changes: readonly RuleChange[]; readonly hasVanished: boolean } {
  let hasVanished = false;
  const changes = after.flatMap((stamps, rule): RuleChange[] => {
    const former = before[rule] ?? {};
    const gone = Object.keys(former).filter((path) => !Object.hasOwn(stamps, path));
    hasVanished ||= gone.length > 0;
    const other = Object.keys(stamps).filter((path) => former[path] !== stamps[path]);
    const paths = [...other, ...gone];
    return paths.length === 0 ? [] : [{ rule, paths }];
  });
  return { changes, hasVanished };
}

/** One thing that is done, and the files that it is done for. */
export interface WatchOrder {
  readonly action: WatchAction;
  readonly paths: readonly string[];
}

/** Each action once, whichever rules ask for it; a restart leaves no reload or signal to do. */
export function ordersFor(
  changes: readonly RuleChange[],
  actionOf: (rule: number) => WatchAction | undefined,
): WatchOrder[] {
  const orders = new Map<string, WatchOrder>();
  for (const { rule, paths } of changes) {
    const action = actionOf(rule);
    if (action === undefined) continue;
    const key = JSON.stringify(action);
    const known = orders.get(key)?.paths ?? [];
    orders.set(key, { action, paths: [...new Set([...known, ...paths])] });
  }
  const all = [...orders.values()];
  const restarts = all.some(({ action }) => action.kind === "restart");
  return all.filter(({ action: { kind } }) => !restarts || kind === "restart" || kind === "run");
}

/** Names what has changed: `/etc/app.conf has changed`. */
export function describeChange([first = "", ...others]: readonly string[]): string {
  const shown = shownPath(first);
  if (others.length === 0) return `${shown} has changed`;
  return `${shown} and ${others.length} more ${
    others.length === 1 ? "file" : "files"
  } have changed`;
}

/** Names what is done: `reload`, `signal SIGHUP`. */
export function describeAction(action: WatchAction): string {
  switch (action.kind) {
    case "signal":
      return `signal ${signalName(action.signal)}`;
    case "run":
      return `run ${action.argv.join(" ")}`;
    default:
      return action.kind;
  }
}
