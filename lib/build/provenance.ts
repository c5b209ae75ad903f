/**
 * Says from what a release was built and how, as SLSA wants it: an in-toto statement with the
 * predicate "provenance" of version 1. It holds no time, so that two builds say the same.
 */

/** A file or a source, by its checksum. */
export interface Material {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

export interface ProvenanceFacts {
  /** What was made: name and SHA-256. */
  readonly subjects: readonly Material[];
  /** What it was made from: the source's commit, the lock file, base runtimes, images. */
  readonly materials: readonly Material[];
  /** The words of the command. */
  readonly command: readonly string[];
  readonly targets: readonly string[];
  /** Of Deno that built. */
  readonly denoVersion: string;
  /** The sources were not those of the commit. */
  readonly isChanged: boolean;
}

/** Returns the text of the statement. */
export function formatProvenance(facts: ProvenanceFacts): string {
  const { subjects, materials, command, targets, denoVersion, isChanged } = facts;
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjects,
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:chaperone:deno-task-release:v1",
        externalParameters: { command, targets },
        internalParameters: isChanged ? { uncommittedChanges: true } : {},
        resolvedDependencies: materials,
      },
      runDetails: {
        builder: { id: "urn:chaperone:deno-task-release", version: { deno: denoVersion } },
      },
    },
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
}
