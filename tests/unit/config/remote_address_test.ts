import { assertEquals } from "@std/assert";
import { formatRemoteAddress, parseRemoteAddress } from "../../../lib/config/remote_address.ts";
import { test } from "../../test.ts";

test("parseRemoteAddress understands every form of syslog_host", () => {
  const rows: [string, string][] = [
    ["logs", "udp://logs:514"],
    ["logs.example.org:1514", "udp://logs.example.org:1514"],
    ["10.0.0.1", "udp://10.0.0.1:514"],
    ["::1", "udp://[::1]:514"],
    ["[::1]", "udp://[::1]:514"],
    ["[fe80::1%eth0]:99", "udp://[fe80::1%eth0]:99"],
    ["udp://logs", "udp://logs:514"],
    ["tcp://logs", "tcp://logs:514"],
    ["TLS://logs", "tls://logs:6514"],
    ["tls://[2001:db8::2]:7000", "tls://[2001:db8::2]:7000"],
    ["otlp+http://logs", "otlp+http://logs:4318"],
    ["otlp+https://logs", "otlp+https://logs:4318"],
    ["logs:1", "udp://logs:1"],
    ["logs:65535", "udp://logs:65535"],
    ["OTLP+https://[::1]:1/x", "otlp+https://[::1]:1"],
  ];
  for (const [text, expected] of rows) {
    const address = parseRemoteAddress(text);
    assertEquals(address && formatRemoteAddress(address), expected, text);
  }
});

test("parseRemoteAddress posts to /v1/logs, or to the path that is named", () => {
  for (
    const [text, path] of [
      ["otlp+http://h", "/v1/logs"],
      ["otlp+http://h:4318/", "/v1/logs"],
      ["otlp+https://h/otlp/v1/logs?key=1", "/otlp/v1/logs?key=1"],
      ["tcp://h", undefined],
    ] as const
  ) assertEquals(parseRemoteAddress(text)?.path, path, text);
});

test("parseRemoteAddress refuses what is no log host", () => {
  for (
    const text of [
      "",
      "a b",
      "http://logs",
      "logs:",
      "logs:0",
      "logs:65536",
      "[::1",
      "a/b",
      "tcp://a/b",
    ]
  ) {
    assertEquals(parseRemoteAddress(text), undefined, text);
  }
});
