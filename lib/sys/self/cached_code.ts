/**
 * Loads a part of the program from its text and from what V8 compiled of it when it was built, its cached
 * data: the start neither parses nor compiles. V8 refuses the data of another version or of other flags, and
 * then compiles as ever. Of the text it compares the length only: text and data have to come from one build.
 */

/** What of `node:vm` is needed. */
interface Script {
  readonly cachedDataRejected?: boolean;
  runInThisContext(): unknown;
  createCachedData(): Uint8Array<ArrayBuffer>;
}

interface ScriptOptions {
  readonly filename: string;
  readonly cachedData?: Uint8Array;
}

interface NodeProcess {
  getBuiltinModule(
    name: "node:vm",
  ): { Script: new (text: string, options: ScriptOptions) => Script };
}

export interface LoadedCode {
  /** What the text exports: it is a CommonJS module that requires nothing. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** There was data, and V8 did not take it. */
  readonly isRefused: boolean;
  /** Returns what V8 has compiled of the text so far, as data for the next time. */
  compiled(): Uint8Array<ArrayBuffer>;
}

/** The wrapper stays on the first line: stack traces name lines of the text. */
function asFunction(text: string): string {
  return `(function (module) { "use strict"; ${text}\n})`;
}

/**
 * Loads the CommonJS module of this name; `data` is what an earlier `compiled()` of the same text returned.
 * @throws what the module throws.
 */
export function loadCode(name: string, text: string, data?: Uint8Array): LoadedCode {
  const { process } = globalThis as unknown as { process: NodeProcess };
  const { Script } = process.getBuiltinModule("node:vm");
  const script = new Script(asFunction(text), {
    filename: name,
    ...(data === undefined ? {} : { cachedData: data }),
  });
  const module: { exports: Record<string, unknown> } = { exports: {} };
  (script.runInThisContext() as (target: typeof module) => void)(module);
  return {
    exports: module.exports,
    isRefused: script.cachedDataRejected === true,
    compiled: () => script.createCachedData(),
  };
}

/**
 * Loads a module from the files that the program carries: its text, and the data for it, which may be empty.
 * Undefined where there are no such files.
 */
export function loadCarriedCode(folder: string, name: string): LoadedCode | undefined {
  const data = readIfPresent(`${folder}/${name}.cache`);
  if (data === undefined) return undefined;
  const text = Deno.readTextFileSync(`${folder}/${name}`);
  return loadCode(name, text, data.length === 0 ? undefined : data);
}

function readIfPresent(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
