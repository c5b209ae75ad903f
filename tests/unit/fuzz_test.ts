/**
 * Whatever is written in a configuration, on a command line, or sent to a socket: each parser gives
 * a value or the error that it declares. Every run draws other texts; a failure names its seed:
 *
 *     FUZZ_SEED=123 FUZZ_ROUNDS=100000 deno test -A tests/unit/fuzz_test.ts
 *
 * The environment language, whole configurations, datagrams in the router, frames in pieces, HTTP
 * heads and the service state machine have tests of their own beside what they test.
 */
import { assert, assertEquals } from "@std/assert";
import { parseGroup, parsePasswd } from "../../lib/base/accounts.ts";
import { parseDuration } from "../../lib/base/duration.ts";
import { ConfigError, UsageError } from "../../lib/base/errors.ts";
import { parseCommandLine } from "../../lib/commands/command_line.ts";
import { parseCreateUser } from "../../lib/config/create_user.ts";
import { parseCrontab } from "../../lib/config/crontab.ts";
import { parseEnvFile } from "../../lib/config/environment/env_file.ts";
import { compileGlob } from "../../lib/config/environment/glob.ts";
import { parseHealth } from "../../lib/commands/health_command.ts";
import { parseHttpPlace, parseHttpTarget } from "../../lib/config/http_place.ts";
import { parseInitCommand } from "../../lib/commands/init_command.ts";
import { parseListen } from "../../lib/config/listen_address.ts";
import { translateRegex } from "../../lib/config/environment/regex_translation.ts";
import { parseSdnotify } from "../../lib/commands/sdnotify_command.ts";
import { parseSdnotifyExec } from "../../lib/commands/sdnotify_exec_command.ts";
import { quoteWord, splitWords, WordsError } from "../../lib/config/environment/shell_words.ts";
import { parseTelchap } from "../../lib/commands/telchap_call.ts";
import { TELCHAP_COMMANDS } from "../../lib/commands/telchap_commands.ts";
import { convertSources } from "../../lib/import/convert.ts";
import { formatFileName } from "../../lib/log/file_name.ts";
import { parseSelector, Selector, SelectorError } from "../../lib/log/selector.ts";
import { parseSchedule } from "../../lib/service/schedule/schedule.ts";
import { ScheduleError } from "../../lib/service/schedule/schedule_error.ts";
import { parseNotifyMessage } from "../../lib/wire/notify_message.ts";
import { SyslogRecord } from "../../lib/wire/syslog_record.ts";
import { test } from "../test.ts";
import { Dice, NASTY, roundsOf, SEED } from "./random_text.ts";

const ROUNDS = roundsOf(500);

interface Language {
  /** Valid texts, to be changed. */
  readonly samples: readonly string[];
  readonly pieces: readonly string[];
  /** Parses, and checks what must hold of the result. */
  readonly parse: (text: string, dice: Dice) => void;
  /** What it may throw. */
  readonly errors?: readonly (abstract new (...args: never[]) => Error)[];
}

const encoder = new TextEncoder();

