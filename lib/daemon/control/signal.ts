/** `signal`: sends a signal to the main process of services. */
import { parseSignal, signalName } from "../../base/signals.ts";
import { signalOrder } from "../../service/service_order.ts";
import { CommandError, type ControlCall, namedServices, refuseIfAny } from "./context.ts";
import { noteOrder, type OrderReply, replyOf } from "./orders.ts";

/** Sends the signal; returns the answer. */
export function signal(command: ControlCall<"signal">): OrderReply {
  const { context: { supervisor }, call } = command;
  const [service, word] = inOrder(call.operands);
  const number = parseSignal(word);
  if (number === undefined) {
    throw new CommandError(`there is no signal ${word}: say HUP, USR1, TERM, or a number to 64`);
  }
  const names = namedServices(command, [service]);
  for (const name of names) noteOrder(command, name, signalOrder(number));
  const failed = names.filter((name) => !supervisor.processes.signalMain(name, number));
  refuseIfAny(failed, "no process that could be signalled");
  return replyOf(`${signalName(number)} sent.`, names);
}

/** Hands that know supervisorctl name the signal first. */
function inOrder([first = "", second = ""]: readonly string[]): readonly [string, string] {
  const isSwapped = parseSignal(second) === undefined && parseSignal(first) !== undefined;
  return isSwapped ? [second, first] : [first, second];
}
