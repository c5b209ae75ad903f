import { assertEquals } from "@std/assert";
import {
  formatRemoteAddress,
  parseRemoteAddress,
} from "../../../../lib/daemon/sinks/remote_address.ts";
import { test } from "../../../test.ts";

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
  ];
  for (const [text, expected] of rows) {
    const address = parseRemoteAddress(text);
    assertEquals(address && formatRemoteAddress(address), expected, text);
  }
});

test("parseRemoteAddress refuses what is no log host", () => {
  for (const text of ["", "a b", "http://logs", "logs:", "logs:0", "logs:65536", "[::1", "a/b"]) {
    assertEquals(parseRemoteAddress(text), undefined, text);
  }
});
