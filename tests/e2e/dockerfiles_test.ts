/**
 * The images of config/images: each is built from its Dockerfile, and a container of it starts
 * services, answers its HEALTHCHECK, and ends in order and with status 0 when it is stopped as
 * `docker stop` does it.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../lib/base/version.ts";
import { type ContainerRun, inContainer } from "./harness/container.ts";
import { waitUntil } from "./harness/output.ts";
import { containerTest } from "./harness/requirements.ts";
import { mustRun, runCommand } from "./harness/running.ts";
import {
  dockerfileOf,
  ensureMuslBase,
  ensureShipped,
  SHIPPED,
  type ShippedName,
} from "./harness/shipped_images.ts";
import { DIST } from "./harness/namespace.ts";
import { sh, STAYS } from "./scenario.ts";

/** podman has probes made by systemd, which may not be there; the test asks itself. */
const WITHOUT_TIMER = { DISABLE_HC_SYSTEMD: "true" };
const HEALTH_LIMIT_MS = 20_000;
/** Programs that an image of this name needs to be made here. */
const toMake = (image: ShippedName) => image === "image:alpine" ? ["musl-gcc"] : [];

async function startTwo(image: ShippedName): Promise<ContainerRun> {
  const command = image === "image:alpine" ? "/bin/stays" : sh(STAYS);
  return await inContainer({
    image,
    applets: image === "image:scratch" ? ["sh", "sleep"] : [],
    files: {
      // What is shown, and where the check asks, is up to the image's own file beside it.
      "/etc/chaperone.d/500-app.conf": JSON.stringify({
        "db.service": { command, uid: "nobody" },
        "web.service": { command, after: "db.service" },
      }),
    },
    podmanEnv: WITHOUT_TIMER,
  });
}

/** Runs the image's HEALTHCHECK; returns its exit status and what it said. */
async function checkHealth(run: ContainerRun): Promise<{ code: number; said: string }> {
  const check = ["env", "DISABLE_HC_SYSTEMD=true", "podman", "--runtime", "runc", "healthcheck"];
  const { code } = await runCommand([...check, "run", run.name], { limitMs: HEALTH_LIMIT_MS });
  const format = "{{range .State.Health.Log}}{{.Output}};{{end}}";
  const log = await mustRun(["podman", "inspect", "--format", format, run.name]);
  return { code, said: log.trim().split(";").at(-2) ?? "" };
}

for (const image of SHIPPED) {
  containerTest(
    `${image} is healthy while its services are up, and stops them in order`,
    async () => {
      await using run = await startTwo(image);
      await run.waitForLine(/ db\[\d+\]: up$/);
      await run.waitForLine(/ web\[\d+\]: up$/);
      await waitUntil(
        async () => (await checkHealth(run)).code === 0 ? true : undefined,
        () => `the check to pass; output:\n${run.output.format()}`,
      );
      const stopped = await run.exec(["telchap", "stop", "--wait", "web"]);
      assertEquals(stopped.code, 0, stopped.stderr);
      const { code, said } = await checkHealth(run);
      assertEquals(code, 1);
      assertStringIncludes(said, "web.service");
      const again = await run.exec(["telchap", "start", "--wait", "web"]);
      assertEquals(again.code, 0, again.stderr);
      const from = run.output.lines.length;
      await mustRun(["podman", "stop", "--time=10", run.name]);
      assertEquals(await run.waitForExit(), 0);
      const last = run.output.lines.slice(from).map(({ text }) => text);
      const order = last.flatMap((line) => / (db|web)\[\d+\]: got TERM$/.exec(line)?.[1] ?? []);
      assertEquals(order, ["web", "db"]);
      assertMatch(
        last.filter((line) => line !== "").at(-1) ?? "",
        /: exit 0: SIGTERM was received$/,
      );
    },
    toMake(image),
  );

  containerTest(`${image} says what it is, how it is checked, and how it is stopped`, async () => {
    const tag = await ensureShipped(image);
    const [facts] = JSON.parse(await mustRun(["podman", "image", "inspect", tag]));
    assertEquals(facts.Config.StopSignal, "SIGTERM");
    assertEquals(facts.Config.Entrypoint, ["/chaperone"]);
    assertEquals(facts.HealthCheck?.Test ?? facts.Healthcheck?.Test, [
      "CMD",
      "/chaperone",
      "health",
    ]);
    const label = (name: string) => facts.Labels[`org.opencontainers.image.${name}`];
    assertEquals(label("version"), VERSION);
    assertEquals(label("licenses"), "Apache-2.0");
    assert(label("title") !== undefined && label("description") !== undefined);
  }, toMake(image));

  containerTest(`${image} runs as any user on a root that cannot be written`, async () => {
    await using run = await inContainer({
      image,
      args: ["--task", "/chaperone", "--version"],
      podman: ["--user=1000:1000", "--read-only", "--read-only-tmpfs=false", "--cap-drop=all"],
      podmanEnv: WITHOUT_TIMER,
    });
    assertEquals(await run.waitForExit(), 0, run.output.format());
    assertStringIncludes(run.output.texts("stdout").join("\n"), VERSION);
  }, toMake(image));
}

