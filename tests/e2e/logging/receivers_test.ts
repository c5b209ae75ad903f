/** A real receiver: Debian's rsyslogd gets what chaperone sends over UDP, TCP and TLS. */
import { assertEquals } from "@std/assert";
import { makeCertificate } from "../../integration/sinks/certificate.ts";
import { inNamespace, type NamespaceRun } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { DATE, openSender, readLines } from "../harness/syslog.ts";

const RECORDS = 400;

const RSYSLOG = `
module(load="imudp")
module(load="imtcp")
template(name="line" type="string" string="%pri% %HOSTNAME% %programname%:%msg% %structured-data%\\n")
ruleset(name="udp") { action(type="omfile" file="FOLDER/udp" template="line") }
ruleset(name="tcp") { action(type="omfile" file="FOLDER/tcp" template="line") }
ruleset(name="tls") { action(type="omfile" file="FOLDER/tls" template="line") }
input(type="imudp" port="514" ruleset="udp")
input(type="imtcp" port="601" ruleset="tcp")
input(type="imtcp" port="6514" ruleset="tls" StreamDriver.Name="gtls" StreamDriver.Mode="1"
  StreamDriver.AuthMode="anon")
`;

const GLOBAL = `global(workDirectory="FOLDER/tmp" defaultNetstreamDriverCAFile="FOLDER/cert.pem"
  defaultNetstreamDriverCertFile="FOLDER/cert.pem" defaultNetstreamDriverKeyFile="FOLDER/key.pem")
`;

const SECTIONS = `
udp.logging: { syslog_host: "localhost", selector: "user.*", logrec_hostname: box }
tcp.logging: { syslog_host: "tcp://localhost:601", selector: "user.*", logrec_hostname: box }
tls.logging: {
  syslog_host: "tls://localhost", tls_ca_file: "$(TEST_DIR)/cert.pem", format: rfc5424,
  selector: "user.*", logrec_hostname: box,
}
own.logging: { file: "$(TEST_DIR)/own", selector: "[chaperone].warn" }
`;

async function startReceiver(): Promise<NamespaceRun> {
  const folder = await Deno.makeTempDir();
  try {
    const [cert, key] = await makeCertificate(folder);
    const start = `#!/bin/sh
sed -i "s|FOLDER|$TEST_DIR|g" "$TEST_DIR/rsyslog.conf"
exec rsyslogd -n -f "$TEST_DIR/rsyslog.conf" -i "$TEST_DIR/tmp/pid"
`;
    return await inNamespace({
      config: `rsyslog.service: { command: "$(TEST_DIR)/start" }\n${SECTIONS}`,
      files: { start, "rsyslog.conf": GLOBAL + RSYSLOG, "cert.pem": cert, "key.pem": key },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** 0x202 is 514. Receivers of TCP are waited for by chaperone itself. */
async function waitForUdp(run: NamespaceRun): Promise<void> {
  await waitUntil(
    async () => (await run.exec(["cat", "/proc/net/udp"])).stdout.includes(":0202 ") || undefined,
    () => `rsyslogd; output:\n${run.output.format()}`,
  );
}

namespaceTest("rsyslogd receives every record over UDP, TCP and TLS, in order", async () => {
  await using run = await startReceiver();
  await waitForUdp(run);
  using sender = await openSender(run);
  for (let i = 0; i < RECORDS; i++) {
    await sender.send(`<13>${DATE} prog[7]: número ${i}`);
    // A receiver's socket has little room for datagrams that come at once.
    if (i % 20 === 19) await waitForCount(run, "udp", i + 1);
  }
  for (const transport of ["udp", "tcp", "tls"]) {
    const lines = await waitForCount(run, transport, RECORDS);
    const expected = Array.from({ length: RECORDS }, (_, i) => {
      const blank = transport === "tls" ? "" : " ";
      return `13 box prog:${blank}número ${i} -`;
    });
    assertEquals(lines, expected, transport);
  }
  // rsyslogd listens for TCP a little later than for UDP; records wait for it.
  const said = (await readLines(`${run.directory}/own`)).filter((line) => /dropped/.test(line));
  assertEquals(said.filter((line) => !line.endsWith("again, no record was dropped")), []);
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["rsyslogd", "openssl"]);

async function waitForCount(run: NamespaceRun, name: string, count: number): Promise<string[]> {
  return await waitUntil(async () => {
    const lines = await readLines(`${run.directory}/${name}`);
    return lines.length >= count ? lines : undefined;
  }, `${count} records over ${name}`);
}
