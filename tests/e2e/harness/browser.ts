/**
 * A real Chromium inside a container, told what to do by the DevTools protocol over its own pipes: no
 * port, and nothing that outlives the test. See https://chromedevtools.github.io/devtools-protocol/.
 */
import type { NamespaceRun } from "./namespace.ts";
import { waitUntil } from "./output.ts";

const LIMIT_MS = 60_000;

/** Its messages come at descriptor 3 and go out at 4; each ends with a zero byte. */
const ON_PIPES = 'exec "$@" 3<&0 4>&1 0</dev/null >/dev/null 2>&1';

const OPTIONS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"],
  ...["--disable-background-networking", "--disable-dev-shm-usage", "--remote-debugging-pipe"],
];

export interface BrowserOptions {
  /** The user that it runs as; absent: root. */
  readonly uid?: number;
  readonly width?: number;
}

type Message = Readonly<Record<string, unknown>>;

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Message;
  readonly result?: Message;
  readonly error?: { readonly message: string };
}

/** One window with one page. */
export class Browser implements AsyncDisposable {
  /** What the page complained of on its console: breaches of its policy, uncaught errors. */
  readonly complaints: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #done: Promise<void>;
  readonly #asked = new Map<number, PromiseWithResolvers<Message>>();
  #session: string | undefined;
  #lastId = 0;
  #height = 0;
  /** Answers to give where the server asks for a name and a password. */
  #credentials: { readonly name: string; readonly password: string }[] = [];

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#done = this.#read();
  }

  static async open(run: NamespaceRun, options: BrowserOptions = {}): Promise<Browser> {
    const { uid, width = 1280 } = options;
    const profile = `${run.directory}/tmp/profile-${uid ?? 0}`;
    await Deno.mkdir(profile, { recursive: true });
    if (uid !== undefined) await Deno.chown(profile, uid, uid);
    const user = uid === undefined
      ? []
      : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
    const program = ["chromium", ...OPTIONS, `--user-data-dir=${profile}`, "about:blank"];
    const line = ["sh", "-c", ON_PIPES, "sh", ...user, ...program];
    const [command, ...args] = await run.entering(line, { HOME: profile });
    const child = new Deno.Command(command, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const browser = new Browser(child);
    await browser.#attach();
    await browser.resize(width);
    return browser;
  }

  async #attach(): Promise<void> {
    const { targetId } = await this.#tell("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#tell("Target.attachToTarget", { targetId, flatten: true });
    this.#session = String(sessionId);
    for (const domain of ["Page", "Runtime", "Log"]) await this.#tell(`${domain}.enable`);
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of this.#child.stdout) {
      const messages = (rest + decoder.decode(bytes, { stream: true })).split("\0");
      rest = messages.pop() ?? "";
      for (const text of messages) this.#take(JSON.parse(text) as Reply);
    }
    for (const { reject } of this.#asked.values()) reject(new Error("The browser has ended"));
  }

  #take({ id, method, params = {}, result, error }: Reply): void {
    if (id !== undefined) {
      const asked = this.#asked.get(id);
      this.#asked.delete(id);
      if (error === undefined) asked?.resolve(result ?? {});
      else asked?.reject(new Error(error.message));
    } else if (method === "Runtime.exceptionThrown") {
      this.complaints.push(JSON.stringify(params));
    } else if (method === "Log.entryAdded") {
      const { source, level, text } = params["entry"] as Readonly<Record<string, string>>;
      // What the server refuses is told as an error of the network, and looked at by tests.
      if (source !== "network" && level !== "verbose") this.complaints.push(`${level} ${text}`);
    } else if (method === "Fetch.requestPaused") {
      void this.#tell("Fetch.continueRequest", { requestId: params["requestId"] }).catch(() => {});
    } else if (method === "Fetch.authRequired") {
      void this.#answerChallenge(params["requestId"]).catch(() => {});
    }
  }

  async #answerChallenge(requestId: unknown): Promise<void> {
    const given = this.#credentials.shift();
    const authChallengeResponse = given === undefined
      ? { response: "CancelAuth" }
      : { response: "ProvideCredentials", username: given.name, password: given.password };
    await this.#tell("Fetch.continueWithAuth", { requestId, authChallengeResponse });
  }

  async #tell(method: string, params: Message = {}): Promise<Message> {
    const id = ++this.#lastId;
    const asked = Promise.withResolvers<Message>();
    this.#asked.set(id, asked);
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    const text = `${JSON.stringify({ id, method, params, ...session })}\0`;
    await this.#writer.write(new TextEncoder().encode(text));
    return await asked.promise;
  }

  /** Gives the window a width, and the colours that its reader likes. */
  async resize(width: number, { height = 1200, isDark = false } = {}): Promise<void> {
    this.#height = height;
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await this.#tell("Emulation.setDeviceMetricsOverride", metrics);
    const features = [{ name: "prefers-color-scheme", value: isDark ? "dark" : "light" }];
    await this.#tell("Emulation.setEmulatedMedia", { features });
  }

  async goTo(url: string): Promise<void> {
    await this.#tell("Page.navigate", { url });
    await this.waitFor(`document.readyState === "complete" && location.href !== "about:blank"`);
  }

  /** Evaluates an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.#tell("Runtime.evaluate", options);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Waits until an expression is true in the page, whichever it then is. */
  async waitFor(expression: string): Promise<void> {
    // While one page follows another there is nothing to evaluate anything in.
    const look = async () =>
      await this.evaluate<boolean>(`Boolean(${expression})`).catch(() => false) || undefined;
    let shown = "";
    try {
      await waitUntil(look, () => expression, LIMIT_MS);
    } catch (error) {
      shown = await this.evaluate<string>("document.body.innerText").catch(() => "");
      throw new Error(`${(error as Error).message}, and there was:\n${shown}`, { cause: error });
    }
  }

  /** Waits until the page shows a text. */
  async shows(text: string): Promise<void> {
    await this.waitFor(`document.body.innerText.includes(${JSON.stringify(text)})`);
  }

  /** Clicks on the first element with the mouse. */
  async click(selector: string): Promise<void> {
    const find = `document.querySelector(${JSON.stringify(selector)})`;
    await this.waitFor(find);
    const box = `(() => { const it = ${find}; it.scrollIntoView({ block: "center" });
      const { x, y, width, height } = it.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 }; })()`;
    const at = { ...await this.evaluate<Message>(box), button: "left", clickCount: 1 };
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.#tell("Input.dispatchMouseEvent", { type, ...at });
    }
  }

  /** Presses a key, such as `j` or `Enter`. */
  async press(key: string): Promise<void> {
    const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
    const windowsVirtualKeyCode = key === "Enter" ? 13 : 0;
    const event = { key, windowsVirtualKeyCode, ...(text === undefined ? {} : { text }) };
    await this.#tell("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.#tell("Input.dispatchKeyEvent", { type: "keyUp", key, windowsVirtualKeyCode });
  }

  /** Types into what has the keyboard. */
  async type(text: string): Promise<void> {
    await this.#tell("Input.insertText", { text });
  }

  /** Does something that asks for name and password, and types these, one pair a question. */
  async signingIn(
    credentials: readonly { readonly name: string; readonly password: string }[],
    act: () => Promise<void>,
  ): Promise<void> {
    this.#credentials = [...credentials];
    await this.#tell("Fetch.enable", { handleAuthRequests: true });
    await act();
    await this.#tell("Fetch.disable");
  }

  /** Photographs the window into a file; returns its size in bytes. */
  async photograph(path: string): Promise<number> {
    const width = await this.evaluate<number>("innerWidth");
    const clip = { x: 0, y: 0, width, height: this.#height, scale: 1 };
    const { data } = await this.#tell("Page.captureScreenshot", { format: "png", clip });
    const bytes = Uint8Array.fromBase64(String(data));
    await Deno.writeFile(path, bytes);
    return bytes.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session = undefined;
    await this.#tell("Browser.close").catch(() => {});
    await this.#writer.close().catch(() => {});
    await this.#done;
    await this.#child.status;
  }
}
