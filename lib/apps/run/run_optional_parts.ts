/**
 * The parts of the daemon that only some services or commands need. The configuration in force decides
 * which, or a command; what was made once stays.
 */
import type { JobBookParts } from "../../daemon/triggers/job_book.ts";
import type { Alerts } from "../../daemon/alerts/alerts.ts";
import type { ConfigApplier, ConfigApplierParts } from "../../daemon/container/config_applier.ts";
import type { Container } from "../../daemon/container/container.ts";
import type { CurrentConfig } from "../../daemon/container/current_config.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import type { Roller, RollerParts } from "../../daemon/renewal/roller.ts";
import { Confiner } from "../../daemon/services/confiner.ts";
import type { GroupKeeper } from "../../daemon/services/group_keeper.ts";
import type { ServiceHistory } from "../../daemon/services/service_history.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import type { ServiceTriggers } from "../../daemon/triggers/service_triggers.ts";
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { ownKernel } from "../../sys/sandbox/kernel.ts";
import type { RunParts } from "./run_parts.ts";
import type { ReadinessWiring } from "./run_readiness.ts";
import type { RecorderWiring } from "./run_recorder.ts";
import type { RenewalWiring } from "./run_renewal.ts";
import type { RunRequest } from "./run_request.ts";

interface OptionalPartsWiring {
  readonly os: OwnedOs;
  readonly logging: Logging;
  readonly supervisor: Supervisor;
  readonly current: CurrentConfig;
  readonly container: Container;
  history(): ServiceHistory;
  recorder(): RecorderWiring | undefined;
  applierParts(): ConfigApplierParts;
}

/** Those of them that are there. */
export class OptionalParts {
  readonly #request: RunRequest;
  readonly #wiring: OptionalPartsWiring;
  #readiness: ReadinessWiring | undefined;
  #triggers: ServiceTriggers | undefined;
  #confiner: Confiner | undefined;
  #alerts: Alerts | undefined;
  #renewal: RenewalWiring | undefined;
  #roller: Roller | undefined;
  #applier: ConfigApplier | undefined;
  #groups: GroupKeeper | undefined;

  constructor(request: RunRequest, wiring: OptionalPartsWiring) {
    this.#request = request;
    this.#wiring = wiring;
  }

  get readiness(): ReadinessWiring | undefined {
    return this.#readiness;
  }

  get triggers(): ServiceTriggers | undefined {
    return this.#triggers;
  }

  get confiner(): Confiner | undefined {
    return this.#confiner;
  }

  get alerts(): Alerts | undefined {
    return this.#alerts;
  }

  get renewal(): RenewalWiring | undefined {
    return this.#renewal;
  }

  get groups(): GroupKeeper | undefined {
    return this.#groups;
  }

  /** Whether another configuration is being put in force. */
  get isApplying(): boolean {
    return this.#applier?.isUnderWay === true;
  }

  /** What puts other configurations in force; imported with the first that is. */
  async applier(): Promise<ConfigApplier> {
    const { ConfigApplier } = await import("../../daemon/container/config_applier.ts");
    return this.#applier ??= new ConfigApplier(this.#wiring.applierParts());
  }

  /** What exchanges instances, once something has been. */
  get knownRoller(): Roller | undefined {
    return this.#roller;
  }

  /** What exchanges instances; imported with the first that are. */
  async roller(): Promise<Roller> {
    const { Roller } = await import("../../daemon/renewal/roller.ts");
    return this.#roller ??= new Roller(this.#rollerParts());
  }

  #rollerParts(): RollerParts {
    const { os, logging, supervisor, current, container } = this.#wiring;
    return {
      ...{ os, journal: logging, supervisor },
      checkExecutable: (name) => container.checkExecutable(name),
      stopTimeoutMs: () => current.config.settings.shutdownTimeoutMs,
    };
  }

  /** Makes those of the imported parts that are not there yet. */
  add(parts: RunParts): void {
    const { readiness, triggers, sandbox, alerts, renewal, otlp, groups } = parts;
    const { os, logging, supervisor, current, history, recorder } = this.#wiring;
    if (otlp) logging.sinks.useOtlp(otlp.createOtlpOutlet);
    if (readiness && !this.#readiness) {
      this.#readiness = readiness.wireReadiness(this.#request, os, logging);
      this.#readiness.follow(supervisor);
    }
    if (triggers && !this.#triggers) {
      const book = async () => await recorder()?.book();
      const runFile: JobBookParts["file"] = async (head) => await recorder()?.runFile(head);
      this.#triggers = new triggers.ServiceTriggers({ os, journal: logging, book, runFile });
      this.#triggers.use(supervisor);
    }
    if (groups && !this.#groups) {
      this.#groups = groups.wireGroups(current.config, { os, logging, supervisor });
    }
    if (alerts && !this.#alerts) {
      const lacking = (name: string) => this.#confiner?.lacking(supervisor.config(name));
      this.#alerts = alerts.wireAlerts(this.#request, { os, logging, supervisor, lacking });
    }
    if (renewal && !this.#renewal) {
      this.#renewal = new renewal.RenewalWiring({
        ...{ os, logging, supervisor, current, history },
        roller: this.#roller,
        rollerParts: this.#rollerParts(),
      });
      this.#roller = this.#renewal.roller;
    }
    if (sandbox && !this.#confiner) {
      const plan = sandbox.planConfinement;
      this.#confiner = new Confiner({ plan, kernel: ownKernel(), journal: logging });
    }
  }

  /** Another configuration is in force. */
  configure(): void {
    this.#wiring.logging.sinks.limit(this.#wiring.current.config.settings);
    this.#alerts?.configure(this.#wiring.current.config.alerts);
    this.#renewal?.configure();
    this.#groups?.configure(this.#wiring.current.config.services);
  }

  /** The container begins to end. */
  ending(cause: ShutdownCause): void {
    this.#alerts?.ending(cause);
    this.#triggers?.end();
    this.#renewal?.end();
  }
}
