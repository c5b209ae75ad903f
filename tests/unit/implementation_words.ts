/** Words of the implementation, which no message has that a newcomer sees. */
export const IMPLEMENTATION =
  /Errno\b|ProcStatus|unknown pid|ignore_failures=|Request made|\b(undefined|NaN|SystemError|TypeError)\b|\[object /;