const LANGUAGES: Readonly<Record<string, Language>> = {
  selectors: {
    samples: ["*.warn;[nginx].!=info;authpriv,auth.!*;/time.?out/.err", "!local0.*"],
    pieces: ["*", ".", ";", "!", "=", ",", "[", "]", "/", "mail", "warn", "local7", "(a+)+$", "\\"],
    parse(text) {
      const selector = new Selector(parseSelector(text));
      for (let priority = 0; priority < 200; priority += 7) {
        assert(selector.verdict(priority) <= 2);
        selector.verdictForProgram(priority, text);
      }
    },
    errors: [SelectorError],
  },
  "cron intervals": {
    samples: [
      "*/5 0-23/2 1,15 jan-mar mon-fri",
      "@every 90s",
      "0 0 29 2 *",
      "@daily",
      "* * * * * *",
    ],
    pieces: [
      "*",
      "/",
      "-",
      ",",
      " ",
      "0",
      "5",
      "59",
      "60",
      "L",
      "jan",
      "sun",
      "7",
      "@every ",
      "1h",
    ],
    parse(text) {
      const schedule = parseSchedule(text, "Europe/Berlin");
      let at = 1_700_000_000_000;
      for (let times = 0; times < 3; times++) {
        const next = schedule.next(at);
        if (next === undefined) return;
        assert(next > at, `${next} follows ${at}`);
        at = next;
      }
    },
    errors: [ScheduleError],
  },
  crontabs: {
    samples: ['MAILTO=""\n*/5 * * * * root echo hi % in\n@reboot nobody x\n# c\n'],
    pieces: ["*", " ", "\n", "=", "%", "\\%", "@daily", "root", "CRON_TZ=UTC\n", "#", "0"],
    parse: (text, dice) =>
      void parseCrontab(text, { file: "/etc/crontab", system: dice.below(2) === 0 }),
  },
  "env files": {
    samples: ["export A=1\nB='two\nlines' # c\nC=\"a\\n$X\"\n"],
    pieces: ["A", "=", "'", '"', "\\", "\n", "export ", "#", " "],
    parse: (text) => void parseEnvFile(text, "/x"),
    errors: [ConfigError],
  },
  "command words": {
    samples: [`a "b c" 'd e' f\\ g`],
    pieces: ["a", " ", '"', "'", "\\"],
    parse(text) {
      const words = splitWords(text);
      assertEquals(splitWords(words.map(quoteWord).join(" ")), words);
    },
    errors: [WordsError],
  },
  patterns: {
    samples: ["(?P<name>a+)(?P=name)\\Z", "a*[!b-d]?"],
    pieces: ["(", ")", "?P<", ">", "*", "+", "[", "]", "!", "^", "\\", "a", "-", "{2}", "|"],
    parse(text) {
      translateRegex(text, true)?.test("aaaa");
      compileGlob(text)("aaaa");
    },
  },
  places: {
    samples: [
      "tcp:127.0.0.1:80",
      "unix:/run/x",
      "[::1]:80",
      "http://localhost:8080/x",
      "bob:7000:g",
    ],
    pieces: ["tcp:", "unix:", "[", "]", ":", "80", "/", "@", "//", "http", "65536", "."],
    parse(text) {
      parseListen(text);
      parseHttpPlace(text);
      parseHttpTarget(text);
      parseCreateUser(text);
      parseDuration(text);
      formatFileName(text, 1_700_000_000_000);
    },
  },
  accounts: {
    samples: ["root:x:0:0:root:/root:/bin/sh\nbob:x:1:1::/:\n", "g:x:5:bob,root\n"],
    pieces: [":", "x", "0", "\n", ",", "4294967296", "root"],
    parse(text) {
      for (const { uid } of parsePasswd(text)) assert(Number.isInteger(uid) && uid >= 0);
      for (const { gid } of parseGroup(text)) assert(Number.isInteger(gid) && gid >= 0);
    },
  },
  notifications: {
    samples: ["READY=1\nSTATUS=ok\nMAINPID=12\nERRNO=3\nWATCHDOG=trigger\nEXTEND_TIMEOUT_USEC=5"],
    pieces: ["READY", "=", "1", "\n", "MAINPID=", "WATCHDOG_USEC=", "0"],
    parse: (text) => void parseNotifyMessage(encoder.encode(text)),
  },
  records: {
    samples: [
      "<13>Nov 23 10:00:00 host prog[12]: text",
      '<165>1 2026-11-23T10:00:00.5Z host prog 12 id [a b="c\\]"] text',
      "<13>2026-11-23T10:00:00+01:00 prog: text",
    ],
    pieces: ["<", ">", "13", "Nov 23 10:00:00", " ", "[", "]", '"', "=", ":", "1 ", "-"],
    parse(text) {
      const bytes = encoder.encode(text.replaceAll("\0", ""));
      const record = new SyslogRecord();
      if (!record.parse(bytes, 0, bytes.length)) return;
      const { start, end, tagStart, tagEnd, messageStart, hostStart, hostEnd } = record;
      assert(start <= end && end <= bytes.length);
      assert(hostStart <= hostEnd && hostEnd <= end);
      if (record.shape !== "malformed") assert(tagStart <= tagEnd && tagEnd <= messageStart);
      assert(record.priority >= 0 && record.priority < 25 * 8);
    },
  },
  "files of other programs": {
    samples: [
      '[program:x]\ncommand=/bin/x -a ; c\nautostart=false\nenvironment=A="b"\n',
      "[Unit]\nAfter=b.service\n[Service]\nExecStart=-/bin/x $A %i\nRestart=on-failure\n",
      "web: bin/web -p $PORT\nworker: x\n",
      "services:\n  web:\n    image: x\n    command: [a, b]\n    depends_on: [db]\n",
      "*/5 * * * * root x\n",
    ],
    pieces: ["[", "]", "=", "\n", ":", "%", "$", "\\\n", "- ", "  ", "&a", "*a", "{", "}", "!!x"],
    parse(text, dice) {
      const formats = ["supervisord", "systemd", "procfile", "compose", "crontab"] as const;
      convertSources(dice.pick(formats), [{ path: "/etc/systemd/x.service", content: text }]);
    },
    errors: [ConfigError, UsageError],
  },
};

