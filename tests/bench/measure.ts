/** What a measurement is, and the box that it runs in. */
import { Box, type Load } from "./box.ts";
import type { Job, Service, Tool } from "./tools.ts";

/** Where measurements run and with what load. */
export interface Bench {
  readonly load: Load;
  /** Scratch, best a tmpfs. */
  readonly folder: string;
}

/** What one run of a measurement found, by the name of the quantity. */
export type Values = Readonly<Record<string, number>>;

/** One measurement, which tools take turns in. */
export interface Measure {
  readonly name: string;
  readonly title: string;
  readonly job: Job;
  /** How often each tool is measured. */
  readonly runs: number;
  readonly needsCompiler?: boolean;
  /** May run beside others: it only waits. */
  readonly isPatient?: boolean;
  /**
   * The quantities; the first is drawn. Of all of them less is better, unless `more` names them.
   */
  readonly quantities: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
  run(bench: Bench, tool: Tool): Promise<Values>;
}

let boxes = 0;

/** Runs a tool with services in a box of its own, and ends it whatever happens. */
export async function inBox<Result>(
  { load, folder }: Bench,
  tool: Tool,
  make: (stamps: string, folder: string) => { services: readonly Service[]; log?: string },
  use: (box: Box) => Promise<Result>,
  setup?: string,
): Promise<Result> {
  // A configuration may hold it in a text whose words white space parts.
  const own = `${folder}/${tool.name.replace(/\W+/g, "-")}-${boxes++}`;
  await Deno.mkdir(own, { recursive: true });
  const { services, log } = make(`${own}/stamps`, own);
  const argv = tool.command(own, services, log);
  const box = new Box({ argv, load, folder: own, ...(setup === undefined ? {} : { setup }) });
  try {
    return await use(box);
  } finally {
    await box.close();
    await Deno.remove(own, { recursive: true });
  }
}

/** Returns so many services that are alike. */
export function named(
  count: number,
  argv: readonly string[],
  more: Partial<Service> = {},
): Service[] {
  return Array.from({ length: count }, (_, i) => ({ name: `svc${i}`, argv, ...more }));
}

/** Returns the middle of the values that are numbers; NaN where there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? NaN;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
