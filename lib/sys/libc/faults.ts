/** Uncaught errors: in a program that must not die they are logged, not fatal. */

/**
 * Calls back with every uncaught error and every rejected promise that nobody handles, in place of
 * the end of the program. The result gives them their default effect back.
 */
export function catchFaults(callback: (error: unknown) => void): () => void {
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    callback(event.error ?? event.message);
  };
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    callback(event.reason);
  };
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return () => {
    globalThis.removeEventListener("error", onError);
    globalThis.removeEventListener("unhandledrejection", onRejection);
  };
}

/**
 * Runs one of many callbacks. An error in it is told as one that nothing has caught, and the others
 * get their turn all the same: a loop that reaps or reads for everybody must not end with it.
 */
export function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    reportError(error);
  }
}
