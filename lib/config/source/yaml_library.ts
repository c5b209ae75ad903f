/**
 * What is used of the YAML library. The build carries this file as a text of its own, with what V8
 * compiled of it: a configuration that `plain_source.ts` reads loads neither.
 */
export { Composer, isAlias, isMap, isScalar, Parser } from "yaml";
