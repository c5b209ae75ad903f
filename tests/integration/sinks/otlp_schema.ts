/**
 * The protocol's own definition (files .proto of OpenTelemetry), and whether a JSON value is a
 * message of it, in the JSON encoding of OTLP: names in camelCase, 64 bits as decimal text, enums as
 * numbers, ids as hexadecimal text; nothing that is not defined.
 */
import { fetchPackage } from "../../../lib/build/tools.ts";
import { sha256 } from "../../../lib/build/tools.ts";

const PACKAGE = { name: "@opentelemetry/otlp-grpc-exporter-base", version: "0.35.0" };
const FOLDER = "build/protos/opentelemetry/proto";

/** What is checked against is what it was when this was written. */
const FILES: Readonly<Record<string, string>> = {
  "logs/v1/logs.proto": "2dc43bf7c603a43f3e41664e390510fd4d67039c1ea80e8d678e694427666443",
  "common/v1/common.proto": "6e37601a9fd16ff872d167d525d0ed87647dbfd09510e82f6b63ae92a72ec02e",
  "resource/v1/resource.proto": "b8ea46501d3d4ba7057a1257e363eb8a335d17d7595c157802ffb0bb26c85796",
  "collector/logs/v1/logs_service.proto":
    "d44424d2de4d76e78ea9281c6e0758b04735be68cd80a02c979a080090f97682",
};

interface Field {
  readonly type: string;
  readonly isRepeated: boolean;
}

/** The fields of messages by name; an enum is a set of numbers. */
export type ProtoSchema = ReadonlyMap<string, ReadonlyMap<string, Field> | ReadonlySet<number>>;

/** Loads the definition of the request that carries logs. */
export async function loadLogsSchema(): Promise<ProtoSchema> {
  const folder = await fetchPackage(PACKAGE.name, PACKAGE.version);
  const schema = new Map<string, Map<string, Field> | Set<number>>();
  for (const [file, digest] of Object.entries(FILES)) {
    const bytes = await Deno.readFile(`${folder}/${FOLDER}/${file}`);
    if (await sha256(bytes) !== digest) throw new Error(`${file} is not what it was`);
    readDefinitions(new TextDecoder().decode(bytes), schema);
  }
  return schema;
}

function readDefinitions(text: string, schema: Map<string, Map<string, Field> | Set<number>>) {
  const plain = text.replace(/\/\/.*$/gm, "");
  for (const [, name = "", body = ""] of plain.matchAll(/^enum (\w+) \{([^}]*)\}/gm)) {
    const numbers = [...body.matchAll(/= *(\w+);/g)].map(([, number]) => Number(number));
    schema.set(name, new Set(numbers));
  }
  for (const [, name = "", body = ""] of plain.matchAll(/^message (\w+) \{\n?(.*?)^\}/gms)) {
    const fields = new Map<string, Field>();
    for (const line of body.split("\n")) {
      const found = /^ *(repeated )?([\w.]+) (\w+) = \d+(?: \[.*\])?;/.exec(line);
      if (found === null || found[2] === "option") continue;
      const camel = (found[3] ?? "").replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      const type = (found[2] ?? "").split(".").at(-1) ?? "";
      fields.set(camel, { type, isRepeated: found[1] !== undefined });
    }
    schema.set(name, fields);
  }
}

const is = (pattern: RegExp) => (value: unknown) =>
  typeof value === "string" && pattern.test(value);
const isWhole = (value: unknown) => Number.isInteger(value);

const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  bool: (value) => typeof value === "boolean",
  double: (value) => typeof value === "number",
  int64: is(/^-?\d+$/),
  fixed64: is(/^\d+$/),
  uint32: isWhole,
  fixed32: isWhole,
  bytes: is(/^(?:[0-9a-f]{2})+$/),
};

/** Lists what of a value is not as the message says; empty: all of it is. */
export function faultsOf(schema: ProtoSchema, message: string, value: unknown, at = ""): string[] {
  const definition = schema.get(message);
  if (definition === undefined) return [`${at}: no message ${message}`];
  if (definition instanceof Set) return definition.has(value) ? [] : [`${at}: ${value}`];
  if (typeof value !== "object" || value === null) return [`${at}: no object: ${value}`];
  const fields = definition as ReadonlyMap<string, Field>;
  return Object.entries(value).flatMap(([key, member]) => {
    const field = fields.get(key);
    const place = `${at}.${key}`;
    if (field === undefined) return [`${place}: not in ${message}`];
    if (!field.isRepeated) return faultsOfOne(schema, field.type, member, place);
    if (!Array.isArray(member)) return [`${place}: no list`];
    return member.flatMap((each, i) => faultsOfOne(schema, field.type, each, `${place}[${i}]`));
  });
}

function faultsOfOne(schema: ProtoSchema, type: string, value: unknown, at: string): string[] {
  const scalar = SCALARS[type];
  if (scalar === undefined) return faultsOf(schema, type, value, at);
  return scalar(value) ? [] : [`${at}: no ${type}: ${JSON.stringify(value)}`];
}
