/** Objects whose optional properties are absent rather than undefined. */

/** `T` whose optional properties may also be undefined. */
export type Loose<T> = {
  [Key in keyof T]: Record<never, never> extends Pick<T, Key> ? T[Key] | undefined : T[Key];
};

/** Returns `value` without the properties that are undefined. Changes and returns the argument. */
export function present<T extends object>(value: Loose<T>): T {
  const record = value as Record<string, unknown>;
  for (const key in record) {
    if (record[key] === undefined) delete record[key];
  }
  return value as T;
}
