/** The directives of a service that the kernel holds all its processes to together. */
import { parsed, whole } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import type { GroupLimits } from "./group_model.ts";
import { parsePercent, parsePositiveSize } from "./values.ts";

const WHERE = "Needs a control group of version 2 that chaperone may write to, with the " +
  "controller; elsewhere it has no effect, which is said at the start and by `chaperone check`. " +
  "See [the guide](guide.md#limits-for-all-of-a-service).";

export const GROUP_ROWS = {
  memory_max: {
    since: "0.5.0",
    kind: "text",
    format: "positiveSize",
    field: "memoryMaxBytes",
    applies: "restart",
    read: parsed(parsePositiveSize),
    note: () => ({
      summary: "How much memory all processes of the service may have together.",
      example: "512M",
      detail: `The kernel kills what needs more. ${WHERE}`,
    }),
  },
  cpu_max: {
    since: "0.5.0",
    kind: "text",
    format: "percent",
    field: "cpuMaxPercent",
    applies: "restart",
    read: parsed(parsePercent),
    note: () => ({
      summary: "How much processor time they may have together; 100% is one processor.",
      example: "150%",
      detail: WHERE,
    }),
  },
  cpu_weight: {
    since: "0.5.0",
    kind: "text",
    format: "weight",
    field: "cpuWeight",
    applies: "restart",
    read: whole(1, 10_000),
    note: () => ({
      summary: "How much of the processor it has, compared with others, where that is scarce.",
      example: "200",
      detail: `From 1 to 10000; others have 100. ${WHERE}`,
    }),
  },
  pids_max: {
    since: "0.5.0",
    kind: "text",
    format: "positive",
    field: "pidsMax",
    applies: "restart",
    read: whole(1, Number.MAX_SAFE_INTEGER),
    note: () => ({
      summary: "How many processes and threads it may have.",
      example: "100",
      detail: WHERE,
    }),
  },
} as const satisfies Rows<GroupLimits>;
