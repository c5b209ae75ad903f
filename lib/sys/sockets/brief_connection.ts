/** A connection that somebody else may keep us waiting for. */

/**
 * Uses a connection and closes it, at the limit if need be. One that comes only after the limit is
 * nobody's: it is closed as soon as it is there.
 */
export async function useConnection<T>(
  attempt: Promise<Deno.Conn>,
  limit: AbortSignal,
  use: (connection: Deno.Conn) => Promise<T>,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(limit.reason);
  limit.addEventListener("abort", abort, { once: true });
  let open: Deno.Conn | undefined;
  let isOver = false;
  const used = attempt.then((connection) => {
    if (!isOver) return use(open = connection);
    connection.close();
    throw limit.reason;
  });
  // Whoever loses the race is not left with an answer that nobody takes.
  used.catch(() => {});
  try {
    return await Promise.race([used, aborted]);
  } finally {
    isOver = true;
    open?.close();
    limit.removeEventListener("abort", abort);
  }
}
