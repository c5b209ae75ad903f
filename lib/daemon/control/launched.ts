/** Puts launched services in force. */
import type { LaunchedService } from "../../config/launched.ts";
import type { Config } from "../../config/model.ts";
import { applierOf, refusing } from "./apply.ts";
import { CommandError, type ControlContext } from "./context.ts";

/**
 * Puts the configuration in force with these services launched. `judge` may throw where it must not
 * come to that. @throws {CommandError}
 */
export async function putLaunched(
  context: ControlContext,
  launched: readonly LaunchedService[],
  judge: (config: Config) => void,
): Promise<void> {
  const applier = await applierOf(context);
  const preview = await refusing(applier.preview(launched));
  judge(preview.loaded.config);
  const outcome = await refusing(applier.apply(preview));
  if (outcome.kind === "ending") throw new CommandError("the container ends");
  if (outcome.kind === "rolled-back") {
    throw new CommandError(`it was not started: ${outcome.failures.join("; ")}`);
  }
}
