import { assert, assertEquals } from "@std/assert";
import { parseHealth } from "../../../lib/commands/health_command.ts";
import { healthArguments } from "../../../lib/commands/health_call.ts";
import { isLoopback, parseHttpPlace, parseHttpTarget } from "../../../lib/config/http_place.ts";
import { test } from "../../test.ts";

test("healthArguments leaves a command named health to process 1", () => {
  assertEquals(healthArguments("chaperone", ["health", "-q"], false), ["-q"]);
  assertEquals(healthArguments("chaperone", ["health"], true), undefined);
  assertEquals(healthArguments("chaperone", ["--force", "health"], false), undefined);
  assertEquals(healthArguments("chaperone", [], false), undefined);
  assertEquals(healthArguments("chaperone-health", ["unix:/x"], true), ["unix:/x"]);
});

test("parseHealth reads place and options", () => {
  assertEquals(parseHealth([]), { kind: "ask", timeoutMs: 3000, quiet: false });
  assertEquals(parseHealth(["-q", "--timeout=0.5", "--config", "/x", "127.0.0.1:80"]), {
    kind: "ask",
    target: { place: { kind: "tcp", host: "127.0.0.1", port: 80 }, path: "/readyz" },
    config: "/x",
    timeoutMs: 500,
    quiet: true,
  });
  assertEquals(parseHealth(["--help"]).kind, "print");
});

test("parseHealth refuses what it cannot ask", () => {
  for (const args of [["a b"], ["--timeout=0"], ["--timeout=x"], ["a:1", "b:2"], ["--nope"]]) {
    const parsed = parseHealth(args);
    assert(parsed.kind === "usage" && parsed.lines.includes("Usage:"), args.join(" "));
  }
});

test("parseHttpTarget reads places and URLs, and asks a server on all addresses at the nearest", () => {
  const texts: [text: string, place: string, path: string][] = [
    ["127.0.0.1:9100", "127.0.0.1 9100", "/readyz"],
    ["0.0.0.0:9100", "127.0.0.1 9100", "/readyz"],
    ["*:9100", "127.0.0.1 9100", "/readyz"],
    ["[::]:9100", "::1 9100", "/readyz"],
    ["http://[::1]:9100/livez", "::1 9100", "/livez"],
    ["http://localhost/", "localhost 80", "/readyz"],
    ["http://localhost:1/x?y=1", "localhost 1", "/x?y=1"],
  ];
  for (const [text, place, path] of texts) {
    const target = parseHttpTarget(text);
    const found = target?.place.kind === "tcp" && `${target.place.host} ${target.place.port}`;
    assertEquals([found, target?.path], [place, path], text);
  }
  assertEquals(parseHttpTarget("unix:/run/x"), {
    place: { kind: "unix", path: "/run/x" },
    path: "/readyz",
  });
  for (const text of ["https://x/", "x", "unix:x", "http://", ":80"]) {
    assertEquals(parseHttpTarget(text), undefined, text);
  }
});

test("isLoopback knows which places only this host can reach", () => {
  const places = [
    "127.0.0.1:1",
    "[::1]:1",
    "localhost:1",
    "unix:/x",
    "0.0.0.0:1",
    "10.0.0.1:1",
    "[::]:1",
  ];
  const verdicts = places.map((text) => {
    const place = parseHttpPlace(text);
    return place && isLoopback(place);
  });
  assertEquals(verdicts, [true, true, true, true, false, false, false]);
});
