/** Runs of jobs over several lives of a container. */
import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { JobBook } from "../../../../lib/daemon/triggers/job_book.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../../service/service_config.ts";

const NAME = "job.service";
const ENDED = { kind: "exited", code: 0 } as const;

/** A file that outlives containers, and how often it was opened. */
class Disk {
  text = "";
  opened = 0;

  life(): JobBook {
    return new JobBook({
      os: { nowMs: () => 0, wallMs: () => 1000 },
      journal: { write: () => {} },
      config: (): ServiceConfig => serviceConfig({ type: "cron" }),
      runFor: () => {},
      file: () => {
        this.opened++;
        const append = (line: string) => void (this.text += line);
        return Promise.resolve({ former: this.text, append });
      },
    });
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

const shown = (book: JobBook) =>
  book.history(NAME).runs.map(({ serial, former, exit }) => [serial, former ?? false, exit?.kind]);

test("runs of earlier lives come before those of this one, and are no part of its totals", async () => {
  const disk = new Disk();
  const first = disk.life();
  await first.recall(NAME);
  first.started(NAME, { serial: 1, pid: 10, isAsked: false });
  first.ended(NAME, 10, ENDED, undefined);
  first.started(NAME, { serial: 2, pid: 11, isAsked: false });
  await settle();
  const second = disk.life();
  // Its end comes before the file has been read.
  second.started(NAME, { serial: 1, pid: 10, isAsked: true });
  const recalled = second.recall(NAME);
  second.ended(NAME, 10, ENDED, undefined);
  await recalled;
  const runs = [[1, true, "exited"], [2, true, undefined], [1, false, "exited"]];
  assertEquals(shown(second), runs);
  assertEquals([second.history(NAME).started, disk.opened], [1, 2]);
  // Another incarnation in the same life looks for nothing more.
  const third = disk.life();
  third.takeOver(second.handOver());
  await third.recall(NAME);
  assertEquals([shown(third), disk.opened], [runs, 2]);
});

test("without a file, and where it cannot be opened, runs are those of this life", async () => {
  const disk = new Disk();
  const book = new JobBook({
    os: { nowMs: () => 0, wallMs: () => 1000 },
    journal: { write: () => {} },
    config: () => serviceConfig({ type: "cron" }),
    runFor: () => {},
    file: () => Promise.resolve(undefined),
  });
  await book.recall(NAME);
  book.started(NAME, { serial: 1, pid: 10, isAsked: false });
  await settle();
  assertEquals([shown(book), disk.text], [[[1, false, undefined]], ""]);
});
