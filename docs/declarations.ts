/** Reads what a TypeScript file exports: names, signatures as they are written, docstrings. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import {
  parseSync,
  type Class,
  type ClassElement,
  type Comment,
  type ExportNamedDeclaration,
  type Function,
  type Program,
  type TSInterfaceDeclaration,
  type TSSignature,
  type VariableDeclarator,
} from "oxc-parser";

export interface Declaration {
  readonly name: string;
  /** The file that declares it, which need not be the one that exports it. */
  readonly file: string;
  /** TypeScript without bodies: an overload or a type beside a constant of the same name gives one more text. */
  readonly signatures: readonly string[];
  /** The docstring without its frame; empty without one. */
  readonly doc: string;
  /** The members of an interface or a class that have docstrings of their own; the signature has none of these. */
  readonly members: readonly DocumentedMember[];
}

export interface DocumentedMember {
  readonly name: string;
  readonly doc: string;
}

/** A parsed file; comments are no part of the tree. */
interface Source {
  readonly root: string;
  readonly file: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
}

type ProgramStatement = Program["body"][number];
type Member = ClassElement | TSSignature;

/** Of longer constants the value is left out. */
const LONGEST_VALUE_LINES = 12;

/**
 * Every export of a file, in its order, with what it re-exports from our own files.
 *
 * @param file from the repository's root
 * @throws Error for what has no name of its own to be listed under: a default export, `export * as`, a package's export
 */
export function declarationsOf(root: string, file: string): Declaration[] {
  const source = readSource(root, file);
  const found = source.program.body.flatMap((statement) => exportsOf(source, statement));
  return merged(found);
}

function readSource(root: string, file: string): Source {
  const text = readFileSync(join(root, file), "utf8");
  const { program, comments, errors } = parseSync(file, text);
  if (errors[0] !== undefined) throw new Error(`${file} cannot be parsed: ${errors[0].message}`);
  return { root, file, text, program, comments };
}

function exportsOf(source: Source, statement: ProgramStatement): Declaration[] {
  if (statement.type === "ExportDefaultDeclaration") throw unlisted(source, "a default export");
  if (statement.type === "ExportAllDeclaration") {
    if (statement.exported !== null) throw unlisted(source, "`export * as`");
    const theirs = declarationsOf(source.root, fileOf(source, statement.source.value));
    return statement.exportKind === "type" ? theirs.filter(isType) : theirs;
  }
  if (statement.type !== "ExportNamedDeclaration") return [];
  if (statement.declaration === null) return listed(source, statement);
  return declared(source, statement.declaration, statement.start);
}

/** What is left of a file by `export type *`: its functions and constants cannot be used. */
const isType = ({ signatures }: Declaration): boolean => !signatures.every((text) => /^(function|const) /.test(text));

/** `export { a, b as c }`, of this file or of another. */
function listed(source: Source, statement: ExportNamedDeclaration): Declaration[] {
  return statement.specifiers.flatMap(({ local, exported }) => {
    const [from, to] = [local, exported].map((name) => (name.type === "Literal" ? name.value : name.name));
    if (from === undefined || to === undefined) return [];
    const origin = statement.source?.value;
    const known = origin === undefined ? localNamed(source, from) : importedNamed(source, origin, from);
    return known.map((declaration) => ({ ...declaration, name: to }));
  });
}

function localNamed(source: Source, name: string): Declaration[] {
  for (const statement of source.program.body) {
    if (statement.type !== "ImportDeclaration") continue;
    const specifier = statement.specifiers.find(({ local }) => local.name === name);
    if (specifier?.type !== "ImportSpecifier") continue;
    const { imported } = specifier;
    const theirs = imported.type === "Literal" ? imported.value : imported.name;
    return importedNamed(source, statement.source.value, theirs);
  }
  return source.program.body
    .flatMap((statement) => declared(source, statement, statement.start))
    .filter((declaration) => declaration.name === name);
}

function importedNamed(source: Source, specifier: string, name: string): Declaration[] {
  return declarationsOf(source.root, fileOf(source, specifier)).filter((declaration) => declaration.name === name);
}

function fileOf(source: Source, specifier: string): string {
  if (!specifier.startsWith(".")) throw unlisted(source, `an export of the package ${specifier}`);
  return join(dirname(source.file), specifier);
}

const unlisted = (source: Source, what: string): Error =>
  new Error(`The reference cannot list ${what} of ${source.file}. Export it by a name of its own.`);

/** What one statement declares: several names for `const a = 1, b = 2`, none for what declares nothing. */
function declared(source: Source, statement: ProgramStatement, start: number): Declaration[] {
  const known = { file: source.file, doc: docBefore(source, start), members: [] };
  if (statement.type === "VariableDeclaration") {
    return statement.declarations.flatMap((declarator) => {
      if (declarator.id.type !== "Identifier") return [];
      return [{ ...known, name: declarator.id.name, signatures: [constantSignature(source, declarator)] }];
    });
  }
  if (!("id" in statement) || statement.id?.type !== "Identifier") return [];
  const { name } = statement.id;
  if (statement.type === "ClassDeclaration" || statement.type === "TSInterfaceDeclaration") {
    return [{ ...known, name, ...withMembers(source, statement) }];
  }
  const isFunction = statement.type === "FunctionDeclaration";
  return [
    { ...known, name, signatures: [isFunction ? functionSignature(source, statement) : textOf(source, statement)] },
  ];
}

