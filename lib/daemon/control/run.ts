/** `run`: a cron or oneshot service runs now, once. */
import type { AnswerOf } from "../../commands/answers.ts";
import {
  type AskedRun,
  type AskedRunOutcome,
  askRun,
  RunRefusedError,
  watchAskedRun,
} from "../triggers/asked_runs.ts";
import { shortName } from "../../base/service_name.ts";
import {
  CommandError,
  type ControlCall,
  type ControlContext,
  namedService,
  type Reply,
} from "./context.ts";
import { noteOrder } from "./orders.ts";

/** Runs it; with `--wait` the answer comes when it has ended, with its exit status. */
export async function run(command: ControlCall<"run">): Promise<Reply<AnswerOf<"run">> | void> {
  const { context, call, session } = command;
  const name = namedService(command, call.operands);
  const asked = ask(context, name);
  noteOrder(command, name, "run");
  const short = shortName(name);
  if (!call.options.wait) {
    const text = asked.isQueued
      ? `${short} runs once its present run has ended.`
      : `${short} runs.`;
    return { text, value: { service: name, queued: asked.isQueued } };
  }
  const outcome = await Promise.race([awaitEnd(context, asked), session.gone]);
  if (outcome === undefined) return;
  return {
    text: `${short} ${outcome.text}`,
    value: { service: name, ...outcome },
    exitCode: outcome.exitCode,
  };
}

function ask({ supervisor, os }: ControlContext, name: string): AskedRun {
  try {
    return askRun(supervisor, name, os.nowMs());
  } catch (error) {
    if (!(error instanceof RunRefusedError)) throw error;
    throw new CommandError(error.message);
  }
}

/** Stays to the end although the client has left: it costs a closure. */
function awaitEnd({ supervisor }: ControlContext, asked: AskedRun): Promise<AskedRunOutcome> {
  return new Promise((resolve) => watchAskedRun(supervisor, asked, resolve));
}
