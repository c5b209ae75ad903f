/**
 * A service as configuration loading makes it, with only what a test names differing from the
 * defaults.
 */
import { Environment } from "../../../lib/config/environment/environment.ts";
import type { RestartPolicy, ServiceConfig } from "../../../lib/config/model.ts";

const EMPTY = Environment.inherited({ PATH: "/bin" }, { run: () => "" });

export const NO_RESTART: RestartPolicy = {
  when: "never",
  limit: 5,
  delayMs: 3000,
  windowMs: 60_000,
  noRetry: [{ kind: "code", code: 78 }],
  onGiveUp: "fail",
};

export const RESTART: RestartPolicy = { ...NO_RESTART, when: "on-failure" };

export function serviceConfig(differing: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    name: "a.service",
    type: "simple",
    command: "run me",
    argv: ["run", "me"],
    enabled: true,
    optional: false,
    environment: EMPTY,
    envFiles: [],
    envFromFile: false,
    stdin: "null",
    stdout: "log",
    stderr: "log",
    setpgrp: true,
    processTimeoutMs: 30_000,
    processTimeoutText: "30.0",
    startupPauseMs: 500,
    idleDelayMs: 1000,
    restart: NO_RESTART,
    success: [{ kind: "code", code: 0 }],
    exitKills: false,
    ignoreFailures: false,
    groups: ["default"],
    after: [],
    before: [],
    killSignal: 15,
    hookTimeoutMs: 10_000,
    watchDebounceMs: 500,
    watchPollMs: 30_000,
    waitFor: [],
    waitTimeoutMs: 60_000,
    limits: [],
    listen: [],
    onDemand: false,
    multiline: false,
    readLevels: true,
    debug: false,
    ...differing,
  };
}
