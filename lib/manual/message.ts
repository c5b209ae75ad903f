/** A message of chaperone, for the manual. */
export interface Message {
  /** The words outside of braces are those of the code. */
  readonly text: string;
  readonly level: "info" | "warn" | "err" | "notice";
  readonly meaning: string;
  /** Empty where there is nothing to do. */
  readonly advice: string;
}
