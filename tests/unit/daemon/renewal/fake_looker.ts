/** Files that are what a test says, and a kernel that tells of them when a test says so. */
import type {
  ChangeNews,
  ChangeQueue,
  FileLooker,
  LookAnswer,
  LookListener,
  LookRequest,
} from "../../../../lib/door/file_look.ts";

const NO_NEWS: ChangeNews = { names: new Set(), isUnnamed: false };

class FakeQueue implements ChangeQueue {
  readonly descriptor = 77;
  onNews: (() => void) | undefined;
  news = NO_NEWS;
  isClosed = false;

  watch(onNews: () => void): void {
    this.onNews = onNews;
    if (this.news !== NO_NEWS) onNews();
  }

  ignore(): void {
    this.onNews = undefined;
  }

  read(): ChangeNews {
    const { news } = this;
    this.news = NO_NEWS;
    return news;
  }

  close(): void {
    this.isClosed = true;
    this.ignore();
  }
}

export class FakeLooker implements FileLooker {
  answer: LookAnswer = { rules: [{ "/etc/app.conf": "1" }], names: ["app.conf"] };
  readonly queues: FakeQueue[] = [];
  readonly requests: LookRequest[] = [];
  /** There is no inotify left. */
  hasQueues = true;
  /** Looks are answered at once, unless a test says so. */
  isSlow = false;
  listener: LookListener | undefined;

  openQueue(): ChangeQueue | undefined {
    if (!this.hasQueues) return undefined;
    const queue = new FakeQueue();
    this.queues.push(queue);
    return queue;
  }

  look(request: LookRequest, _queue: ChangeQueue | undefined, listener: LookListener) {
    this.requests.push(request);
    this.listener = listener;
    if (!this.isSlow) listener.done({ kind: "looked", answer: this.answer });
    return () => {
      this.listener = undefined;
    };
  }

  /** The kernel tells of a name; undefined: of a file itself. */
  stir(name?: string): void {
    const queue = this.queues.at(-1);
    if (queue === undefined || queue.isClosed) return;
    queue.news = name === undefined
      ? { names: new Set(), isUnnamed: true }
      : { names: new Set([...queue.news.names, name]), isUnnamed: false };
    queue.onNews?.();
  }

  /** The content of the only file. */
  set content(text: string) {
    this.answer = { ...this.answer, rules: [{ "/etc/app.conf": text }] };
  }

  get looks(): number {
    return this.requests.length;
  }
}
