/** The program sdnotify: tells the service manager about a service, as systemd-notify does. */
import { SystemError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { parseSdnotify } from "../commands/sdnotify_command.ts";
import { print } from "../sys/self/print.ts";
import { environmentVariables, ownPid } from "../sys/self/program.ts";
import { UnixDatagramSender } from "../sys/sockets/datagram_sender.ts";
import { printAnswer } from "./print_answer.ts";

/** As long as systemd-notify waits. */
const RECEIVED_LIMIT_MS = 5000;

/** Runs sdnotify with the arguments after its name, and returns its exit status. */
export async function runSdnotify(args: readonly string[]): Promise<number> {
  const command = parseSdnotify(args, VERSION, ownPid());
  if (command.kind !== "send") return printAnswer(command);
  const address = environmentVariables()["NOTIFY_SOCKET"];
  if (address) {
    const problem = await sendAll(address, command.messages);
    if (problem !== undefined && !command.ignoreFailure) {
      const text =
        `error: could not send sd_notify message, Systemd notification failed: ${problem}`;
      print("stdout", [text]);
      return 1;
    }
  }
  return command.booted ? 1 : 0;
}

async function sendAll(address: string, messages: readonly string[]): Promise<string | undefined> {
  try {
    const sender = new UnixDatagramSender(address);
    try {
      for (const message of messages) await sender.send(message);
      await lingerUntilReceived(sender);
    } finally {
      sender.close();
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return error.message;
  }
}

/**
 * Stays until what was sent has been received, for a bounded time: who judges senders sees of one
 * that has ended only its user, and a service of root may have any by then. A receiver that takes
 * no descriptors has the messages all the same.
 */
export async function lingerUntilReceived(sender: UnixDatagramSender): Promise<void> {
  try {
    await sender.awaitReceived(RECEIVED_LIMIT_MS);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
