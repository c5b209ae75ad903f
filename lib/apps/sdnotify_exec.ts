/**
 * The program sdnotify-exec: runs a command with a notify socket of its own and passes its
 * messages on.
 */
import { ERRNO, SystemError } from "../base/errors.ts";
import { type ExitStatus, shellExitCode } from "../base/exit_status.ts";
import { VERSION } from "../base/version.ts";
import { ExpansionError } from "../config/environment/expansion.ts";
import {
  parseSdnotifyExec,
  type SdnotifyExecCommand,
  type SdnotifyExecPlan,
} from "../commands/sdnotify_exec_command.ts";
import { WordsError } from "../config/environment/shell_words.ts";
import { judgeDatagram, type ProxyRules } from "../service/notify_proxy.ts";
import { setTimer } from "../sys/libc/clock.ts";
import { type DatagramSocket, listenDatagrams } from "../sys/sockets/datagram_socket.ts";
import { Poller } from "../sys/libc/poller.ts";
import { startForeground } from "../sys/processes/foreground.ts";
import { print } from "../sys/self/print.ts";
import { environmentVariables, ownPid } from "../sys/self/program.ts";
import { listenToSignals } from "../sys/self/signals.ts";
import { UnixDatagramSender } from "../sys/sockets/datagram_sender.ts";
import { printAnswer } from "./print_answer.ts";
import { lingerUntilReceived } from "./sdnotify.ts";

/** Programs of other users in other containers send to it. */
const SOCKET_MODE = 0o777;

/** What a shell exits with where a command is not there, and where it cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** Sent to the own socket: when it arrives, all that was sent before has been read. */
const MARK = "\0end";

/** Runs sdnotify-exec with the arguments after its name, and returns its exit status. */
export async function runSdnotifyExec(args: readonly string[]): Promise<number> {
  const command = parse(args);
  if (command.kind !== "run") return printAnswer(command);
  return await new NotifyProxy(command.plan).run();
}

function parse(args: readonly string[]): SdnotifyExecCommand {
  try {
    const variables = environmentVariables();
    return parseSdnotifyExec(args, { version: VERSION, pid: ownPid(), variables });
  } catch (error) {
    if (!(error instanceof ExpansionError) && !(error instanceof WordsError)) throw error;
    return { kind: "print", lines: [`error: ${error.message}`], exitCode: 1 };
  }
}

class NotifyProxy {
  readonly #plan: SdnotifyExecPlan;
  readonly #rules: ProxyRules;
  readonly #ended = Promise.withResolvers<number>();
  readonly #marked = Promise.withResolvers<void>();
  #upstream: UnixDatagramSender | undefined;
  /** Messages go upstream one after another. */
  #forwarding: Promise<void> = Promise.resolve();
  #hasForwarded = false;
  #status: ExitStatus | undefined;

  constructor(plan: SdnotifyExecPlan) {
    this.#plan = plan;
    this.#rules = {
      wait: plan.wait,
      forwards: plan.upstream !== undefined,
      command: plan.text,
    };
  }

  async run(): Promise<number> {
    const { upstream, socketPath } = this.#plan;
    const poller = new Poller();
    let socket: DatagramSocket;
    try {
      if (upstream !== undefined) this.#upstream = new UnixDatagramSender(upstream);
      socket = listenDatagrams(
        poller,
        socketPath,
        // Programs that wait until they are heard pass a descriptor.
        { mode: SOCKET_MODE, isJudged: true },
        (bytes) => this.#take(bytes),
      );
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      print("stdout", [`Error while trying to create socket: ${error.message}`]);
      return 1;
    }
    const stopListening = listenToSignals((signal) => {
      if (signal === "SIGTERM" || signal === "SIGINT") this.#end("command");
    });
    const cancelTimeout = this.#start();
    const exitCode = await this.#ended.promise;
    await this.#forwarding;
    if (this.#upstream !== undefined && this.#hasForwarded) {
      await lingerUntilReceived(this.#upstream);
    }
    cancelTimeout();
    stopListening();
    await socket.close();
    await poller.close();
    this.#upstream?.close();
    return exitCode;
  }

  /** Returns what cancels the time limit. */
  #start(): () => void {
    const { argv, text, wait, socketPath, timeoutMs, timeoutText } = this.#plan;
    this.#verbose(`running: ${text}`);
    try {
      const status = startForeground({
        argv,
        env: { ...environmentVariables(), NOTIFY_SOCKET: socketPath },
        ownSession: wait !== "none",
      });
      void status.then((result) => this.#commandEnded(result));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      print("stdout", [`Error running command: ${error.message}`]);
      this.#ended.resolve(error.errno === ERRNO.ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
      return () => {};
    }
    if (wait === "none" || timeoutMs === undefined) return () => {};
    this.#verbose(`waiting ${timeoutText} seconds for notification`);
    return setTimer(timeoutMs, () => {
      const message = `Timeout exceeded while waiting for notification from '${text}'`;
      print("stdout", [`ERROR: ${message}`]);
      this.#ended.resolve(1);
    });
  }

  async #commandEnded(status: ExitStatus): Promise<void> {
    this.#status = status;
    if (this.#plan.wait !== "none") return;
    await this.#readAll();
    const code = shellExitCode(status);
    this.#verbose(
      `program ${this.#plan.text} exit(${code}), terminating since --wait not specified`,
    );
    this.#ended.resolve(code);
  }

  /** Waits until what the command has sent has been read. */
  async #readAll(): Promise<void> {
    try {
      const sender = new UnixDatagramSender(this.#plan.socketPath);
      try {
        await sender.send(MARK);
      } finally {
        sender.close();
      }
      await this.#marked.promise;
    } catch (error) {
      // ENOENT, ECONNREFUSED: the command has removed the socket; nothing more comes through it.
      if (!(error instanceof SystemError)) throw error;
    }
  }

  #take(bytes: Uint8Array): void {
    const text = new TextDecoder().decode(bytes);
    if (text === MARK) return this.#marked.resolve();
    const verdict = judgeDatagram(text, this.#rules);
    for (const note of verdict.notes) this.#verbose(note);
    if (verdict.forward !== "") {
      this.#forwarding = this.#forwarding.then(() => this.#forward(verdict.forward));
    }
    if (verdict.end !== undefined) this.#end(verdict.end);
  }

  async #forward(text: string): Promise<void> {
    try {
      await this.#upstream?.send(text);
      this.#hasForwarded = true;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#verbose(`could not pass on a message: ${error.message}`);
    }
  }

  #end(code: number | "command"): void {
    const commandCode = this.#status === undefined ? 0 : shellExitCode(this.#status);
    this.#ended.resolve(code === "command" ? commandCode : code);
  }

  #verbose(text: string): void {
    if (this.#plan.verbose) print("stdout", [`info: ${text}`]);
  }
}
