/** The commands that put another configuration in force: diff shows what apply would do. */
import type { AnswerOf } from "../../commands/answers.ts";
import {
  formatApplyReport,
  paintApplyReport,
  summarize,
} from "../../service/texts/apply_report.ts";
import type { ApplyPreview } from "../container/apply_preview.ts";
import { ApplyRefusal } from "../container/apply_refusal.ts";
import type { ConfigApplier } from "../container/config_applier.ts";
import { isGone } from "../../service/life/phase.ts";
import {
  CommandError,
  type ControlCall,
  type ControlContext,
  readTimeLimit,
  type Reply,
} from "./context.ts";
import { sayBeforehand } from "./orders.ts";

/** Returns the answer to `diff`, which fails where `apply` would be refused. */
export async function diff(
  { context, session }: ControlCall<"diff">,
): Promise<Reply<AnswerOf<"diff">>> {
  const preview = await refusing((await applierOf(context)).preview());
  const notices = noticesOf(context, preview);
  const lines = [...report(preview, { notices, inColour: session.colour }), ...preview.obstacles];
  const isRefused = preview.obstacles.length > 0;
  return {
    text: lines.join("\n"),
    value: describe(preview, notices),
    ...(isRefused ? { exitCode: 1 } : {}),
  };
}

/** Applies the configuration; returns the answer. Goes on although its client has left. */
export async function apply(
  { context, call, session }: ControlCall<"apply">,
): Promise<Reply<AnswerOf<"apply">>> {
  const { journal } = context;
  const limitMs = readTimeLimit(call.options.timeout);
  const applier = await applierOf(context);
  const preview = await refusing(applier.preview());
  const notices = noticesOf(context, preview);
  sayBeforehand({ call, session }, report(preview, { notices, inColour: session.colour }));
  for (const text of preview.loaded.notices) journal.write({ level: "warn", text });
  const outcome = await refusing(applier.apply(preview, limitMs));
  switch (outcome.kind) {
    case "applied":
      journal.write({ level: "info", text: `configuration applied: ${summarize(preview)}` });
      return {
        text: "configuration applied.",
        value: { applied: true, ...describe(preview, notices) },
      };
    case "ending":
      throw new CommandError("the container ends, the configuration was not applied");
    case "rolled-back": {
      const { failures, lost } = outcome;
      const back = lost.length === 0
        ? "the former configuration is back in force"
        : `the former configuration is back, but ${lost.join("; ")}`;
      const text = `configuration not applied: ${failures.join("; ")}; ${back}`;
      journal.write({ level: "err", text });
      throw new CommandError(text);
    }
    default:
      return outcome satisfies never;
  }
}

/** @throws {CommandError} where there is none. */
export async function applierOf({ applier }: ControlContext): Promise<ConfigApplier> {
  if (applier === undefined) throw new CommandError("the configuration cannot be reloaded");
  return await applier();
}

/** Rejects with `CommandError` where nothing was changed. */
export async function refusing<T>(outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } catch (error) {
    if (!(error instanceof ApplyRefusal)) throw error;
    throw new CommandError(`nothing was changed: ${error.message}`);
  }
}

/** What loading had to say, and what applying it leads to beyond the changes. */
function noticesOf(
  { supervisor }: ControlContext,
  { loaded, plan }: ApplyPreview,
): readonly string[] {
  const { notices, config } = loaded;
  if (!config.settings.detectExit || plan.starts.length > 0) return notices;
  const stopping = plan.stops.flat();
  const isLeft = (name: string) =>
    !stopping.includes(name) && !isGone(supervisor.state(name).phase);
  if (stopping.length === 0 || [...supervisor.names()].some(isLeft)) return notices;
  return [...notices, "nothing is left to run then: the container ends (detect_exit)"];
}

function report(
  preview: ApplyPreview,
  { notices, inColour }: { readonly notices: readonly string[]; readonly inColour: boolean },
): string[] {
  const lines = formatApplyReport(preview);
  return [
    ...(inColour ? paintApplyReport(lines) : lines),
    ...notices.map((text) => `note: ${text}`),
  ];
}

function describe({ plan, diff, obstacles }: ApplyPreview, notices: readonly string[]) {
  const { loggings, alerts, settings, unchangedCount } = diff;
  return {
    services: plan.changes.map(({ name, kind, action, directives, variables }) => ({
      name,
      change: kind,
      action,
      directives,
      variables,
    })),
    loggings: loggings.map(({ name, kind, directives }) => ({ name, change: kind, directives })),
    alerts: alerts.map(({ name, kind, directives }) => ({ name, change: kind, directives })),
    settings: settings.map(({ directive }) => directive),
    unchanged: unchangedCount,
    notices,
    obstacles,
  };
}
