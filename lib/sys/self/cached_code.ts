/**
 * Loads a part of the program from its text and from what V8 compiled of it when it was built, its
 * cached data: the start neither parses nor compiles. V8 refuses the data of another version or of
 * other flags, and then compiles as ever. Of the text it compares the length only: text and data
 * have to come from one build. Without data `node:vm` has nothing to offer, and takes 28 ms to load
 * in Deno 2.9: the text is evaluated.
 */

import { useCarriedTexts } from "./carried_texts.ts";

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
  /** What the text exports: it is a CommonJS module. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** There was data, and V8 did not take it. */
  readonly isRefused: boolean;
  /**
   * Returns what V8 has compiled of the text so far, as data for the next time; nothing without
   * `node:vm`.
   */
  compiled(): Uint8Array<ArrayBuffer>;
}

/** What a text evaluates to: a CommonJS module, which is called with these. */
type ModuleFunction = (
  module: { exports: Record<string, unknown> },
  require: (specifier: string) => unknown,
) => void;

/** How a text becomes a function: by `node:vm` where there may be data, else by evaluation. */
export type Compiling = "cached" | "plain";

interface CompiledText extends Pick<LoadedCode, "compiled" | "isRefused"> {
  readonly run: ModuleFunction;
}

/** The texts that have been loaded, by name. */
const loaded = new Map<string, LoadedCode>();

function compileWithData(name: string, text: string, data: Uint8Array | undefined): CompiledText {
  const { process } = globalThis as unknown as { process: NodeProcess };
  const { Script } = process.getBuiltinModule("node:vm");
  const script = new Script(text, {
    filename: name,
    ...(data === undefined ? {} : { cachedData: data }),
  });
  return {
    run: script.runInThisContext() as ModuleFunction,
    isRefused: script.cachedDataRejected === true,
    compiled: () => script.createCachedData(),
  };
}

function compilePlainly(text: string): CompiledText {
  // Called by another name, eval sees the global scope alone.
  const evaluate = globalThis.eval;
  const run = evaluate(text) as ModuleFunction;
  return { run, isRefused: false, compiled: () => new Uint8Array() };
}

/**
 * Loads the text of this name, which build/bundle.ts made a function; `data` is what an earlier
 * `compiled()` of the same text returned. `require` returns what another text exports.
 * @throws what the module throws.
 */
export function loadCode(name: string, text: string, options: {
  readonly compiling: Compiling;
  readonly data?: Uint8Array | undefined;
  readonly require?: (specifier: string) => unknown;
}): LoadedCode {
  const { compiling, data, require = refuseToRequire } = options;
  const { run, ...rest } = compiling === "cached"
    ? compileWithData(name, text, data)
    : compilePlainly(text);
  const module: { exports: Record<string, unknown> } = { exports: {} };
  run(module, require);
  return { exports: module.exports, ...rest };
}

function refuseToRequire(specifier: string): never {
  throw new Error(`Cannot load '${specifier}': the program does not carry it`);
}

/**
 * Loads a text that the program carries, as `NAME.js`, with its data, `NAME.js.cache`, which may be
 * empty. Undefined where it does not carry one: in a run from sources. A text is loaded once.
 */
export function loadCarriedCode(name: string, compiling?: Compiling): LoadedCode | undefined {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const code = useCarriedTexts(
    [`${name}.js`, `${name}.js.cache`],
    ([text, data]) => text && data && loadCarried(name, { text, data, compiling }),
  );
  if (code !== undefined) loaded.set(name, code);
  return code;
}

function loadCarried(name: string, { text, data, compiling }: {
  readonly text: Uint8Array;
  readonly data: Uint8Array;
  readonly compiling: Compiling | undefined;
}): LoadedCode {
  const isEmpty = data.length === 0;
  // As UTF-8: any other encoding Deno decodes to two bytes a character first.
  return loadCode(`${name}.js`, new TextDecoder().decode(text), {
    compiling: compiling ?? (isEmpty ? "plain" : "cached"),
    data: isEmpty ? undefined : data,
    require: (specifier) => {
      if (specifier.startsWith("/")) return sharedModule(specifier);
      const wanted = specifier.replace(/^.*\//, "").replace(/\.ts$/, "");
      return (loadCarriedCode(wanted, compiling) ?? refuseToRequire(specifier)).exports;
    },
  });
}

/** What a part of chaperone has in common with its core: build/parts.ts makes the table. */
function sharedModule(path: string): unknown {
  const shared = loaded.get("chaperone")?.exports["shared"] as
    | Readonly<Record<string, () => unknown>>
    | undefined;
  return (shared?.[path] ?? refuseToRequire(path))();
}

/** Returns a text that has been loaded by now. */
export function loadedCode(name: string): LoadedCode | undefined {
  return loaded.get(name);
}
