/** What is asked of a service: by telchap, or by chaperone's own watch over it. */
import { signalName } from "../base/signals.ts";

const SIGNAL = "signal ";

/** An order to the service as a whole. */
export type PlainOrder = "start" | "stop" | "restart" | "reset" | "reload" | "run" | "launch";

/** `stop`, `signal HUP`. */
export type OrderWord = PlainOrder | `${typeof SIGNAL}${string}`;

/** Returns the order to send a signal. */
export function signalOrder(signal: number): OrderWord {
  return `${SIGNAL}${signalName(signal).replace(/^(?:SIG|signal )/, "")}`;
}

/** Whether an order is about the present process alone, and of no interest for the next one. */
export function isOfOneProcess(order: OrderWord): boolean {
  return order === "stop" || order.startsWith(SIGNAL);
}

/** Whether the process may end of a signal that this order has sent. */
export function sendsSignal(order: OrderWord): boolean {
  return isOfOneProcess(order) || order === "restart" || order === "reset";
}
