/** A server that stands in for the one that base runtimes are downloaded from. */

/** What is served, and which paths were asked for. */
export interface ReleaseServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly string[];
}

/** Serves the folder of a release as Deno's own server does, until the result is disposed of. */
export function serveReleases(
  files: Readonly<Record<string, Uint8Array<ArrayBuffer> | string>>,
): ReleaseServer {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    const body = files[pathname];
    return body === undefined ? new Response("", { status: 404 }) : new Response(body);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { url, asked, [Symbol.asyncDispose]: () => server.shutdown() };
}
