/**
 * Cron times against `systemd-analyze calendar`, where both grammars can say the same. The command
 * comes with systemd; where it is missing, the test is reported as ignored.
 */
import { assert, assertEquals } from "@std/assert";
import { parseSchedule } from "../../../lib/service/schedule/schedule.ts";
import { CRON_TABLE } from "../../unit/service/cron_table.ts";

const COMMAND = "systemd-analyze";
/** First and last values of minute, hour, day and month. */
const RANGES = [[0, 59], [0, 23], [1, 31], [1, 12]] as const;
const SECONDS = [0, 59] as const;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function isInstalled(): boolean {
  try {
    return new Deno.Command(COMMAND, { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Writes a field of numbers as systemd.time(7) has it: `1-10/3` is `1..10/3`. A step of all values
 * is written with its range: systemd 252 loses minute 0 of `0/7` after a change of the day.
 */
function translateField(text: string, [first, last]: readonly [number, number]) {
  if (!/^[\d*,/-]+$/.test(text) || /\*,|,\*$/.test(text)) return undefined;
  return text.split(",").map((item) =>
    item.replace(/^\*\//, `${first}-${last}/`).replace(/^(\d+)\//, `$1-${last}/`).replace("-", "..")
  ).join(",");
}

/** Writes weekdays by their names; `undefined` for steps, which systemd does not know here. */
function translateWeekdays(text: string): string | undefined {
  if (text === "*") return "";
  if (!/^(\d(-[0-6])?,)*\d(-[0-6])?$/.test(text)) return undefined;
  const names = text.replace(/\d/g, (digit) => WEEKDAYS[Number(digit)] ?? "");
  return `${names.replaceAll("-", "..")} `;
}

/** Translates an interval; `undefined` where systemd cannot say it in one line, or another way. */
function translate(interval: string, zone: string): string | undefined {
  const words = interval.split(" ");
  if (words.length < 5 || (words[2] !== "*" && words[4] !== "*")) return undefined;
  const weekdays = translateWeekdays(words[4] ?? "");
  const fields = [0, 1, 2, 3].map((index) => {
    // 0 as a day or month is an error for systemd.
    const word = words[index] ?? "";
    const hasZero = index >= 2 && /(^|[,-])0/.test(word);
    return hasZero ? undefined : translateField(word, RANGES[index] ?? SECONDS);
  });
  const second = translateField(words[5] ?? "0", SECONDS);
  if (weekdays === undefined || second === undefined || fields.includes(undefined)) {
    return undefined;
  }
  const [minute, hour, day, month] = fields;
  return `${weekdays}*-${month}-${day} ${hour}:${minute}:${second} ${zone}`;
}

/** Asks systemd for the five moments after another one; in milliseconds. */
function askSystemd(calendar: string, afterMs: number): number[] {
  const base = new Date(afterMs).toISOString().replace("T", " ").replace(".000Z", " UTC");
  const args = ["calendar", "--iterations=5", `--base-time=${base}`, calendar];
  const { stdout, stderr } = new Deno.Command(COMMAND, { args, env: { TZ: "UTC" } }).outputSync();
  const text = new TextDecoder().decode(stdout);
  const lines = text.matchAll(/(?:Next elapse|Iter\. #\d): \w+ (\S+) (\S+) UTC/g);
  const moments = [...lines].map(([, date, time]) => Date.parse(`${date}T${time}Z`));
  assert(moments.length > 0, `${calendar}: ${text}${new TextDecoder().decode(stderr)}`);
  return moments;
}

Deno.test({
  name: "next agrees with systemd-analyze calendar where both grammars can say the same",
  ignore: !isInstalled(),
  fn() {
    let compared = 0;
    for (const row of CRON_TABLE.trim().split("\n")) {
      const [interval = "", zone = "", after = ""] = row.split(" | ");
      const calendar = translate(interval, zone);
      if (calendar === undefined) continue;
      const schedule = parseSchedule(interval, zone);
      let atMs = Date.parse(after);
      for (const expectedMs of askSystemd(calendar, atMs)) {
        atMs = schedule.next(atMs) ?? NaN;
        assertEquals(new Date(atMs), new Date(expectedMs), `${interval} as ${calendar}`);
      }
      compared++;
    }
    assert(compared > 100, `${compared} rows compared`);
  },
});
