/** `alert`: how it stands with alerts, and a message to see whether one arrives. */
import type { AnswerOf } from "../../commands/answers.ts";
import type { AlertStatus } from "../alerts/alerts.ts";
import { CommandError, type ControlCall, type Reply } from "./context.ts";

/** Returns the answer to `alert`. */
export async function alert(
  { context, call }: ControlCall<"alert">,
): Promise<Reply<AnswerOf<"alert">>> {
  const { alerts } = context;
  if (alerts === undefined || alerts.status.length === 0) {
    throw new CommandError("no alert is configured: a section NAME.alert makes one");
  }
  const [verb, name, ...more] = call.operands;
  if (verb === undefined) {
    return { text: alerts.status.map(formatStatus).join("\n"), value: { alerts: alerts.status } };
  }
  if (verb !== "test" || name === undefined || more.length > 0) {
    throw new CommandError("alert takes nothing, or test and the name of an alert");
  }
  const full = name.endsWith(".alert") ? name : `${name}.alert`;
  if (!alerts.status.some((each) => each.name === full)) {
    const known = alerts.status.map((each) => each.name).join(", ");
    throw new CommandError(`no such alert: ${name}; there are ${known}`);
  }
  try {
    await alerts.test(full);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${full}: the message was not delivered: ${text}`);
  }
  return { text: `${full}: a message was delivered.`, value: { alert: full, delivered: true } };
}

function formatStatus(status: AlertStatus): string {
  const { name, enabled, sent, waiting, dropped, failed, suppressed } = status;
  const off = enabled ? "" : " (disabled)";
  return `${name}${off}: ${sent} sent, ${waiting} waiting, ${dropped} given up; ` +
    `${failed} failed attempts, ${suppressed} events not told again`;
}
