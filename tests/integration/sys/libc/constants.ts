/**
 * Reads the numbers that sources name, as they are on one of the machines: whoever compares them
 * with a C library's needs those of both, and a module knows only those of the machine it runs on.
 */
import { parse } from "@babel/parser";

/** What a constant is, as far as it can be told without running anything. */
export type Value =
  | number
  | bigint
  | string
  | boolean
  | readonly Value[]
  | { readonly [name: string]: Value }
  | undefined;

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What stands for `Deno.build.arch`. */
export type Machine = "x86_64" | "aarch64";

type Scope = Map<string, Value>;

const OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint) => bigint | boolean>> = {
  "|": (a, b) => a | b,
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "<<": (a, b) => a << b,
};

/**
 * Returns the constants of a module by name; undefined is what would have to be run. `imported` are
 * those that it takes from others.
 */
export function readConstants(
  source: string,
  machine: Machine,
  imported: ReadonlyMap<string, Value> = new Map(),
): Map<string, Value> {
  const scope: Scope = new Map();
  const { program } = parse(source, { sourceType: "module", plugins: ["typescript"] });
  for (const statement of program.body as unknown as readonly Node[]) {
    const inner =
      (statement.type === "ExportNamedDeclaration" ? statement.declaration : statement) as
        | Node
        | null;
    if (inner?.type !== "VariableDeclaration" || inner.kind !== "const") continue;
    for (const declarator of inner.declarations as readonly Node[]) {
      const value = evaluate(declarator.init as Node, { scope, imported, machine });
      bind(declarator.id as Node, value, scope);
    }
  }
  return scope;
}

function bind(target: Node, value: Value, scope: Scope): void {
  if (target.type === "Identifier") scope.set(target.name as string, value);
  if (target.type !== "ArrayPattern" || !Array.isArray(value)) return;
  for (const [i, element] of (target.elements as readonly Node[]).entries()) {
    bind(element, value[i], scope);
  }
}

interface Context {
  readonly scope: Scope;
  readonly imported: ReadonlyMap<string, Value>;
  readonly machine: Machine;
}

function evaluate(node: Node, context: Context): Value {
  const inside = (field: string) => evaluate(node[field] as Node, context);
  switch (node.type) {
    case "NumericLiteral":
    case "StringLiteral":
      return node.value as number | string;
    case "BigIntLiteral":
      return BigInt(node.value as string);
    case "Identifier":
      return context.scope.get(node.name as string) ?? context.imported.get(node.name as string);
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "ParenthesizedExpression":
      return inside("expression");
    case "UnaryExpression": {
      const value = inside("argument");
      return node.operator === "-" && typeof value === "number" ? -value : undefined;
    }
    case "ConditionalExpression":
      return inside("test") === true ? inside("consequent") : inside("alternate");
    case "MemberExpression":
      return isArchitecture(node) ? context.machine : undefined;
    case "BinaryExpression":
      return node.operator === "==="
        ? inside("left") === inside("right")
        : compute(node.operator as string, inside("left"), inside("right"));
    case "ArrayExpression":
      return (node.elements as readonly Node[]).map((element) => evaluate(element, context));
    case "ObjectExpression":
      return evaluateObject(node, context);
    default:
      return undefined;
  }
}

function isArchitecture({ object, property }: Node): boolean {
  const { type, property: middle } = object as Node;
  const isBuild = type === "MemberExpression" && (middle as Node).name === "build";
  return isBuild && (property as Node).name === "arch";
}

function compute(operator: string, left: Value, right: Value): Value {
  const operation = OPERATIONS[operator];
  if (operation === undefined) return undefined;
  const isSmall = typeof left === "number" && typeof right === "number";
  if (!isSmall && !(typeof left === "bigint" && typeof right === "bigint")) return undefined;
  const result = operation(BigInt(left), BigInt(right));
  return isSmall ? Number(result) : result;
}

function evaluateObject(node: Node, context: Context): Value {
  const found: Record<string, Value> = {};
  for (const property of node.properties as readonly Node[]) {
    if (property.type === "SpreadElement") {
      Object.assign(found, evaluate(property.argument as Node, context));
      continue;
    }
    if (property.type !== "ObjectProperty") continue;
    const key = property.key as Node;
    found[String(key.name ?? key.value)] = evaluate(property.value as Node, context);
  }
  return found;
}
