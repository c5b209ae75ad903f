/**
 * docs/troubleshooting.md, symptom by symptom: each is brought about, and what the page shows of it
 * is what the program prints. What a section says to write is run, too, where that takes no more
 * than this machine has.
 */
import { assertEquals } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { blocksOf, expectAnswer, sectionsOf, shownIn } from "./harness/shown.ts";
import { type Symptom, SYMPTOMS } from "./symptoms.ts";

const SECTIONS = sectionsOf("docs/troubleshooting.md");

/** What `--init` writes, but that nothing waits longer than a test needs it to. */
const LOG = `settings: {idle_delay: 0, startup_pause: 0.1}
console.logging: {selector: '*.warn;daemon,local5.info', stdout: true}
`;

/** So that `telchap check` finds it where an image has it. */
const PLACE = 'ln -sfn "$dir/chaperone.d" /etc/chaperone.d';

function configOf(symptom: Symptom): Record<string, string> {
  const { services, withoutLog } = symptom;
  const text = typeof services === "string" ? services : JSON.stringify(services);
  return { ...(withoutLog ? {} : { "010-start.conf": LOG }), "app.conf": text };
}

async function expectEnd(run: NamespaceRun, code: number | undefined): Promise<void> {
  if (code !== undefined) return assertEquals(await run.waitForExit(), code, run.output.format());
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

for (const [heading, symptom] of Object.entries(SYMPTOMS)) {
  namespaceTest(`docs/troubleshooting.md: ${heading}`, async () => {
    const section = SECTIONS.get(heading) ?? "";
    await using run = await inNamespace({
      setup: PLACE,
      ...symptom.options,
      config: configOf(symptom),
    });
    await symptom.act?.(run);
    for (const shown of shownIn(section)) await expectAnswer(run, shown);
    await expectEnd(run, symptom.code);
  });

  const { mended } = symptom;
  if (mended === undefined) continue;
  namespaceTest(`docs/troubleshooting.md: ${heading}: what to write`, async () => {
    const text = blocksOf(SECTIONS.get(heading) ?? "", "yaml").at(-1) ?? "";
    const { args: _, ...options } = symptom.options ?? {};
    await using run = await inNamespace({
      ...options,
      ...symptom.mendedOptions,
      config: { "010-start.conf": LOG, "app.conf": text },
    });
    await run.waitForLine(mended);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}
