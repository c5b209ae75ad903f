/** What is at which path of the status server. Knows no connection. */
import { chooseMetricsFormat, formatMetrics, metricsContentType } from "../../page/metrics.ts";
import { isFiltered, NO_FILTER, readLogFilter } from "../../page/log_filter.ts";
import { renderPage, SCRIPT_PATH, SIGN_IN_PATH, STYLE_PATH } from "../../page/page.ts";
import { PAGE_SCRIPT } from "../../page/page_script.ts";
import { PAGE_STYLE } from "../../page/page_style.ts";
import type { ContainerReport, LogLine } from "../../page/report.ts";
import { formatStatusJson } from "../../page/status_json.ts";
import type { Readiness } from "../../service/container_readiness.ts";
import type { HttpRequest } from "../../wire/http_message.ts";
import type { Caller } from "../../base/caller.ts";
import { TAIL_LINES } from "../logging/log_tail.ts";
import { chosenLines } from "./chosen_lines.ts";
import { failure, type HttpResponse, pageOf, PLAIN, type Whole, whole } from "./http_response.ts";
import type { ServiceParts } from "./service_parts.ts";

export interface HttpRoutesParts {
  readonly readiness: () => Readiness;
  readonly report: () => ContainerReport;
  /** The last lines of all services, oldest first. */
  readonly lines: (count: number) => readonly LogLine[];
  /** Another number whenever something has happened to a service. */
  readonly changes: () => number;
  readonly nowMs: () => number;
  /**
   * Where the server is reached under loopback addresses only: the host it was told to listen on. A
   * name that somebody else's server resolves to this machine is refused then (DNS rebinding).
   */
  readonly loopbackHost: string | undefined;
  readonly services: ServiceParts;
}

/** Who asks. */
export interface HttpClient {
  /** Who it is, by what the kernel says; asked for only where that matters. */
  caller(): Caller;
  /** The address that it has; undefined where it has none, as at a UNIX socket. */
  readonly address: string | undefined;
}

/** However many look, the page is not made more often than this while nothing happens. */
const PAGE_FRESH_MS = 500;

interface MadePage {
  readonly atMs: number;
  readonly changes: number;
  readonly text: string;
}

/** Answers requests. */
export class HttpRoutes {
  readonly #parts: HttpRoutesParts;
  /** By whether it shows the log. */
  readonly #pages = new Map<boolean, MadePage>();

  constructor(parts: HttpRoutesParts) {
    this.#parts = parts;
  }

  /** Returns the response to a request. The server leaves out the body for HEAD. */
  respond(request: HttpRequest, client: HttpClient): HttpResponse {
    const { method, path, fields } = request;
    if (!this.#isOwnHost(fields.get("host"))) return failure(421);
    if (path.startsWith("/control/") && method === "POST") return this.#control(request, client);
    if (method !== "GET" && method !== "HEAD") {
      return { ...failure(405), fields: { ...failure(405).fields, Allow: "GET, HEAD" } };
    }
    switch (path) {
      case "/livez":
        return whole(200, PLAIN, "alive\n");
      case "/readyz":
        return this.#readyz();
      case "/metrics":
        return this.#metrics(fields.get("accept") ?? "");
      case "/status":
        return whole(200, "application/json", formatStatusJson(this.#parts.report()));
      case "/events":
        return { kind: "events", lastId: readId(fields.get("last-event-id")) };
      case "/":
        return this.#page(request, client);
      case STYLE_PATH:
        return whole(200, "text/css; charset=utf-8", PAGE_STYLE);
      case SCRIPT_PATH:
        return whole(200, "text/javascript; charset=utf-8", PAGE_SCRIPT);
      case SIGN_IN_PATH:
        return this.#signIn(request, client);
      default:
        return path.startsWith("/service/") ? this.#service(request, client) : failure(404);
    }
  }

  #service(request: HttpRequest, client: HttpClient): HttpResponse {
    const { services } = this.#parts;
    const caller = this.#callerOf(request, client);
    const answer = import("./service_routes.ts").then(({ serviceResponse }) =>
      serviceResponse(request, caller, services)
    );
    return { kind: "later", response: answer };
  }

  #signIn(request: HttpRequest, client: HttpClient): HttpResponse {
    const { gate, tell } = this.#parts.services;
    if (gate === undefined) return failure(404);
    const caller = this.#callerOf(request, client);
    const unheardMs = gate.unheardMs(addressOf(client));
    const answer = import("./sign_in.ts").then(({ signInResponse }) =>
      signInResponse(request.query, caller, { unheardMs, tell })
    );
    return { kind: "later", response: answer };
  }

  /** Who asks: by what the kernel says, or else by a token. */
  #callerOf({ fields }: HttpRequest, client: HttpClient): Caller {
    const caller = client.caller();
    const { gate } = this.#parts.services;
    if (caller.mayControl || gate === undefined) return caller;
    const address = addressOf(client);
    const name = gate.admit(fields.get("authorization"), address);
    if (name === undefined) return caller;
    const by = `'${name}' (by the token, from ${address})`;
    return { mayControl: true, mayLook: true, uid: undefined, by };
  }

