/**
 * Runs TypeScript of this project in a Deno of its own, the version that runs the tests, as PID 1
 * of a PID namespace where it matters: for lib/sys, which must be tried with real processes.
 */
import { inNamespace, type NamespaceOptions, type NamespaceRun } from "../e2e/harness/namespace.ts";

const ROOT = new URL("../../", import.meta.url).href;

export type SnippetOptions =
  & Omit<NamespaceOptions, "config" | "program">
  & (
    /** A file, type-checked with the tests. */
    | { readonly file: URL }
    /** Source text, which imports the project's files as `lib/…`. */
    | { readonly source: string }
  );

const FLAGS = "--quiet --no-check --no-lock --allow-all --unstable-net";
const NAME = "snippet.ts";
// $0 is Deno, $1 the project's deno.json.
const LAUNCH = `config=$1; shift
exec "$0" run ${FLAGS} --config "$config" "$TEST_DIR/${NAME}" "$@"`;

function denoEnvironment(): Record<string, string> {
  const env: Record<string, string> = { NO_COLOR: "1" };
  for (const name of ["HOME", "DENO_DIR"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Starts TypeScript in namespaces of its own. Keep the result in an `await using`. */
export async function runTypeScript(options: SnippetOptions): Promise<NamespaceRun> {
  const source = "source" in options ? options.source : `import "${options.file.href}";\n`;
  const text = source.replaceAll(/(from\s*|import\s*\(?\s*)"lib\//g, `$1"${ROOT}lib/`);
  return await inNamespace({
    ...options,
    files: { ...options.files, [NAME]: text },
    program: ["/bin/sh", "-c", LAUNCH, Deno.execPath(), new URL("deno.json", ROOT).pathname],
    env: { ...denoEnvironment(), ...options.env },
  });
}
