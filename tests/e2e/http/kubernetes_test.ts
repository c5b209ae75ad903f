/**
 * The pod of config/kubernetes, run by `podman kube play` without network and without capabilities
 * on a read-only root. podman's own probes need curl in the image and systemd outside; so the test
 * asks as a kubelet does: from inside the pod's network, at the paths and ports that the file says.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { containerTest } from "../harness/requirements.ts";
import { ensureImage } from "../harness/images.ts";
import { waitUntil } from "../harness/output.ts";
import { type ExecResult, mustRun, runCommand } from "../harness/running.ts";

const POD = new URL("../../../config/kubernetes/pod.yaml", import.meta.url);
const RESTRICTED = new URL("../../../config/kubernetes/restricted.yaml", import.meta.url);

/** Limits that a nested runtime may set, instead of those of the distribution. */
const ENGINE = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
`;

/** Prints the status and the first line of the body. */
const ASK = `import sys, urllib.request, urllib.error
try:
  answer = urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as error:
  answer = error
except urllib.error.URLError as error:
  sys.exit(print("0", error.reason))
print(answer.status, answer.read().decode().splitlines()[0])`;

class Pod implements AsyncDisposable {
  readonly #directory: string;
  readonly #name: string;
  readonly #volumes: readonly string[];

  private constructor(directory: string, name: string, volumes: readonly string[]) {
    this.#directory = directory;
    this.#name = name;
    this.#volumes = volumes;
  }

  static async play(text: string): Promise<Pod> {
    const directory = await Deno.makeTempDir({ prefix: "chaperone-e2e-" });
    const name = directory.slice(directory.lastIndexOf("-") + 1);
    // What the file calls its ConfigMap, podman calls a volume.
    const volumes = [...text.matchAll(/^ +name: (\w+-chaperone)$/gm)].map(([, each = ""]) => each);
    const pod = new Pod(directory, `pod-${name}`, [...new Set(volumes)]);
    const image = await ensureImage("scratch");
    await Deno.writeTextFile(`${directory}/containers.conf`, ENGINE);
    await Deno.writeTextFile(
      pod.#file,
      text.replace(/\bname: web$/gm, `name: ${pod.#name}`)
        .replace("localhost/chaperone:latest", image),
    );
    const played = await pod.podman("kube", "play", "--network=none", pod.#file);
    if (played.code === 0) return pod;
    await pod[Symbol.asyncDispose]();
    throw new Error(`podman kube play ended with ${played.code}: ${played.stderr}`);
  }

  get #file(): string {
    return `${this.#directory}/pod.yaml`;
  }

  get container(): string {
    return `${this.#name}-${this.#name}`;
  }

  async podman(...args: string[]): Promise<ExecResult> {
    const variable = `CONTAINERS_CONF=${this.#directory}/containers.conf`;
    return await runCommand(["env", variable, "podman", "--runtime", "runc", ...args], {
      limitMs: 60_000,
    });
  }

  async inspect(format: string): Promise<string> {
    return (await this.podman("inspect", "--format", format, this.container)).stdout.trim();
  }

  /** Asks from inside the pod's network. */
  async ask(path: string, port: string): Promise<string> {
    const pid = await this.inspect("{{.State.Pid}}");
    const url = `http://127.0.0.1:${port}${path}`;
    const line = ["nsenter", "--target", pid, "--net", "/usr/bin/python3", "-c", ASK, url];
    return (await mustRun(line)).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.podman("pod", "rm", "--force", "--time=0", this.#name);
    await this.podman("volume", "rm", "--force", ...this.#volumes);
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** Reads what a probe of the file asks for. */
function probe(text: string, name: string): { path: string; port: string } {
  const match = new RegExp(`${name}Probe:\\s+httpGet: \\{ path: (\\S+), port: (\\d+) \\}`).exec(
    text,
  );
  return { path: match?.[1] ?? "", port: match?.[2] ?? "" };
}

containerTest("the pod passes its probes, drains, and ends within its grace period", async () => {
  const text = await Deno.readTextFile(POD);
  await using pod = await Pod.play(text);
  for (const name of ["startup", "readiness"]) {
    const { path, port } = probe(text, name);
    assertEquals(path, "/readyz");
    await waitUntil(
      async () => (await pod.ask(path, port)) === "200 ready" ? true : undefined,
      `the ${name} probe`,
    );
  }
  const live = probe(text, "liveness");
  assertEquals(await pod.ask(live.path, live.port), "200 alive");
  const inside = await pod.podman("exec", pod.container, "/chaperone", "health");
  assertEquals([inside.code, inside.stdout], [0, "ready\n"], inside.stderr);
  const preStop = /preStop:\s+exec: \{ command: \[(.*)\] \}/.exec(text)?.[1]?.split(", ") ?? [];
  const said = await pod.podman("exec", pod.container, ...preStop);
  assertEquals(said.code, 0, said.stderr);
  assertStringIncludes(said.stdout, "check.service");
  const grace = Number(/terminationGracePeriodSeconds: (\d+)/.exec(text)?.[1]);
  const beganMs = performance.now();
  const stopping = pod.podman("stop", `--time=${grace}`, pod.container);
  const { path, port } = probe(text, "readiness");
  await waitUntil(
    async () => (await pod.ask(path, port)).startsWith("503 not ready: shut") ? true : undefined,
    "readiness to be off while draining",
  );
  const stopped = await stopping;
  assertEquals(stopped.code, 0, stopped.stderr);
  assert(performance.now() - beganMs < grace * 1000);
  assertEquals(await pod.inspect("{{.State.Status}} {{.State.ExitCode}}"), "exited 0");
  const logs = await pod.podman("logs", pod.container);
  assertMatch(logs.stdout + logs.stderr, /exit 0: SIGTERM was received/);
});

/** Returns the value of a line of /proc/PID/status. */
async function statusLine(pid: string, name: string): Promise<string> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  return new RegExp(`^${name}:\\s+(.*)$`, "m").exec(text)?.[1] ?? "";
}

containerTest("the pod of the restricted profile runs as it must, is ready, and ends", async () => {
  const text = await Deno.readTextFile(RESTRICTED);
  await using pod = await Pod.play(text);
  const { path, port } = probe(text, "readiness");
  await waitUntil(
    async () => (await pod.ask(path, port)) === "200 ready" ? true : undefined,
    "the pod to be ready",
  );
  const pid = await pod.inspect("{{.State.Pid}}");
  assertEquals(await statusLine(pid, "Uid"), "10001\t10001\t10001\t10001");
  assertEquals(await statusLine(pid, "CapEff"), "0".repeat(16));
  assertEquals(await statusLine(pid, "CapBnd"), "0".repeat(16));
  assertEquals(await statusLine(pid, "NoNewPrivs"), "1");
  assertEquals(await statusLine(pid, "Seccomp"), "2");
  const mounts = await Deno.readTextFile(`/proc/${pid}/mountinfo`);
  assertMatch(mounts, /^\S+ \S+ \S+ \S+ \/ ro,/m);
  const asked = await pod.podman("exec", pod.container, "/chaperone", "telchap", "status");
  assertStringIncludes(asked.stdout, "check.service", asked.stderr);
  const grace = /terminationGracePeriodSeconds: (\d+)/.exec(text)?.[1];
  const stopped = await pod.podman("stop", `--time=${grace}`, pod.container);
  assertEquals(stopped.code, 0, stopped.stderr);
  assertEquals(await pod.inspect("{{.State.Status}} {{.State.ExitCode}}"), "exited 0");
});
