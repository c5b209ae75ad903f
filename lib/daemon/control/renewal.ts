/** The commands that renew services: restart and reload. */
import { shortName } from "../../base/service_name.ts";
import { CommandError, type ControlCall, namedServices, refuseIfAny } from "./context.ts";
import { planRoll } from "../../service/renewal/roll.ts";
import { describeOutcome, type Roller } from "../renewal/roller.ts";
import { restartOne } from "./lifecycle.ts";
import { reloadService } from "../services/reload_service.ts";
import { noteOrder, type OrderReply, replyOf } from "./orders.ts";

/** Restarts services, the instances of one service one after another; returns the answer. */
export async function restart(command: ControlCall<"restart">): Promise<OrderReply> {
  const { context } = command;
  const names = namedServices(command);
  const disabled = names.filter((name) => !context.supervisor.state(name).enabled);
  const text = "can only restart services which have been enabled";
  refuseIfAny(disabled, text, "telchap enable enables them");
  const series = Map.groupBy(names, (name) => {
    return context.supervisor.config(name).section ?? name;
  });
  const roller = await context.roller();
  const rolls = [...series.values()].map((members) => roll(command, members, roller));
  const done = Promise.all(rolls);
  return await answer(command, done, {
    begun: replyOf("services restarting.", names),
    done: replyOf("services restarted.", names),
    report: (failure) => `restart failed: ${failure}`,
  });
}

/** What is answered, and what the log says of a failure that nobody waits for. */
interface Answers {
  readonly begun: OrderReply;
  readonly done: OrderReply;
  report(failure: string): string;
}

async function answer(
  { context, call }: ControlCall<"restart"> | ControlCall<"reload">,
  renewing: Promise<readonly (readonly string[])[]>,
  answers: Answers,
): Promise<OrderReply> {
  if (call.options.wait) {
    const failures = (await renewing).flat();
    if (failures.length > 0) throw new CommandError(failures.join("; "));
    return answers.done;
  }
  void renewing.then((failures) => {
    for (const failure of failures.flat()) {
      context.journal.write({ level: "err", text: answers.report(failure) });
    }
  });
  return answers.begun;
}

/** Stops at the first that fails: the others go on serving as they are. */
async function roll(
  command: ControlCall<"restart">,
  names: readonly string[],
  roller: Roller,
): Promise<string[]> {
  const { supervisor } = command.context;
  const [first] = names;
  if (first === undefined) return [];
  const plan = () => {
    const all = [...supervisor.names()].map((name) => supervisor.config(name));
    return planRoll(all.filter(({ name }) => names.includes(name)), all);
  };
  const exchange = (name: string) => restartOne(command, name);
  const outcome = await roller.roll(supervisor.config(first), { plan, exchange });
  const failure = describeOutcome({ ...outcome, left: outcome.left.map(shortName) });
  return failure === undefined ? [] : [failure];
}

/** Runs `reload_command` or sends `reload_signal`; returns the answer. */
export async function reload(command: ControlCall<"reload">): Promise<OrderReply> {
  const { context } = command;
  const { supervisor } = context;
  const names = namedServices(command);
  refuseIfAny(
    names.filter((name) => {
      const { reloadCommand, reloadSignal } = supervisor.config(name);
      return reloadCommand === undefined && reloadSignal === undefined;
    }),
    "can't reload services without reload_command or reload_signal",
  );
  refuseIfAny(
    names.filter((name) => supervisor.state(name).phase.kind !== "up"),
    "can't reload services which aren't running",
  );
  for (const name of names) noteOrder(command, name, "reload");
  const reloading = Promise.all(names.map(async (name) => {
    const failure = await reloadService(supervisor, name);
    return failure === undefined ? [] : [failure];
  }));
  return await answer(command, reloading, {
    begun: replyOf("services reloading.", names),
    done: replyOf("services reloaded.", names),
    report: (failure) => failure,
  });
}
