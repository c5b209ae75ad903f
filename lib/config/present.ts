/** Objects whose optional properties are absent rather than undefined. */

/** `T` whose optional properties may also be undefined. */
export type Loose<T> = {
  [Key in keyof T]: Record<never, never> extends Pick<T, Key> ? T[Key] | undefined : T[Key];
};

/** Returns a copy of `value` without the properties that are undefined. */
export function present<T extends object>(value: Loose<T>): T {
  // V8 keeps an object from which properties were deleted as a hash table, several times as large.
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}
