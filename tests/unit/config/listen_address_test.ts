import { assertEquals } from "@std/assert";
import {
  formatListenAddress,
  parseListen,
  parseListenSpec,
} from "../../../lib/config/listen_address.ts";
import { test } from "../../test.ts";

test("parseListen accepts ports, addresses and paths", () => {
  const table: [string, string | undefined][] = [
    ["8080", "8080"],
    ["udp://[::]:53", "udp://[::]:53"],
    ["/run/x", "/run/x"],
    ["unix:///run/x", "unix:///run/x"],
    ["unix:x", undefined],
    ["http://x:1", undefined],
    [" http=tcp://:80 ", "http=tcp://:80"],
  ];
  for (const [text, wanted] of table) assertEquals(parseListen(text), wanted, text);
});

test("parseListenSpec tells what kind of socket, where, and its name", () => {
  assertEquals(parseListenSpec("8080"), { address: { kind: "tcp", host: "*", port: 8080 } });
  assertEquals(parseListenSpec("dns=udp://[::1]:53"), {
    name: "dns",
    address: { kind: "udp", host: "::1", port: 53 },
  });
  assertEquals(parseListenSpec("/run/x=1"), { address: { kind: "unix", path: "/run/x=1" } });
  assertEquals(parseListenSpec("unix-dgram:/run/log"), {
    address: { kind: "unix-dgram", path: "/run/log" },
  });
});

test("formatListenAddress writes what messages show", () => {
  const written = (text: string) => {
    const spec = parseListenSpec(text);
    return spec && formatListenAddress(spec.address);
  };
  assertEquals(written("8080"), "tcp://*:8080");
  assertEquals(written("udp://[::1]:53"), "udp://[::1]:53");
  assertEquals(written("unix:/run/x"), "/run/x");
});
