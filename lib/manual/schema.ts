/**
 * The JSON schema of a configuration file, for editors, out of the table of directives. It accepts
 * every mapping that loading accepts; texts that loading refuses only after expansion pass here.
 */
import type { ListedDirective, SectionKind } from "../config/directive.ts";
import { listDirectives } from "../config/directives.ts";
import { describeType } from "./reference.ts";

type Schema = Readonly<Record<string, unknown>>;

const SCALAR: Schema = { type: ["string", "number", "boolean"] };
const SCALARS: Schema = { oneOf: [SCALAR, { type: "array", items: SCALAR }] };

/** Generates docs/chaperone.schema.json. */
export function generateSchema(): string {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "chaperone configuration",
    description: "A file of /etc/chaperone.d: settings, services, logging and alert sections.",
    type: ["object", "null"],
    properties: {
      settings: { $ref: "#/definitions/settings" },
      include: {
        ...SCALARS,
        description: "Files that are read before this one: paths, directories or patterns.",
      },
      "defaults.service": { $ref: "#/definitions/layer" },
    },
    patternProperties: {
      "^(?!defaults\\.service$).+\\.service$": { $ref: "#/definitions/service" },
      "^.+\\.service\\+$": { $ref: "#/definitions/layer" },
      // For anchors.
      "^x-(?!.*\\.(service\\+?$|alert$|logging))": {},
      "^.+\\.alert$": { $ref: "#/definitions/alert" },
      // A service may be called x.logging.service.
      "^.+\\.logging(?!.*\\.(service|alert)$)": { $ref: "#/definitions/logging" },
    },
    additionalProperties: false,
    definitions: {
      settings: sectionSchema("settings"),
      service: sectionSchema("service"),
      layer: layerSchema(),
      logging: sectionSchema("logging"),
      alert: sectionSchema("alert"),
    },
  };
  return JSON.stringify(schema, null, 2) + "\n";
}

function sectionSchema(kind: SectionKind): Schema {
  const directives = listDirectives(kind);
  const required = directives.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(
      directives.map((directive) => [directive.name, directiveSchema(directive)]),
    ),
    // The commands of a crontab are in its lines; what changes another section need not repeat it.
    ...(required.length === 0
      ? {}
      : { anyOf: [{ required }, { required: ["file"] }, { required: ["merge"] }] }),
    additionalProperties: false,
  };
}

/** A section that is laid over another, or under all: it may lack anything, and take things back. */
function layerSchema(): Schema {
  const directives = listDirectives("service");
  return {
    type: "object",
    properties: Object.fromEntries(
      directives.map(({ name }) => [name, {
        anyOf: [{ $ref: `#/definitions/service/properties/${name}` }, { type: "null" }],
      }]),
    ),
    additionalProperties: false,
  };
}

function directiveSchema(directive: ListedDirective): Schema {
  const { summary, detail } = directive.note();
  const value = describeDefault(directive);
  return {
    ...valueSchema(directive),
    description: [summary, detail, `(${describeType(directive)})`]
      .filter((text) => text !== undefined).join(" ").replaceAll("`", ""),
    ...(value === undefined ? {} : { default: value }),
  };
}

/** Returns the default where it is a value and not a description of one. */
function describeDefault({ default: text }: ListedDirective): unknown {
  if (text === undefined || /[ ,]/.test(text) || text === "shutdown_timeout") return undefined;
  if (text === "['*']") return ["*"];
  if (text === "true" || text === "false") return text === "true";
  if (text.startsWith("[")) return JSON.parse(text);
  return /^(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

function valueSchema({ kind, choices, format }: ListedDirective): Schema {
  switch (kind) {
    case "string":
      return { type: "string" };
    case "names":
      return { type: ["string", "array"], items: { type: "string" } };
    case "integer":
      return { type: "integer" };
    case "seconds":
    case "whole-seconds":
      return {
        anyOf: [{ type: "number" }, { type: "string", pattern: "^[0-9. ]+(?:ms|s|m|min|h|d)" }],
      };
    case "boolean":
      return { type: "boolean" };
    case "boolean-or-string":
      return { type: ["boolean", "string"] };
    case "string-or-integer":
      return { type: ["string", "integer"] };
    case "choice":
      return { enum: choices?.flatMap((word) => word === "null" ? [word, null] : [word]) };
    case "boolean-or-choice":
      return { enum: [true, false, ...choices ?? []] };
    case "string-list":
      return { type: "array", items: { type: "string" } };
    case "string-map":
      return { type: "object", additionalProperties: { type: "string" } };
    case "text":
      return textSchema(choices);
    case "texts":
      return SCALARS;
    case "texts-or-map":
      return { anyOf: [SCALARS, { type: "object", additionalProperties: SCALARS }] };
    case "text-map":
      return {
        type: "object",
        additionalProperties: ["limits", "secrets", "own"].includes(format ?? "")
          ? SCALAR
          : SCALARS,
      };
  }
}

/** Offers the words of a choice, and leaves room for `$(…)`. */
function textSchema(choices: readonly string[] | undefined): Schema {
  if (choices === undefined) return SCALAR;
  return { anyOf: [{ enum: choices }, { type: "string", pattern: "[$][({]" }] };
}