for (const [name, language] of Object.entries(LANGUAGES)) {
  test(`parsers of ${name} survive any text with nothing but the errors that they declare`, () => {
    const dice = new Dice(SEED);
    const pieces = [...language.pieces, ...NASTY];
    for (let round = 0; round < ROUNDS; round++) {
      const text = dice.below(2) === 0
        ? dice.text(pieces, 24)
        : dice.mutate(dice.pick(language.samples), pieces);
      try {
        language.parse(text, dice);
      } catch (cause) {
        if (language.errors?.some((kind) => cause instanceof kind)) continue;
        throw new Error(`FUZZ_SEED=${SEED}, round ${round}: ${JSON.stringify(text)}`, { cause });
      }
    }
  });
}

const WORDS = [
  "--",
  "-",
  "--config",
  "--user=x",
  "--create-user",
  "bob:1",
  "--task",
  "--help",
  "-n5",
]
  .concat(["--debug", "--log-level", "err", "--lines", "--since", "10m", "--pid", "--ready", "A=b"])
  .concat(["--timeout", "--from-systemd", "--to", "--url", "--a", "-abc", "--force", "--exec"])
  .concat(NASTY, TELCHAP_COMMANDS.map((command) => command.name));

const COMMAND_LINES: Readonly<Record<string, (words: readonly string[]) => unknown>> = {
  chaperone: (words) =>
    parseCommandLine(words, {
      programName: "chaperone",
      version: "1",
      defaults: words.join(" "),
    }),
  telchap: parseTelchap,
  sdnotify: (words) => parseSdnotify(words, "1", 7),
  "sdnotify-exec": (words) => parseSdnotifyExec(words, { version: "1", pid: 7, variables: {} }),
  health: parseHealth,
  init: (words) => parseInitCommand(words, "chaperone"),
};

for (const [name, parse] of Object.entries(COMMAND_LINES)) {
  test(`the command line of ${name} survives any words with nothing but UsageError`, () => {
    const dice = new Dice(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const words = Array.from({ length: dice.below(8) }, () => dice.pick(WORDS));
      try {
        parse(words);
      } catch (cause) {
        if (cause instanceof UsageError) continue;
        throw new Error(`FUZZ_SEED=${SEED}, round ${round}: ${JSON.stringify(words)}`, { cause });
      }
    }
  });
}
