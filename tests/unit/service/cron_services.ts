/** Cron services, as tests have them. */
import type { RestartPolicy, ServiceConfig } from "../../../lib/config/model.ts";

export const CRON: Partial<ServiceConfig> = {
  type: "cron",
  cron: { interval: "* * * * *", overlap: "skip", jitterMs: 0 },
};
export const LIMITED: Partial<ServiceConfig> = {
  type: "cron",
  cron: { interval: "* * * * *", overlap: "skip", jitterMs: 0, runTimeoutMs: 5000 },
};
export const QUEUE: Partial<ServiceConfig> = {
  type: "cron",
  cron: { interval: "* * * * *", overlap: "queue", jitterMs: 0 },
};
export const REPLACE: Partial<ServiceConfig> = {
  type: "cron",
  cron: { interval: "* * * * *", overlap: "kill", jitterMs: 0 },
  stopTimeoutMs: 2000,
};
export const INETD: Partial<ServiceConfig> = { type: "inetd", port: 80 };
export const ONCE_MORE: RestartPolicy = {
  when: "always",
  limit: 1,
  delayMs: 3000,
  windowMs: 60_000,
  noRetry: [],
  onGiveUp: "fail",
};
export const RETRY: Partial<ServiceConfig> = { ...CRON, restart: ONCE_MORE };
