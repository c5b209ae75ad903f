/** The words in which answers are described, once for the compiler and once for a JSON schema. */

/** A description: what a schema of it is, and, by a type that no value has, what it describes. */
export interface Shape<Value = unknown> {
  readonly schema: Schema;
  /** A field of this shape may be absent. */
  readonly isOptional?: boolean;
  readonly value?: Value;
}

/** JSON schema, draft 7, as far as it is used. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a shape describes. */
export type ValueOf<S> = S extends Shape<infer Value> ? Value : never;

interface OptionalShape<Value> extends Shape<Value> {
  readonly isOptional: true;
}

type Fields = Readonly<Record<string, Shape>>;
type Required<F extends Fields> = {
  readonly [K in keyof F as F[K] extends OptionalShape<unknown> ? never : K]: ValueOf<F[K]>;
};
type Optional<F extends Fields> = {
  readonly [K in keyof F as F[K] extends OptionalShape<unknown> ? K : never]?:
    | ValueOf<F[K]>
    | undefined;
};

function described(schema: Schema, description: string | undefined): Schema {
  return description === undefined ? schema : { ...schema, description };
}

/** A text. */
export function text(description?: string): Shape<string> {
  return { schema: described({ type: "string" }, description) };
}

/** A number. */
export function number(description?: string): Shape<number> {
  return { schema: described({ type: "number" }, description) };
}

/** True or false. */
export function flag(description?: string): Shape<boolean> {
  return { schema: described({ type: "boolean" }, description) };
}

/** One of some words. */
export function words<const W extends readonly string[]>(
  values: W,
  description?: string,
): Shape<W[number]> {
  return { schema: described({ enum: values }, description) };
}

/** Said in words only. */
export function anything(description: string): Shape<unknown> {
  return { schema: { description } };
}

/** Such a value, or null. */
export function nullable<Value>({ schema }: Shape<Value>): Shape<Value | null> {
  return { schema: { anyOf: [schema, { type: "null" }] } };
}

/** A field that may be absent. */
export function optional<Value>(shape: Shape<Value>): OptionalShape<Value> {
  return { ...shape, isOptional: true };
}

/** A list of such values. */
export function list<Value>({ schema }: Shape<Value>): Shape<readonly Value[]> {
  return { schema: { type: "array", items: schema } };
}

/** An object with these fields and no others. */
export function fields<const F extends Fields>(parts: F): Shape<Required<F> & Optional<F>> {
  const entries = Object.entries(parts);
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
      required: entries.filter(([, part]) => !part.isOptional).map(([name]) => name),
      additionalProperties: false,
    },
  };
}

/** A value of one of these shapes. */
export function oneOf<const S extends readonly Shape[]>(...shapes: S): Shape<ValueOf<S[number]>> {
  return { schema: { anyOf: shapes.map(({ schema }) => schema) } };
}