containerTest("beside musl, chaperone uses its own C library and services use theirs", async () => {
  await using run = await startTwo("image:alpine");
  await run.waitForLine(/ web\[\d+\]: up$/);
  const libraries = async (pid: number) =>
    [...(await Deno.readTextFile(`/proc/${pid}/maps`)).matchAll(/ (\/\S+\.so[\w.]*)$/gm)]
      .map(([, path = ""]) => path);
  const own = await libraries(await run.initPid());
  assert(own.some((path) => path.endsWith("/libc.so.6")), own.join());
  assert(own.every((path) => !path.includes("musl")), own.join());
  const services = (await run.processes()).filter(({ name }) => name === "stays");
  assertEquals(services.length, 2);
  for (const { outerPid } of services) {
    assertMatch((await libraries(outerPid)).join(), /^(?:\/lib\/ld-musl-[\w.-]+,?)+$/);
  }
}, ["musl-gcc"]);

containerTest("without its C library, the binary does not start on musl", async () => {
  const base = await ensureMuslBase();
  const limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"];
  const mount = ["--volume", `${DIST}/chaperone:/chaperone:ro`];
  const line = ["podman", "--runtime", "runc", "run", "--rm", "--network=none", ...limits];
  const result = await runCommand([...line, ...mount, base, "/chaperone", "--version"]);
  assert(result.code !== 0);
  assertStringIncludes(result.stderr, "exec /chaperone: no such file or directory");
}, ["musl-gcc"]);

containerTest(
  "an image for another architecture is built of its own root, without emulation",
  async () => {
    const context = await Deno.makeTempDir({ prefix: "chaperone-e2e-" });
    const tag = `localhost/chaperone-test-foreign:${context.slice(context.lastIndexOf("-") + 1)}`;
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => Deno.remove(context, { recursive: true }));
    await Deno.mkdir(`${context}/dist/rootfs-arm64`, { recursive: true });
    await Deno.writeTextFile(`${context}/dist/rootfs-arm64/chaperone`, "made for arm64\n");
    await Deno.mkdir(`${context}/config/images/chaperone.d`, { recursive: true });
    const options = [
      "--quiet",
      "--layers=false",
      "--network=none",
      "--format=docker",
      "--tag",
      tag,
    ];
    const foreign = ["--platform=linux/arm64", "--build-arg=ROOTFS=dist/rootfs-arm64"];
    const file = new URL(`../../${dockerfileOf("image:scratch")}`, import.meta.url).pathname;
    cleanup.defer(async () => void await runCommand(["podman", "rmi", tag]));
    await mustRun(["podman", "build", ...options, ...foreign, "--file", file, context]);
    const format = "{{.Os}} {{.Architecture}}";
    const platform = await mustRun(["podman", "image", "inspect", "--format", format, tag]);
    assertEquals(platform.trim(), "linux arm64");
  },
);