interface Spanned {
  readonly start: number;
  readonly end: number;
}

const textOf = ({ text }: Source, { start, end }: Spanned): string => text.slice(start, end);

const functionSignature = (source: Source, { start, body, end }: Function): string =>
  ended(source.text.slice(start, body?.start ?? end).replace(/^async /, ""));

const ended = (signature: string): string => `${signature.replace(/;?\s*$/, "")};`;

function withMembers(
  source: Source,
  { start, body }: Class | TSInterfaceDeclaration,
): Pick<Declaration, "signatures" | "members"> {
  const visible = body.body.filter(isVisible);
  const lines = visible.map((member) => `  ${memberSignature(source, member)}\n`);
  const inside = lines.length === 0 ? "" : `\n${lines.join("")}`;
  const members = visible.map((member) => ({ name: memberName(source, member), doc: memberDoc(source, member) }));
  return {
    signatures: [`${source.text.slice(start, body.start)}{${inside}}`],
    members: members.filter(({ doc }) => doc !== ""),
  };
}

function isVisible(member: Member): boolean {
  if (member.type === "StaticBlock") return false;
  if (!("key" in member)) return true;
  const access = "accessibility" in member ? member.accessibility : null;
  return member.key.type !== "PrivateIdentifier" && (access ?? "public") === "public";
}

function memberName(source: Source, member: Member): string {
  if (!("key" in member)) return textOf(source, member).replace(/;$/, "");
  const isMethod =
    member.type === "TSMethodSignature" || (member.type === "MethodDefinition" && member.kind === "method");
  return `${textOf(source, member.key)}${isMethod ? "()" : ""}`;
}

/** A docstring that only says "See `runStep`." stands for that function's own. */
function memberDoc(source: Source, member: Member): string {
  const doc = docBefore(source, member.start);
  const [, name] = /^See `(\w+)`\.$/.exec(doc) ?? [];
  return (name === undefined ? undefined : localNamed(source, name)[0]?.doc) ?? doc;
}

const memberSignature = (source: Source, member: Member): string =>
  ended(source.text.slice(member.start, memberEnd(member)))
    .replace(/^((?:static |override )*)async /, "$1")
    .replace(/^override /, "");

/** Where a member's body or value begins; a value says the type where nothing else does. */
function memberEnd(member: Member): number {
  if (member.type === "MethodDefinition") return member.value.body?.start ?? member.end;
  if (member.type === "PropertyDefinition" && member.typeAnnotation) return member.typeAnnotation.end;
  return member.end;
}

/** Arrow functions read as functions; of a constant's value stays what is short, unless its type is declared. */
function constantSignature(source: Source, { id, init }: VariableDeclarator): string {
  const name = id.type === "Identifier" ? id.name : "";
  const type = id.type === "Identifier" ? id.typeAnnotation : null;
  if (type) return `const ${name}${textOf(source, type)};`;
  if (init?.type === "ArrowFunctionExpression") {
    const head = source.text.slice(init.start, init.body.start).replace(/\s*=>[\s(]*$/, "");
    return `function ${name}${head.replace(/^async /, "")};`;
  }
  const value = init === null ? "" : textOf(source, init);
  return `const ${name} = ${value.split("\n").length > LONGEST_VALUE_LINES ? "…" : value};`;
}

/** The docstring that ends where `start` begins. */
function commentBefore({ comments, text }: Source, start: number): Comment | undefined {
  const comment = comments.findLast(({ end }) => end <= start);
  if (comment === undefined || comment.type !== "Block" || !comment.value.startsWith("*")) return undefined;
  return text.slice(comment.end, start).trim() === "" ? comment : undefined;
}

function docBefore(source: Source, start: number): string {
  const value = commentBefore(source, start)?.value.slice(1) ?? "";
  const lines = value.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  return lines.join("\n").trim();
}

/** One declaration a name: a function's overloads without the one that has the body, or a type beside a constant. */
function merged(found: readonly Declaration[]): Declaration[] {
  return [...Map.groupBy(found, ({ name }) => name).values()].flatMap((same) => {
    const signatures = same.flatMap((declaration) => declaration.signatures);
    const isOverloaded = signatures.length > 1 && signatures.every((text) => text.startsWith("function "));
    const docs = same.map(({ doc }) => doc).filter((doc) => doc !== "");
    const [first] = same;
    if (first === undefined) return [];
    return [{ ...first, signatures: isOverloaded ? signatures.slice(0, -1) : signatures, doc: docs.join("\n\n") }];
  });
}
