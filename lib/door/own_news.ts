/** What the process tells that gives files to their owners, a line each. */
export type OwnNews =
  | {
    readonly kind: "progress";
    readonly path: string;
    readonly looked: number;
    readonly changed: number;
  }
  | {
    readonly kind: "done";
    readonly path: string;
    readonly looked: number;
    readonly changed: number;
    /** What was left as it is: files with several names, devices, mounts, what lies too deep. */
    readonly linked: number;
    readonly devices: number;
    readonly mounts: number;
    readonly deep: number;
    readonly isReadOnly: boolean;
    readonly tookMs: number;
  }
  | { readonly kind: "failed"; readonly path: string; readonly text: string };
