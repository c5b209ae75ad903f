/**
 * The configurations of the images that were shipped with 0.3.9, in shape: they load as they are.
 */
import { assertEquals } from "@std/assert";
import type { Config } from "../../../lib/config/model.ts";
import { test } from "../../test.ts";
import { load, serviceOf } from "./loading.ts";

const IMAGES = new URL("../../fixtures/images/", import.meta.url);

/** Reads the directory of an image; images lie on top of the base image, file by file. */
function filesOfImage(image: string): Record<string, string> {
  const directory = new URL(`${image}/chaperone.d/`, IMAGES);
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
  return Object.fromEntries(
    names.map((
      name,
    ) => [`/apps/chaperone.d/${name}`, Deno.readTextFileSync(new URL(name, directory))]),
  );
}

function loadImage(image: string, options = {}): Config {
  const files = { ...filesOfImage("baseimage"), ...filesOfImage(image) };
  return load({ path: "/apps/chaperone.d", files, options: { user: "app", ...options } });
}

const SERVICES: Readonly<Record<string, readonly string[]>> = {
  baseimage: ["startup", "sample", "logrotate"],
  alpinejava: ["startup", "sample", "logrotate"],
  apache: ["startup", "apache2", "sample", "logrotate"],
  lamp: ["startup", "mysql", "apache2", "sample", "logrotate"],
  lemp: ["startup", "mysql", "phpfpm", "nginx", "sample", "logrotate"],
  "alpine-nginx-php": ["startup", "phpfpm", "nginx", "sample", "logrotate"],
  "nginx-django": ["startup", "uwsgi", "nginx", "sample", "logrotate"],
  "alpine-nginx-django": ["startup", "uwsgi", "nginx", "sample", "logrotate"],
};

for (const [image, names] of Object.entries(SERVICES)) {
  test(`loadConfig loads the image ${image} without complaint`, () => {
    const config = loadImage(image);
    assertEquals(config.services.map(({ name }) => name), names.map((name) => `${name}.service`));
    assertEquals(config.warnings, []);
    for (const { environment, argv } of config.services) {
      assertEquals(environment.value("APPS_DIR"), "/apps");
      assertEquals(argv.filter((word) => word.includes("$(")), []);
    }
  });
}

test("loadConfig reads the base image as 0.3.9 did", () => {
  const config = loadImage("baseimage");
  const startup = serviceOf(config, "startup.service");
  assertEquals([startup.groups, startup.before], [["INIT"], [
    "default",
    "database",
    "application",
  ]]);
  assertEquals([startup.processTimeoutText, startup.argv], [
    "600",
    ["/bin/bash", "/apps/etc/init.sh"],
  ]);
  const logrotate = serviceOf(config, "logrotate.service");
  assertEquals([logrotate.enabled, logrotate.cron?.interval], [false, "@daily"]);
  assertEquals(logrotate.directory, "/apps/var/run");
  const sample = serviceOf(config, "sample.service");
  assertEquals(sample.argv, ["/apps/bin/sample", "--interactive", "0"]);
  assertEquals(sample.environment.launch().CHAP_SERVICE_NAME, "sample.service");
  assertEquals(config.loggings.map(({ name, enabled, file }) => [name, enabled, file]), [
    ["syslog.logging", true, "/apps/var/log/syslog-%d.log"],
    ["console.logging", true, undefined],
  ]);
});

test("loadConfig takes the second of two equal logging sections of an image", () => {
  for (const [image, name] of [["lamp", "apache2"], ["lemp", "nginx"]] as const) {
    const logging = loadImage(image).loggings.find((one) => one.name === `${name}.logging`);
    assertEquals([logging?.stderr, logging?.selector], [true, "local1.err"]);
  }
});

test("loadConfig gives services of an image the user that --user names, or their own", () => {
  assertEquals(serviceOf(loadImage("apache"), "apache2.service").identity?.userName, "app");
  const config = loadImage("apache", { user: undefined });
  assertEquals(serviceOf(config, "apache2.service").identity?.userName, "www-data");
});

test("loadConfig finds the pid file of nginx in the service's own environment", () => {
  const { pidfile, killSignal, type, optional } = serviceOf(loadImage("lemp"), "nginx.service");
  assertEquals([pidfile, killSignal, type, optional], ["/tmp/nginx.pid", 3, "forking", true]);
});
