/** A row of the table of directives: the directive, how it is read, and where its value goes. */
import type { Directive, ListedDirective } from "./directive.ts";
import type { Environment } from "./environment/environment.ts";
import type { ServiceConfig } from "./model.ts";
import type { Loose } from "./present.ts";
import type { Section } from "./section.ts";

/** Reads the value of the directive `name`; what is wrong with it has then been reported. */
export type Read<T> = (section: Section, environment: Environment, name: string) => T;

/** What every row says. */
interface Facts extends Directive {
  /** The fields of each service that it decides, where services have no directive for them. */
  readonly decidesOfServices?: readonly (keyof ServiceConfig)[];
}

type Name<T> = keyof T & string;

/** A field of the model, or one of such a field: `identity.uid`. */
type Path<Model> = {
  [Field in Name<Model>]: Field | `${Field}.${Name<NonNullable<Model[Field]>>}`;
}[Name<Model>];

/** A directive that alone decides a field. */
type ReadRow<Model> = {
  [Field in Name<Model>]: Facts & {
    readonly field: Field;
    readonly read: Read<Loose<Model>[Field]>;
    readonly fields?: never;
  };
}[Name<Model>];

/** A directive that a builder reads, since its value depends on more than its own text. */
type BuiltRow<Model> = Facts & {
  /** The fields that it helps to decide; absent: none that a difference is told by. */
  readonly fields?: readonly Path<Model>[];
  readonly field?: never;
  readonly read?: never;
};

/** Rows whose values are fields of `Model`, by the names of the directives. */
export type Rows<Model> = Readonly<Record<string, ReadRow<Model> | BuiltRow<Model>>>;

/** Rows of any model. */
export type AnyRows = Readonly<
  Record<
    string,
    Facts & {
      readonly field?: string;
      readonly read?: Read<unknown>;
      readonly fields?: readonly string[];
    }
  >
>;

/** The fields that rows read by themselves. */
type ReadFields<R> = {
  [Key in keyof R]: R[Key] extends { readonly read: unknown; readonly field: infer Field } ? Field
    : never;
}[keyof R];

/** The fields that rows decide, alone or with others. */
export type DecidedFields<R> = R extends unknown ? {
    [Key in keyof R]: R[Key] extends { readonly field: infer Field } ? Field
      : R[Key] extends { readonly fields: readonly (infer Part)[] } ? RootOf<Part>
      : never;
  }[keyof R]
  : never;

type RootOf<Part> = Part extends `${infer Root}.${string}` ? Root : Part;

/** Returns a function that reads each field that one of the rows decides alone. */
export function rowReader<Model>() {
  return <R extends Rows<Model>>(rows: R) => {
    const read = Object.entries(rows as AnyRows).flatMap(([name, { field, read }]) =>
      field === undefined || read === undefined ? [] : [{ name, field, read }]
    );
    return (section: Section, environment: Environment) =>
      Object.fromEntries(
        read.map(({ name, field, read }) => [field, read(section, environment, name)]),
      ) as Pick<Loose<Model>, ReadFields<R> & keyof Model>;
  };
}

/**
 * Returns rows as a list. Their fields are those of `root`, where there is one: `restart`, `cron`.
 */
export function listRows(rows: AnyRows, root?: string): ListedDirective[] {
  return Object.entries(rows).map(([name, { field, fields = [], read: _, ...facts }]) => {
    const paths = field === undefined ? fields : [field];
    return {
      expanded: facts.since === "0.3.9" ? "no" : "load",
      ...facts,
      name,
      decides: root === undefined ? paths : paths.map((path) => `${root}.${path}`),
    };
  });
}
