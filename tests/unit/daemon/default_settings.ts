/**
 * The settings of a configuration that states none; load_sections_test.ts holds that loading gives
 * these.
 */
import type { Settings } from "../../../lib/config/model.ts";

export const DEFAULT_SETTINGS: Settings = {
  shutdownTimeoutMs: 8000,
  shutdownTimeoutText: "8",
  detectExit: true,
  launch: true,
  httpControl: false,
  enableSyslog: true,
  statusIntervalMs: 30_000,
  ignoreFailures: false,
  drainMs: 0,
  console: "plain",
  controlUid: 0,
  stateSizeBytes: 1024 * 1024,
  logLineMaxBytes: 65_536,
  signals: [],
};
