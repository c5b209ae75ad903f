/** Nothing has been changed. The message has a line for each reason. */
export class ApplyRefusal extends Error {}
