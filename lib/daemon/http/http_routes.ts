/** What is at which path of the status server. Knows no connection. */
import { chooseMetricsFormat, formatMetrics, metricsContentType } from "../../page/metrics.ts";
import { renderPage, SCRIPT_PATH, STYLE_PATH } from "../../page/page.ts";
import { PAGE_SCRIPT } from "../../page/page_script.ts";
import { PAGE_STYLE } from "../../page/page_style.ts";
import type { ContainerReport, LogLine } from "../../page/report.ts";
import { formatStatusJson } from "../../page/status_json.ts";
import type { Readiness } from "../../service/container_readiness.ts";
import type { HttpRequest } from "../../wire/http_message.ts";
import type { Caller } from "../../base/caller.ts";
import { failure, type HttpResponse, pageOf, PLAIN, type Whole, whole } from "./http_response.ts";
import type { ServiceParts } from "./service_parts.ts";

export interface HttpRoutesParts {
  readonly readiness: () => Readiness;
  readonly report: () => ContainerReport;
  readonly lines: () => readonly LogLine[];
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
  /** Whether what services write may be shown; asked for only where that matters. */
  mayReadLogs(): boolean;
  /** Who it is, by what the kernel says. */
  caller(): Caller;
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
        return this.#page(client);
      case STYLE_PATH:
        return whole(200, "text/css; charset=utf-8", PAGE_STYLE);
      case SCRIPT_PATH:
        return whole(200, "text/javascript; charset=utf-8", PAGE_SCRIPT);
      default:
        return path.startsWith("/service/") ? this.#service(request, client) : failure(404);
    }
  }

  #service(request: HttpRequest, client: HttpClient): HttpResponse {
    const { services } = this.#parts;
    const answer = import("./service_routes.ts").then(({ serviceResponse }) =>
      serviceResponse(request, client.caller(), services)
    );
    return { kind: "later", response: answer };
  }

  #control(request: HttpRequest, client: HttpClient): HttpResponse {
    const { services } = this.#parts;
    if (!services.isControlled) return failure(404);
    const answer = import("./service_routes.ts").then(({ controlResponse }) =>
      controlResponse(request, client.caller(), services)
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

  #page(client: HttpClient): Whole {
    return pageOf(this.#makePage(client.mayReadLogs()));
  }

  #makePage(showsLog: boolean): string {
    const { report, lines, nowMs } = this.#parts;
    const atMs = nowMs();
    const changes = this.#parts.changes();
    const made = this.#pages.get(showsLog);
    const isFresh = made !== undefined && made.changes === changes &&
      atMs - made.atMs < PAGE_FRESH_MS;
    if (isFresh) return made.text;
    const text = renderPage(report(), showsLog ? lines() : undefined);
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

function formatUnready({ why, unready }: Readiness): string {
  const first = why === undefined ? "not ready" : `not ready: ${why}`;
  return `${[first, ...unready.map((each) => `${each.name}: ${each.why}`)].join("\n")}\n`;
}

function readId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
