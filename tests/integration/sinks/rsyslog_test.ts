/** A real receiver: Debian's rsyslogd, over UDP, TCP and TLS. Needs rsyslog and rsyslog-gnutls. */
import { assertEquals } from "@std/assert";
import { test } from "../test.ts";
import { makeCertificate } from "./certificate.ts";
import { append, createWorkbench, inDirectory, LIMIT_MS, open, until } from "./workbench.ts";

const RSYSLOGD = "/usr/sbin/rsyslogd";
const RECORDS = 500;

const isInstalled = [RSYSLOGD, `/usr/lib/${Deno.build.arch}-linux-gnu/rsyslog/lmnsd_gtls.so`].every(
  (path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  },
);

/** Finds ports that nobody uses at the moment. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ port: 0 }));
  const ports = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

function configuration(path: string, ports: { udp: number; tcp: number; tls: number }): string {
  return `
global(workDirectory="${path}" defaultNetstreamDriverCAFile="${path}/cert.pem"
  defaultNetstreamDriverCertFile="${path}/cert.pem" defaultNetstreamDriverKeyFile="${path}/key.pem")
module(load="imudp")
module(load="imtcp")
template(name="raw" type="string" string="%pri% %programname%:%msg%\\n")
ruleset(name="udp") { action(type="omfile" file="${path}/udp" template="raw") }
ruleset(name="tcp") { action(type="omfile" file="${path}/tcp" template="raw") }
ruleset(name="tls") { action(type="omfile" file="${path}/tls" template="raw") }
input(type="imudp" address="127.0.0.1" port="${ports.udp}" ruleset="udp")
input(type="imtcp" address="127.0.0.1" port="${ports.tcp}" ruleset="tcp")
input(type="imtcp" address="127.0.0.1" port="${ports.tls}" ruleset="tls" StreamDriver.Name="gtls"
  StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
`;
}

function lines(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").slice(0, -1);
  } catch {
    return [];
  }
}

if (isInstalled) {
  test("rsyslogd receives every record over UDP, TCP and TLS, in order", () =>
    inDirectory(async (path) => {
      await makeCertificate(path);
      const [udp, tcp, tls] = freePorts(3) as [number, number, number];
      await Deno.writeTextFile(`${path}/conf`, configuration(path, { udp, tcp, tls }));
      const receiver = new Deno.Command(RSYSLOGD, {
        args: ["-n", "-f", `${path}/conf`, "-i", `${path}/pid`],
        stderr: "null",
      }).spawn();
      const { set, reports } = createWorkbench();
      try {
        await until(
          "rsyslogd is up",
          () =>
            lines("/proc/net/udp").some((line) =>
              line.includes(`0100007F:${udp.toString(16).toUpperCase()} `)
            ),
        );
        const hosts = {
          udp: `127.0.0.1:${udp}`,
          tcp: `tcp://127.0.0.1:${tcp}`,
          tls: `tls://localhost:${tls}`,
        };
        const expected = Array.from({ length: RECORDS }, (_, i) => `13 test: número ${i}`);
        for (const [name, syslogHost] of Object.entries(hosts)) {
          const sink = open(set, { syslogHost, tlsCaFile: `${path}/cert.pem` });
          for (let i = 0; i < RECORDS; i++) {
            append(sink, `<13>Jul  3 09:00:00 box test: número ${i}`);
            if (i % 100 !== 0) continue;
            // More than its socket holds would be lost by UDP before it reads the first.
            await sink.drain(LIMIT_MS);
            await until(name, () => lines(`${path}/${name}`).length > i || reports.length > 0);
          }
          await sink.drain(LIMIT_MS);
          await until(name, () => lines(`${path}/${name}`).length >= RECORDS || reports.length > 0);
          assertEquals([lines(`${path}/${name}`), reports], [expected, []]);
        }
      } finally {
        set.close();
        receiver.kill("SIGTERM");
        await receiver.status;
      }
    }));
}
