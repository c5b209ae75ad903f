/** Joins what renews services by itself to the system. Imported by run_parts.ts where one asks for it. */
import type { CurrentConfig } from "../../daemon/container/current_config.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import type { Handover } from "../../daemon/container/handover.ts";
import { Drains } from "../../daemon/renewal/drains.ts";
import { FileWatches } from "../../daemon/renewal/file_watches.ts";
import { Recycler } from "../../daemon/renewal/recycler.ts";
import { Renewer } from "../../daemon/renewal/renewer.ts";
import { Roller, type RollerParts } from "../../daemon/renewal/roller.ts";
import type { ServiceHistory } from "../../daemon/services/service_history.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import { askNumber } from "../../sys/sockets/ask_number.ts";
import { createFileLooker } from "../../sys/watch/file_looker.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { createUsageMeter } from "./run_usage.ts";

/** What renewing needs of the rest. */
export interface RenewalWiringParts {
  readonly os: OwnedOs;
  readonly logging: Logging;
  readonly supervisor: Supervisor;
  readonly current: CurrentConfig;
  readonly history: () => ServiceHistory;
  /** The one that is there already. */
  readonly roller: Roller | undefined;
  readonly rollerParts: RollerParts;
}

/** What another incarnation takes over. */
type RenewalHandover = NonNullable<Handover["renewal"]>;

/** What renews services, joined to the system. */
export class RenewalWiring {
  readonly #watches: FileWatches;
  readonly #recycler: Recycler;
  readonly #drains: Drains;
  readonly roller: Roller;

  constructor({ os, logging, supervisor, current, history, ...parts }: RenewalWiringParts) {
    const roller = parts.roller ?? new Roller(parts.rollerParts);
    this.roller = roller;
    const stopTimeoutMs = () => current.config.settings.shutdownTimeoutMs;
    const renewer = new Renewer({ supervisor, roller, history, journal: logging, stopTimeoutMs });
    const looker = createFileLooker(os);
    this.#watches = new FileWatches({ os, looker, journal: logging, supervisor, renewer });
    const meter = createUsageMeter(os, supervisor);
    const measure = () => meter.read().services;
    const watchOutput = (name: string, pattern: string, found: () => void) =>
      logging.router.watches.of(name).add(new RegExp(pattern), found, { isLasting: true });
    this.#recycler = new Recycler({
      ...{ os, journal: logging, supervisor, renewer, roller },
      ...{ measure, watchOutput, askNumber },
    });
    this.#drains = new Drains({ os, journal: logging, supervisor });
  }

  /** Another configuration is in force. */
  configure(): void {
    this.#watches.configure();
    this.#recycler.configure();
  }

  /** The container begins to end. */
  end(): void {
    this.#watches.end();
    this.#recycler.end();
  }

  handOver(): RenewalHandover {
    return { watches: this.#watches.handOver(), recycling: this.#recycler.handOver() };
  }

  /** The supervisor has taken over before. */
  takeOver({ watches, recycling }: RenewalHandover): void {
    this.#watches.takeOver(watches);
    this.#recycler.takeOver(recycling);
    this.#drains.takeOver();
  }
}
