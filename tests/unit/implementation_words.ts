/**
 * Words of the implementation, which no message has that a newcomer sees: those of 0.3.9's texts,
 * of Python's types and its schema library, of this runtime, and bare names of errors.
 */
export const IMPLEMENTATION = new RegExp(
  [
    /Errno\b|ProcStatus|unknown pid|ignore_failures=|Request made|\(ignored\) (?:service|failure)|system will be/,
    /\b(?:undefined|NaN|(?:System|Type|Range|Syntax)Error|\[object) ?\b/,
    /dictionary|\bdata\[|extra keys|unhashable|constructor|\b(?:expected|an?|of type) (?:str|int|bool|float)\b/,
    /subreaper|\bE(?:PERM|NOENT|INTR|IO|BADF|AGAIN|NOMEM|ACCES|BUSY|EXIST|NOTDIR|ISDIR|INVAL|MFILE|NFILE|NOSPC|ROFS|PIPE|LOOP|NOSYS|ADDRINUSE|CONNREFUSED|TIMEDOUT)\b/,
  ].map(({ source }) => source).join("|"),
);
