/** Takes a text apart from front to back, by sticky regular expressions. */
export class PatternScan {
  readonly source: string;
  /** What is before has been taken. */
  at = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Takes what `pattern`, which has the flag `y`, matches here. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match;
  }
}
