/**
 * `wait`: answers once services are in a state. It is told what changes and looks at nothing
 * meanwhile, so that any number of clients may wait at no cost.
 */
import type { AnswerOf } from "../../commands/answers.ts";
import { formatHumanDuration } from "../../base/duration.ts";
import { shortName } from "../../base/service_name.ts";
import { judgeReadiness, whyUnready } from "../../service/container_readiness.ts";
import { isGone, type ServiceState } from "../../service/life/phase.ts";
import { hasReached } from "../../service/container_phase.ts";
import {
  CommandError,
  type ControlCall,
  type ControlContext,
  listNames,
  namedServices,
  PermissionError,
  readTimeLimit,
  refuseIfAny,
  type Reply,
} from "./context.ts";

const STATES = ["ready", "healthy", "completed", "stopped"] as const;
type AwaitedState = (typeof STATES)[number];

/** What is left to be waited for, in words; empty: nothing. `hopeless`: it will not come. */
interface Outlook {
  readonly left: readonly string[];
  readonly hopeless: boolean;
}

/** Resolves with the answer once all is as wanted, or cannot become so, or the time is over. */
export async function wait(command: ControlCall<"wait">): Promise<Reply<AnswerOf<"wait">> | void> {
  const { context, call, session } = command;
  const state = readState(call.options.for ?? "ready");
  const limitMs = readTimeLimit(call.options.timeout);
  const names = call.operands.length > 0 ? namedServices(command) : undefined;
  if (names === undefined && !session.caller.mayLook) {
    throw new PermissionError("you may wait for the services that run as your user: name them");
  }
  if (names === undefined && state !== "ready") {
    throw new CommandError(`--for ${state} needs the names of services`);
  }
  if (state === "healthy") {
    const { supervisor } = context;
    const without = (names ?? []).filter((name) => supervisor.config(name).health === undefined);
    refuseIfAny(without, "without a health probe nothing is ever healthy");
  }
  const look = () =>
    names === undefined ? lookAtContainer(context) : lookAtServices(context, names, state);
  const outlook = await awaitOutlook(context, look, { limitMs, gone: session.gone });
  if (outlook === undefined) return;
  const what = names === undefined ? "the container is ready" : `${state}: ${listNames(names)}`;
  if (outlook.left.length === 0) return { text: `${what}.`, value: { reached: true, state } };
  const why = outlook.hopeless
    ? "it will not become so"
    : `not within ${formatHumanDuration(limitMs ?? 0)}`;
  const text = `not ${state}, ${why}: ${outlook.left.join("; ")}`;
  return { text, value: { reached: false, state, left: outlook.left }, exitCode: 1 };
}

function readState(text: string): AwaitedState {
  const state = STATES.find((known) => known === text);
  if (state !== undefined) return state;
  throw new CommandError(
    `--for is ready, healthy, completed, stopped or log=/PATTERN/, not ${text}`,
  );
}

function lookAtContainer({ container, supervisor }: ControlContext): Outlook {
  const services = [...supervisor.names()]
    .map((name) => [name, supervisor.state(name)] as const);
  const readiness = judgeReadiness(container.phase, services);
  if (readiness.ready) return { left: [], hopeless: false };
  const left = readiness.unready.map(({ name, why }) => `${shortName(name)} (${why})`);
  return {
    left: left.length > 0 ? left : [`the container is ${readiness.why ?? "not ready"}`],
    hopeless: hasReached(container.phase, "draining") ||
      services.some(([, state]) => state.enabled && hasFailed(state)),
  };
}

function lookAtServices(
  { container, supervisor }: ControlContext,
  names: readonly string[],
  wanted: AwaitedState,
): Outlook {
  const known = new Set(supervisor.names());
  const left = names.filter((name) =>
    known.has(name) && reasonAgainst(supervisor.state(name), wanted) !== undefined
  );
  const cannot = (name: string) => wanted !== "stopped" && hasFailed(supervisor.state(name));
  return {
    left: left.map((name) =>
      `${shortName(name)} (${reasonAgainst(supervisor.state(name), wanted)})`
    ),
    hopeless: left.some(cannot) ||
      (wanted !== "stopped" && hasReached(container.phase, "draining")),
  };
}

function hasFailed({ phase }: ServiceState): boolean {
  return phase.kind === "failed" && !phase.failure.ignored;
}

/** Says why a service is not in the state; undefined where it is. */
function reasonAgainst(state: ServiceState, wanted: AwaitedState): string | undefined {
  const { phase } = state;
  switch (wanted) {
    case "stopped":
      return isGone(phase) ? undefined : phase.kind;
    case "completed":
      return phase.kind === "done" ? undefined : describe(state);
    case "healthy":
      return state.health === "healthy" ? undefined : state.health ?? describe(state);
    case "ready":
      return state.enabled ? whyUnready(state) : "disabled";
  }
}

function describe({ phase }: ServiceState): string {
  return phase.kind === "failed" ? phase.failure.text : phase.kind;
}

/** Resolves with `undefined` where the client has left. */
function awaitOutlook(
  { supervisor, os }: ControlContext,
  look: () => Outlook,
  until: { readonly limitMs: number | undefined; readonly gone: Promise<void> },
): Promise<Outlook | undefined> {
  const isOver = ({ left, hopeless }: Outlook) => left.length === 0 || hopeless;
  const first = look();
  if (isOver(first)) return Promise.resolve(first);
  return new Promise((resolve) => {
    const endings: (() => void)[] = [];
    const finish = (outlook: Outlook | undefined) => {
      for (const end of endings) end();
      resolve(outlook);
    };
    const changed = () => {
      const outlook = look();
      if (isOver(outlook)) finish(outlook);
    };
    endings.push(supervisor.observe(changed), supervisor.observeHealth(changed));
    if (until.limitMs !== undefined) {
      endings.push(os.setTimer(until.limitMs, () => finish({ ...look(), hopeless: false })));
    }
    void until.gone.then(() => finish(undefined));
  });
}
