/**
 * What readiness and health cost: the share of a core that 100 services take whose health is
 * checked every second, and the time that each link of a chain of 50 services adds. Needs root and
 * dist/chaperone.
 *
 *     deno run -A tests/bench/readiness_bench.ts
 */
import { inNamespace } from "../e2e/harness/namespace.ts";
import { configuration, type Section } from "../e2e/scenario.ts";

const MEASURED_MS = 10_000;
const SETTLING_MS = 3000;
const SERVICES = 100;
const LINKS = 50;
const TICKS_A_SECOND = 100;

const INFO: Section = { selector: "*.info", stdout: true };
const SERVER = `#!/usr/bin/python3
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
Server(("127.0.0.1", 8000), Handler).serve_forever()
`;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Processor time of a process so far, in seconds. */
function processorTime(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

async function measureHealth(kind: string, health: Section | undefined): Promise<void> {
  const sections: Record<string, Section> = {
    "console.logging": INFO,
    "web.service": { command: "$(TEST_DIR)/server", ready: { tcp: 8000 } },
  };
  for (let i = 0; i < SERVICES; i++) {
    sections[`s${i}.service`] = { command: "sleep 1000", after: "web.service", ...health };
  }
  await using run = await inNamespace({
    config: configuration(sections),
    files: { server: SERVER },
  });
  await run.waitForProcesses((all) =>
    all.filter(({ name }) => name === "sleep").length === SERVICES
  );
  await pause(SETTLING_MS);
  const pid = await run.initPid();
  const before = processorTime(pid);
  await pause(MEASURED_MS);
  const share = (processorTime(pid) - before) / (MEASURED_MS / 1000) * 100;
  say(`${SERVICES} services, health ${kind} every second: ${share.toFixed(1)} % of a core`);
}

async function measureChain(kind: string, link: (i: number) => Section): Promise<void> {
  const sections: Record<string, Section> = { "console.logging": INFO };
  for (let i = 0; i < LINKS; i++) {
    sections[`s${i}.service`] = { ...link(i), ...(i === 0 ? {} : { after: `s${i - 1}.service` }) };
  }
  sections["end.service"] = { command: "/bin/echo all is up", after: `s${LINKS - 1}.service` };
  await using run = await inNamespace({ config: configuration(sections) });
  await run.waitForLine(/version .*, ready\.$/);
  const beganMs = performance.now();
  await run.waitForLine(/end\[\d+\]: all is up$/);
  const each = (performance.now() - beganMs) / LINKS;
  say(`chain of ${LINKS}, ready ${kind}: ${each.toFixed(1)} ms a link`);
}

const every = { interval: 1 };
await measureHealth("none", undefined);
await measureHealth("tcp", { health: { tcp: 8000, ...every } });
await measureHealth("http", { health: { http: "http://127.0.0.1:8000/", ...every } });
await measureHealth("exec", { health: { exec: ["/bin/true"], ...every } });
const server = (i: number) => `busybox nc -ll -p ${9000 + i} -e cat`;
await measureChain("tcp", (i) => ({ command: server(i), ready: { tcp: 9000 + i } }));
await measureChain("listen", (i) => ({ command: server(i), ready: { listen: 9000 + i } }));
await measureChain("log", () => ({
  command: "/bin/sh -c 'echo up; exec sleep 1000'",
  ready: { log: "^up$" },
}));
await measureChain("fd", () => ({
  command: "/bin/sh -c 'echo >&3; exec sleep 1000'",
  ready: { fd: 3 },
}));
await measureChain("notify", () => ({ command: "systemd-notify --ready", type: "notify" }));
