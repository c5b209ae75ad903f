/** What is kept of launched services: what a file may say, and how much. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { launchedService } from "../../../../lib/config/launched.ts";
import { CommandError } from "../../../../lib/daemon/control/context.ts";
import {
  idleKept,
  keep,
  launchKept,
  letGo,
  parseKept,
} from "../../../../lib/daemon/control/kept.ts";
import type { RecorderView } from "../../../../lib/daemon/recorder/recorder_view.ts";
import { test } from "../../../test.ts";
import { ControlBench } from "./control_bench.ts";

const LAUNCHER = { uid: 0, groups: [0] };

function service(name: string, words = "sleep 1") {
  return { ...launchedService(`${name}.service`, { command: words }), kept: LAUNCHER };
}

function text(launched: unknown, format: unknown = 1): string {
  return JSON.stringify({ format, launched });
}

class Shelf implements RecorderView {
  place: string | undefined = "/state";
  problem: string | undefined;
  file: string | undefined;
  isFull = false;
  readonly life = { id: "x", beganWallMs: 0 };

  read() {
    return Promise.resolve(undefined);
  }

  hasKept(): Promise<boolean> {
    return Promise.resolve(this.file !== undefined);
  }

  readKept(): Promise<string | undefined> {
    return Promise.resolve(this.file);
  }

  writeKept(text: string | undefined): Promise<void> {
    if (this.isFull) return Promise.reject(new SystemError("write", ERRNO.ENOSPC, "/state"));
    this.file = text;
    return Promise.resolve();
  }
}

function contextWith(recorder: Shelf | undefined) {
  const bench = new ControlBench({ a: {} }).boot();
  return { bench, context: { ...bench.context, recorder } };
}

test("launch --keep: a file says what launch has written, or nothing", () => {
  const own = service("x");
  assertEquals(parseKept(text([own])), [own]);
  assertEquals(parseKept(text([])), []);
  const spoilt = [
    "",
    "null",
    "[]",
    text([own]).slice(0, -1),
    text([own], 2),
    text({}),
    text([null]),
    text([own, { ...own, name: "y.service" }]),
    text([{ ...own, kept: undefined }]),
    text([{ ...own, kept: { uid: -1, groups: [] } }]),
    text([{ ...own, kept: { uid: 0, groups: ["0"] } }]),
    text([service("defaults")]),
    text([service("CONSOLE")]),
    text([service("a b")]),
    text([{ ...own, text: JSON.stringify({ "x.service": { command: "x", capabilities: [] } }) }]),
    text([{ ...own, text: JSON.stringify({ "x.service": {}, settings: {} }) }]),
    text([{ ...own, text: JSON.stringify({ "x.service": null }) }]),
    text([{ ...own, text: "x.service: {}" }]),
  ];
  for (const each of spoilt) assertEquals(parseKept(each), undefined, each);
});

test("launch --keep: what was kept before stays, and what is taken back goes", async () => {
  const shelf = new Shelf();
  const { context } = contextWith(shelf);
  await keep(context, service("x"));
  const takeBack = await keep(context, service("y"));
  assertEquals(await idleKept(context), ["x.service", "y.service"]);
  await takeBack();
  assertEquals(await idleKept(context), ["x.service"]);
  await letGo(context, ["x.service"]);
  assertEquals(shelf.file, undefined);
});

test("launch --keep: it is refused without a place, beyond the limit, and on a full disk", async () => {
  const refusal = async (recorder: Shelf | undefined, words = "x") => {
    const { context } = contextWith(recorder);
    return (await assertRejects(() => keep(context, service("x", words)), CommandError)).message;
  };
  assertStringIncludes(await refusal(undefined), "there is no state_dir in the settings");
  const shelf = new Shelf();
  assertStringIncludes(await refusal(shelf, "x".repeat(256 * 1024)), "may take 256 KiB");
  shelf.isFull = true;
  assertStringIncludes(await refusal(shelf), "it cannot be kept: ");
  shelf.place = undefined;
  shelf.problem = "it belongs to user 7";
  assertStringIncludes(await refusal(shelf), "to remember it in: it belongs to user 7");
});

test("launch --keep: a file that is spoilt, too long or not allowed is told, and not launched", async () => {
  const told = async (file: string, launch = true) => {
    const shelf = new Shelf();
    shelf.file = file;
    const { bench, context } = contextWith(shelf);
    const { settings } = context.config;
    await launchKept({
      ...context,
      config: { ...context.config, settings: { ...settings, launch } },
    });
    assertEquals(shelf.file, file);
    return bench.messages.map(({ text }) => text).join("\n");
  };
  const spoilt = "/state/launched.json is not what telchap launch --keep writes";
  assertStringIncludes(await told("{"), spoilt);
  assertStringIncludes(await told(text([service("x")]) + " ".repeat(256 * 1024)), spoilt);
  assertStringIncludes(await told(text([service("x")]), false), "launch: false now: x");
  // Here no configuration can be applied.
  assertStringIncludes(await told(text([service("x")])), "cannot be reloaded");
});

test("launch --keep: what is kept and is not there can be forgotten, by an owner alone", async () => {
  const shelf = new Shelf();
  shelf.file = text([service("x")]);
  const { context, bench } = contextWith(shelf);
  Object.assign(bench.context, {
    recorder: shelf,
    applier: () => Promise.resolve({ inTurn: (act: () => unknown) => act() }),
  });
  const user = { mayControl: false, mayLook: false, uid: 1000 };
  assertEquals((await bench.run("forget x", user))[1], 1);
  assertEquals(await idleKept(context), ["x.service"]);
  assertEquals(await bench.run("forget x"), ["x forgotten.", 0]);
  assertEquals(shelf.file, undefined);
});
