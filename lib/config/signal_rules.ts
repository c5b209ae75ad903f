/** What `signals` of the section settings says: a signal to chaperone, and what it leads to. */
import { parseSignal, SIGNAL, signalName } from "../base/signals.ts";
import { didYouMean } from "../base/suggest.ts";
import { describePlace } from "./directive.ts";
import type { Environment } from "./environment/environment.ts";
import type { SignalAction, SignalRule } from "./model.ts";
import type { Section } from "./section.ts";

/**
 * Nobody can have these: the kernel's, the C library's, and those that tell chaperone of its own
 * affairs.
 */
const TAKEN = /^SIG(KILL|STOP|CHLD|PIPE|SEGV|ILL|BUS|FPE|TRAP|SYS|TSTP|TTIN|TTOU)$|^signal /;

const SIGNAL_WORDS = Object.keys(SIGNAL).map((name) => name.slice("SIG".length));

/** Reads `signals`. */
export function readSignals(section: Section, environment: Environment): readonly SignalRule[] {
  const rules: SignalRule[] = [];
  const place = describePlace(section.name, "signals");
  for (const [name, text] of section.fields("signals", environment) ?? []) {
    const signal = parseSignal(name);
    if (signal === undefined || TAKEN.test(signalName(signal))) {
      const what = signal === undefined ? "not a signal" : "a signal that chaperone cannot catch";
      const hint = signal === undefined ? didYouMean(name.toUpperCase(), SIGNAL_WORDS) : "";
      section.fail("signals", `'${name}' in ${place} is ${what}${hint}`);
      continue;
    }
    if (rules.some((rule) => rule.signal === signal)) {
      section.fail("signals", `'${name}' in ${place} is the same signal as another one there`);
      continue;
    }
    const action = typeof text === "string" ? parseSignalAction(text) : undefined;
    if (action === undefined) section.unexpected("signals", String(text), name);
    else rules.push({ signal, action });
  }
  return rules;
}

/** Reads `shutdown`, `reload web`, `signal nginx USR1`. */
export function parseSignalAction(text: string): SignalAction | undefined {
  const [kind, ...words] = text.trim().split(/\s+/);
  switch (kind) {
    case "shutdown":
    case "reopen":
    case "ignore":
    case "forward":
      return words.length === 0 ? { kind } : undefined;
    case "reload":
    case "restart":
      return words.length === 0 ? undefined : { kind, names: words };
    case "signal": {
      const [name, word, ...rest] = words;
      const signal = parseSignal(word ?? "");
      if (name === undefined || signal === undefined || rest.length > 0) return undefined;
      return { kind, name, signal };
    }
    default:
      return undefined;
  }
}
