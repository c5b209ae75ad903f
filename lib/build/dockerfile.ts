/**
 * Reads the Dockerfiles of config/images, so that an image of a release is what they say and no
 * engine has to build it. They run nothing: they copy files and say what the image is.
 */
import { BuildError } from "./tools.ts";

/** An image as its Dockerfile describes it. */
export interface ImageRecipe {
  /** `scratch`, or the name of another image. */
  readonly from: string;
  readonly copies: readonly { readonly source: string; readonly target: string }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly stopSignal: string;
  readonly healthcheck?: HealthCheck | undefined;
}

/** As Docker writes it into an image's configuration; times in nanoseconds. */
export interface HealthCheck {
  readonly Test: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly Retries?: number;
}

const NANOSECONDS_PER_SECOND = 1_000_000_000;

/**
 * Parses a Dockerfile; `values` are those of its arguments. @throws {BuildError} for an instruction
 * that is not known here.
 */
export function parseDockerfile(
  text: string,
  values: Readonly<Record<string, string>>,
): ImageRecipe {
  const recipe = {
    from: "",
    copies: [] as { source: string; target: string }[],
    labels: {},
    entrypoint: [] as string[],
    stopSignal: "SIGTERM",
    healthcheck: undefined as HealthCheck | undefined,
  };
  for (const [instruction, rest] of instructionsOf(text)) {
    const words = rest.replaceAll(/\$\{(\w+)\}/g, (_, name) => values[name] ?? "");
    switch (instruction) {
      case "ARG":
        break;
      case "FROM":
        recipe.from = words;
        break;
      case "COPY":
        recipe.copies.push(parseCopy(words));
        break;
      case "LABEL":
        Object.assign(recipe.labels, parseLabels(words));
        break;
      case "STOPSIGNAL":
        recipe.stopSignal = words;
        break;
      case "ENTRYPOINT":
        recipe.entrypoint = JSON.parse(words) as string[];
        break;
      case "HEALTHCHECK":
        recipe.healthcheck = parseHealthCheck(words);
        break;
      default:
        throw new BuildError(`Cannot make an image of a Dockerfile with ${instruction}`);
    }
  }
  return recipe;
}

function parseCopy(words: string): { source: string; target: string } {
  const [source = "", target = ""] = words.split(/\s+/);
  return { source, target };
}

function parseLabels(words: string): Record<string, string> {
  const pairs = words.matchAll(/(\S+?)="([^"]*)"/g);
  return Object.fromEntries([...pairs].map(([, name = "", value = ""]) => [name, value]));
}

function instructionsOf(text: string): [instruction: string, rest: string][] {
  const joined = text.replace(/^\s*#.*\n/gm, "").replaceAll(/\\\n\s*/g, "");
  return joined.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const [, instruction = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    return [instruction, rest];
  });
}

function parseHealthCheck(words: string): HealthCheck {
  const [options = "", command = ""] = words.split(/\s*CMD\s+/);
  const value = (name: string) => {
    const found = new RegExp(`--${name}=(\\d+)`).exec(options)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const time = (name: string) => {
    const seconds = value(name);
    return seconds === undefined ? undefined : seconds * NANOSECONDS_PER_SECOND;
  };
  const entries = {
    Interval: time("interval"),
    Timeout: time("timeout"),
    StartPeriod: time("start-period"),
    Retries: value("retries"),
  };
  const known = Object.entries(entries).filter(([, each]) => each !== undefined);
  return { Test: ["CMD", ...JSON.parse(command) as string[]], ...Object.fromEntries(known) };
}
