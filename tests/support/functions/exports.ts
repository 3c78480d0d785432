/**
 * What a module exports at run time, followed through re-exports to where each thing is defined, with the comment that
 * stands there. Types are left out.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { target } from "../imports.ts";
import { root } from "../repository.ts";

/** Where something is defined: the file, from the repository's root, and its name there. */
export interface Definition {
  readonly file: string;
  readonly name: string;
  readonly kind: "function" | "class" | "value" | "namespace";
  /** The docstring in front of its first declaration, without stars; "" when there is none. */
  readonly doc: string;
}

/** `file#name`: one name for a thing under whatever names and from wherever it is exported. */
export const keyOf = ({ file, name }: Pick<Definition, "file" | "name">): string => `${file}#${name}`;

interface Named {
  readonly type: string;
  readonly name?: string;
  readonly value?: string;
}

/** As much of an ESTree statement as exports need. */
interface Statement {
  readonly type: string;
  readonly start: number;
  readonly exportKind?: string;
  readonly exported?: Named | null;
  readonly source?: { readonly value: string } | null;
  readonly declaration?: Declaration | null;
  readonly specifiers?: readonly { readonly exportKind?: string; readonly local: Named; readonly exported: Named }[];
}

interface Declaration {
  readonly type: string;
  readonly id?: Named | null;
  readonly body?: { readonly body?: readonly Member[] } | null;
  readonly declarations?: readonly { readonly id: Named; readonly init?: { readonly type: string } | null }[];
}

interface Member {
  readonly type: string;
  readonly start: number;
  readonly key?: Named;
  readonly accessibility?: string;
}

const known = new Map<string, ReadonlyMap<string, Definition>>();

/** The exports of a file by the names that it gives them. */
export function exportsOf(file: string): ReadonlyMap<string, Definition> {
  const before = known.get(file);
  if (before !== undefined) return before;
  const text = readFileSync(join(root, file), "utf8");
  const { program, errors } = parseSync(file, text);
  if (program.body.length === 0 && errors.length > 0) throw new SyntaxError(`${file}: ${errors[0]!.message}`);
  const found = new Map<string, Definition>();
  // the shape of every ESTree statement
  for (const statement of program.body as unknown as readonly Statement[]) {
    if (statement.exportKind === "type") continue;
    if (statement.type === "ExportAllDeclaration") fromAll(file, statement, found);
    else if (statement.type === "ExportNamedDeclaration") fromNamed(file, text, statement, found);
  }
  known.set(file, found);
  return found;
}

function fromAll(file: string, { source, exported }: Statement, found: Map<string, Definition>): void {
  const from = target(file, source!.value);
  if (exported) found.set(nameOf(exported), { file: from, name: "*", kind: "namespace", doc: headerOf(from) });
  else for (const [name, definition] of exportsOf(from)) if (!found.has(name)) found.set(name, definition);
}

function fromNamed(file: string, text: string, statement: Statement, found: Map<string, Definition>): void {
  const { declaration, source, specifiers = [] } = statement;
  for (const { exportKind, local, exported } of specifiers) {
    if (exportKind === "type") continue;
    // without a source it is defined further up in the file, where it may have no name of its own outside
    if (!source) throw new SyntaxError(`${file}: export ${nameOf(exported)} where it is declared`);
    const definition = exportsOf(target(file, source.value)).get(nameOf(local));
    if (definition !== undefined) found.set(nameOf(exported), definition);
  }
  if (!declaration) return;
  const doc = docBefore(text, statement.start);
  for (const [name, kind] of declared(declaration)) if (!found.has(name)) found.set(name, { file, name, kind, doc }); // of overloads the first is documented
}

function declared({ type, id, declarations = [] }: Declaration): (readonly [string, Definition["kind"]])[] {
  if (type === "FunctionDeclaration" || type === "TSDeclareFunction") return [[nameOf(id!), "function"]];
  if (type === "ClassDeclaration") return [[nameOf(id!), "class"]];
  return declarations.map(({ id: variable, init }) => [
    nameOf(variable),
    init?.type === "ArrowFunctionExpression" ? "function" : "value",
  ]);
}

/** The public methods and properties of the classes in a file, each with its docstring; of overloads the first. */
export function methodsOf(file: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, file), "utf8");
  const found = new Map<string, string>();
  for (const statement of parseSync(file, text).program.body as unknown as readonly Statement[]) {
    for (const { type, start, key, accessibility } of statement.declaration?.body?.body ?? []) {
      const isPublic = key?.type === "Identifier" && accessibility === undefined && key.name !== "constructor";
      if (type.endsWith("MethodDefinition") && isPublic && !found.has(key.name!))
        found.set(key.name!, docBefore(text, start));
    }
  }
  return found;
}

const nameOf = ({ name, value }: Named): string => name ?? value!;

/** The text of the docstring that ends right before `at`. */
function docBefore(text: string, at: number): string {
  const match = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*$/.exec(text.slice(0, at));
  return match === null ? "" : match[1]!.replace(/^[ \t]*\* ?/gm, "").trim();
}

/** The comment that a file begins with. */
export function headerOf(file: string): string {
  const match = /^\/\*\*((?:[^*]|\*(?!\/))*)\*\//.exec(readFileSync(join(root, file), "utf8"));
  return match === null ? "" : match[1]!.replace(/^[ \t]*\* ?/gm, "").trim();
}
