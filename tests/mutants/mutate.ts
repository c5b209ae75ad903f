/**
 * Writes a source anew with all its mutants in it, each behind a question: `(mutant(7) ? a <= b : a < b)`. So one
 * process can try thousands, switching from one to the next, and learns on the way which tests reach which.
 */
import { parse } from "@babel/parser";

/** A change that some test should notice. */
export interface Mutant {
  readonly id: number;
  readonly path: string;
  readonly line: number;
  /** The function, method or constant that it is in; empty where it is in none. */
  readonly within: string;
  /** What stands there, and what the mutant puts in its place. */
  readonly was: string;
  readonly becomes: string;
  /** The same whole: what of the source gives way to which text. */
  readonly change: { readonly start: number; readonly end: number; readonly text: string };
}

/** The name by which a mutated source asks; it must exist as a global. */
export const ASKING = "__mutant";

/** Of the syntax tree, what is looked at. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly loc: { readonly start: { readonly line: number } };
  readonly [field: string]: unknown;
}

interface Alternative {
  readonly was: string;
  readonly becomes: string;
}

const SWAPS: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "&": "|",
  "|": "&",
  "&&": "||",
  "||": "&&",
};

const SHOWN_CHARS = 60;

/** Fields that hold no value that is computed at run time. */
const TYPE_FIELDS = new Set([
  ...["typeAnnotation", "returnType", "typeParameters", "typeArguments", "superTypeArguments"],
  ...["implements", "decorators", "loc", "leadingComments", "trailingComments", "innerComments"],
]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Returns the nodes below one in which something is computed, in the order of the text. */
function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const [field, value] of Object.entries(node)) {
    if (TYPE_FIELDS.has(field)) continue;
    if (field === "key" && node["computed"] !== true) continue;
    for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) found.push(each);
  }
  return found.sort((a, b) => a.start - b.start);
}

function isSkipped({ type, ...node }: Node): boolean {
  return type.startsWith("Import") || type === "ExportAllDeclaration" ||
    type === "TSTypeAliasDeclaration" || type === "TSInterfaceDeclaration" ||
    node["importKind"] === "type" || node["exportKind"] === "type" || node["declare"] === true;
}

/** Returns what a value is replaced by: its operator, constant, or negation. */
function alternativesOf(node: Node, text: (node: Node) => string): Alternative[] {
  const was = text(node);
  if (node.type === "NumericLiteral") {
    return [{ was, becomes: `(${was} + 1)` }];
  }
  if (node.type === "BooleanLiteral") {
    return [{ was, becomes: String(node["value"] !== true) }];
  }
  if (node.type === "UnaryExpression" && node["operator"] === "!") {
    return [{ was, becomes: `!!(${text(node["argument"] as Node)})` }];
  }
  if (node.type !== "BinaryExpression" && node.type !== "LogicalExpression") return [];
  const [left, right] = [text(node["left"] as Node), text(node["right"] as Node)];
  const operator = node["operator"] as string;
  if (operator === "??") return [{ was, becomes: left }];
  const swapped = SWAPS[operator];
  return swapped === undefined ? [] : [{ was, becomes: `(${left}) ${swapped} (${right})` }];
}

/** The fields of a node whose value decides what happens, and those that are what a function returns. */
function roleOf(parent: Node, child: Node): "condition" | "result" | undefined {
  if (child === parent["test"]) return "condition";
  if (parent.type === "ReturnStatement") return "result";
  const isShort = parent.type === "ArrowFunctionExpression" && child === parent["body"];
  return isShort && child.type !== "BlockStatement" ? "result" : undefined;
}

/** What nobody can notice: a result that is undefined anyway, and one that the compiler proves never to be reached. */
function hasNoOtherResult({ type, ...node }: Node, was: string): boolean {
  const annotation = node["typeAnnotation"];
  const isNever = isNode(annotation) && annotation.type === "TSNeverKeyword";
  return was === "undefined" || (type === "TSSatisfiesExpression" && isNever);
}

/** Kinds of nodes that give a name to what is in them. */
const NAMED_KINDS = new Set([
  ...["FunctionDeclaration", "ClassDeclaration", "VariableDeclarator"],
  ...["ClassMethod", "ClassPrivateMethod", "ClassProperty", "ClassPrivateProperty"],
]);

function nameOf(node: Node): string | undefined {
  const named = node["key"] ?? node["id"];
  if (!NAMED_KINDS.has(node.type) || !isNode(named)) return undefined;
  const name = named.type === "PrivateName" ? named["id"] as Node : named;
  return typeof name["name"] === "string" ? name["name"] : undefined;
}

class Mutator {
  readonly mutants: Mutant[] = [];
  /** Names of what the present node is in, the innermost last. */
  readonly #names: string[] = [];
  readonly #source: string;
  readonly #path: string;
  readonly #firstId: number;

  constructor(path: string, source: string, firstId: number) {
    this.#path = path;
    this.#source = source;
    this.#firstId = firstId;
  }

  /** Returns the text of a node with the mutants of all below it. */
  write(node: Node): string {
    const isLocal = node.type === "VariableDeclarator" && this.#names.length > 0;
    const name = isLocal ? undefined : nameOf(node);
    if (name !== undefined) this.#names.push(name);
    let text = "";
    let at = node.start;
    for (const child of children(node)) {
      if (child.start < at) continue;
      text += this.#source.slice(at, child.start) + this.#value(node, child);
      at = child.end;
    }
    if (name !== undefined) this.#names.pop();
    return text + this.#source.slice(at, node.end);
  }

  #value(parent: Node, child: Node): string {
    if (isSkipped(child)) return this.#textOf(child);
    const plain = (node: Node) => this.#textOf(node);
    const alternatives = alternativesOf(child, plain);
    const role = roleOf(parent, child);
    // A negated operator says the same as a negated condition.
    if (role === "condition" && alternatives.length === 0) {
      alternatives.push({ was: plain(child), becomes: `!(${plain(child)})` });
    }
    const isOnlyResult = role === "result" && alternatives.length === 0;
    if (isOnlyResult && !hasNoOtherResult(child, plain(child))) {
      alternatives.push({ was: plain(child), becomes: "undefined" });
    }
    let text = this.write(child);
    for (const alternative of alternatives) {
      const { id } = this.#add(child, alternative);
      text = `(${ASKING}(${id}) ? ${alternative.becomes} : ${text})`;
    }
    return text;
  }

  #textOf(node: Node): string {
    return this.#source.slice(node.start, node.end);
  }

  #add(node: Node, { was, becomes }: Alternative): Mutant {
    const shown = (text: string) => text.replace(/\s+/g, " ").slice(0, SHOWN_CHARS);
    const mutant = {
      id: this.#firstId + this.mutants.length,
      path: this.#path,
      line: node.loc.start.line,
      within: this.#names.at(-1) ?? "",
      was: shown(was),
      becomes: shown(becomes),
      change: { start: node.start, end: node.end, text: becomes },
    };
    this.mutants.push(mutant);
    return mutant;
  }
}

/** Returns the source with its mutants, numbered from `firstId`. @throws {SyntaxError} */
export function mutate(
  path: string,
  source: string,
  firstId: number,
): { readonly text: string; readonly mutants: readonly Mutant[] } {
  const { program } = parse(source, { sourceType: "module", plugins: ["typescript"] });
  const mutator = new Mutator(path, source, firstId);
  const text = mutator.write({ ...program as unknown as Node, start: 0, end: source.length });
  return { text, mutants: mutator.mutants };
}
