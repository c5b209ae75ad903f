/**
 * The pages of single services and what can be pressed there. Imported when somebody asks for one.
 *
 * A button acts with the rights of who presses it, as the control socket judges them, and only where
 * `http_control` says so. What another site has a browser send is told by its missing key, which
 * nobody else can read, and by what the browser says of where it comes from.
 */
import { isSameSecret } from "../../base/secret_text.ts";
import { shortName } from "../../base/service_name.ts";
import { readLogFilter } from "../../page/log_filter.ts";
import { servicePath } from "../../page/page.ts";
import { PAGE_ACTIONS, type PageAction, renderServicePage } from "../../page/service_page.ts";
import type { HttpRequest } from "../../wire/http_message.ts";
import type { Caller } from "../../base/caller.ts";
import { chosenLines } from "./chosen_lines.ts";
import { failure, pageOf, PLAIN, seeOther, type Whole, whole } from "./http_response.ts";
import type { ServiceParts } from "./service_parts.ts";

const LINES_MAX = 500;
const EVENTS_SHOWN = 50;
/** A service that takes longer to stop is not waited for: its page tells how far it is. */
const ANSWER_MS = 5000;

/** Returns the page of a service, by the name that the path has. */
export async function serviceResponse(
  request: HttpRequest,
  caller: Caller,
  parts: ServiceParts,
): Promise<Whole> {
  const report = parts.report();
  const name = decode(request.path.slice("/service/".length));
  const service = report.services.find((each) => shortName(each.name) === name);
  if (service === undefined) return failure(404);
  const { mayControl } = caller;
  const filter = readLogFilter(request.query);
  const why = mayControl ? (await parts.ask(["why", "--", service.name], caller)).text : undefined;
  const text = renderServicePage({
    report,
    service,
    lines: mayControl ? chosenLines(parts.linesOf(service.name), filter, LINES_MAX) : undefined,
    filter,
    why,
    events: parts.events().filter((event) => event.service === service.name).slice(-EVENTS_SHOWN),
    curves: parts.curves(service.name),
    key: mayControl && parts.isControlled ? parts.key() : undefined,
    canSignIn: !mayControl && parts.gate !== undefined,
  });
  return pageOf(text, { hasForms: mayControl });
}

/** Does what a button asks for, and leads back to the page. */
export async function controlResponse(
  request: HttpRequest,
  caller: Caller,
  parts: ServiceParts,
): Promise<Whole> {
  const [, action = "", rest = ""] = /^\/control\/([a-z]+)\/(.+)$/.exec(request.path) ?? [];
  const name = decode(rest);
  if (!isAction(action) || name === undefined) return failure(404);
  if (!caller.mayControl || !isFromThisPage(request, parts.key())) return failure(403);
  const who = caller.by ?? `user ${caller.uid}`;
  parts.tell(`${who} presses ${action} of ${name} on the status page`);
  const asked = parts.ask([action, "--", name], caller);
  const answer = await Promise.race([asked, parts.wait(ANSWER_MS)]);
  if (answer !== undefined && answer.exitCode !== 0) return whole(409, PLAIN, `${answer.text}\n`);
  return seeOther(servicePath(name));
}

function isAction(text: string): text is PageAction {
  return PAGE_ACTIONS.some((action) => action === text);
}

/** What browsers say of themselves is believed where they say it; others have the key alone. */
function isFromThisPage({ fields, query }: HttpRequest, key: string): boolean {
  const site = fields.get("sec-fetch-site") ?? "same-origin";
  const origin = fields.get("origin");
  const host = fields.get("host");
  // Who stands in between may speak TLS with the browser.
  const isOwn = origin === undefined || [`http://${host}`, `https://${host}`].includes(origin);
  const given = new URLSearchParams(query).get("key") ?? "";
  return site === "same-origin" && isOwn && isSameSecret(given, key);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // A URIError.
  }
}
