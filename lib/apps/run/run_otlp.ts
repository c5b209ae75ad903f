/** Joins senders to OpenTelemetry to the system. Imported by run_parts.ts where a section has one. */
import { OtlpOutlet } from "../../daemon/sinks/otlp_sink.ts";
import type { OutletMaker } from "../../daemon/sinks/sink_set.ts";
import { logOs } from "../../sys/logs/log_os.ts";
import { createOtlpPoster } from "../../sys/logs/otlp_post.ts";

/** Makes the outlet of a `syslog_host` that is a collector. */
export const createOtlpOutlet: OutletMaker = (address, caFile) =>
  new OtlpOutlet(address, createOtlpPoster(address, caFile), logOs.time);