  #control(request: HttpRequest, client: HttpClient): HttpResponse {
    const { services } = this.#parts;
    if (!services.isControlled) return failure(404);
    const caller = this.#callerOf(request, client);
    const answer = import("./service_routes.ts").then(({ controlResponse }) =>
      controlResponse(request, caller, services)
    );
    return { kind: "later", response: answer };
  }

  #readyz(): Whole {
    const readiness = this.#parts.readiness();
    return readiness.ready
      ? whole(200, PLAIN, "ready\n")
      : whole(503, PLAIN, formatUnready(readiness));
  }

  #metrics(accept: string): Whole {
    const format = chooseMetricsFormat(accept);
    return whole(200, metricsContentType(format), formatMetrics(this.#parts.report(), format));
  }

  #page(request: HttpRequest, client: HttpClient): Whole {
    const showsLog = this.#callerOf(request, client).mayControl;
    const filter = showsLog ? readLogFilter(request.query) : NO_FILTER;
    if (!isFiltered(filter)) return pageOf(this.#makePage(showsLog), { hasForms: showsLog });
    const lines = chosenLines(this.#parts.lines(Infinity), filter, TAIL_LINES);
    return pageOf(renderPage(this.#parts.report(), lines, { filter }), { hasForms: true });
  }

  #makePage(showsLog: boolean): string {
    const { report, lines, nowMs, services } = this.#parts;
    const atMs = nowMs();
    const changes = this.#parts.changes();
    const made = this.#pages.get(showsLog);
    const isFresh = made !== undefined && made.changes === changes &&
      atMs - made.atMs < PAGE_FRESH_MS;
    if (isFresh) return made.text;
    const shown = showsLog ? lines(TAIL_LINES) : undefined;
    const text = renderPage(report(), shown, { canSignIn: services.gate !== undefined });
    this.#pages.set(showsLog, { atMs, changes, text });
    return text;
  }

  #isOwnHost(host: string | undefined): boolean {
    const { loopbackHost } = this.#parts;
    if (loopbackHost === undefined || host === undefined) return true;
    const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1").toLowerCase();
    return name === loopbackHost.toLowerCase() || name === "localhost" || name === "::1" ||
      /^127(?:\.\d{1,3}){3}$/.test(name);
  }
}

function addressOf({ address }: HttpClient): string {
  return address ?? "a UNIX socket";
}

function formatUnready({ why, unready }: Readiness): string {
  const first = why === undefined ? "not ready" : `not ready: ${why}`;
  return `${[first, ...unready.map((each) => `${each.name}: ${each.why}`)].join("\n")}\n`;
}

function readId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
