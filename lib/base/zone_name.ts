/** Names of time zones, as the IANA database has them. */

/** Whether V8 knows a time zone by this name; it needs no file for that. */
export function isZoneOfV8(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
