// The public API, as the declarations in dist/ have it: of every subpath each name, with its declaration and its doc comment.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript-5';

const printer = ts.createPrinter({ removeComments: true });

/**
 * The names of each subpath in alphabetical order, and those that their declarations mention without being exported there
 * or by a subpath before. Of each, `text` is the declaration without comments, `doc` its comment, `examples` the examples in
 * it, `source` the file that declares it, and `members` the same of an interface or a class.
 */
export function publicApi(root) {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).flatMap(([path, { default: built }]) =>
    built === undefined ? [] : [{ subpath: `varve${path.slice(1)}`, file: join(root, built.types) }],
  );
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    },
  );
  const checker = program.getTypeChecker();
  const isOwn = (symbol) => symbol.declarations?.some(({ parent }) => isOwnFile(parent?.getSourceFile())) ?? false;
  const isOwnFile = (file) =>
    file !== undefined && relative(join(root, 'dist'), file.fileName).startsWith('..') === false;
  const known = new Set();
  return entries.map(({ subpath, file }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    const symbols = checker.getExportsOfModule(module).map((symbol) => aliased(symbol, checker));
    for (const { symbol } of symbols) known.add(symbol);
    const mentioned = mentionedBy(symbols, { checker, isOwn, known });
    const sourceOf = ({ declarations: [node] }) =>
      relative(join(root, 'dist'), node.getSourceFile().fileName)
        .replaceAll('\\', '/')
        .replace(/\.d\.ts$/, '');
    const described = ({ name, symbol }) => ({ source: sourceOf(symbol), ...describe(name, symbol, checker) });
    return { subpath, names: sorted(symbols.map(described)), mentioned: sorted(mentioned.map(described)) };
  });
}

const sorted = (names) => names.sort((a, b) => (a.name < b.name ? -1 : 1));

function aliased(symbol, checker) {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return { name: symbol.name, symbol: isAlias ? checker.getAliasedSymbol(symbol) : symbol };
}

/** What the declarations name of the package without exporting it, and what those name, and so on. */
function mentionedBy(symbols, { checker, isOwn, known }) {
  const found = [];
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const here = checker.getSymbolAtLocation(node);
      const symbol = here && aliased(here, checker).symbol;
      const isType =
        symbol && (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class)) !== 0;
      if (isType && isOwn(symbol) && !known.has(symbol)) {
        known.add(symbol);
        found.push({ name: symbol.name, symbol });
        for (const declaration of symbol.declarations) visit(declaration);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const { symbol } of symbols) for (const declaration of symbol.declarations ?? []) visit(declaration);
  return found;
}

function describe(name, symbol, checker) {
  const declarations = symbol.declarations.map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node));
  const [first] = symbol.declarations;
  return {
    name,
    kind: kindOf(first),
    text: declarations.map(textOf).join('\n'),
    doc: docOf(symbol, checker),
    examples: examplesOf(symbol, checker),
    members: isMembered(first) ? declarations.flatMap((node) => membersOf(node, checker)) : [],
  };
}

const isMembered = (node) => ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node);

function kindOf(node) {
  if (ts.isFunctionDeclaration(node)) return 'function';
  if (ts.isClassDeclaration(node)) return 'class';
  if (ts.isVariableDeclaration(node)) return 'constant';
  return 'type';
}

function membersOf({ members }, checker) {
  return members.flatMap((member) => {
    if (member.name === undefined && !ts.isIndexSignatureDeclaration(member) && !ts.isConstructorDeclaration(member))
      return [];
    if (member.name && ts.isPrivateIdentifier(member.name)) return [];
    const symbol = member.name && checker.getSymbolAtLocation(member.name);
    const name = ts.isConstructorDeclaration(member) ? 'constructor' : member.name?.getText();
    const doc = symbol ? docOf(symbol, checker) : commentOf(member);
    return [
      { name: name ?? '[member]', text: textOf(member), doc, examples: symbol ? examplesOf(symbol, checker) : [] },
    ];
  });
}

/** A declaration as one would write it, without its comments and without what is private. */
function textOf(node) {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
    .replace(/^(export )?(declare )?/, '')
    .replace(/^\s*#private;\n/gm, '')
    .replace(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
}

/** The doc comment in paragraphs; line ends within one are not kept. */
const docOf = (symbol, checker) => paragraphs(ts.displayPartsToString(symbol.getDocumentationComment(checker)));

/** The comment of a member without a name: an index signature or a constructor. */
function commentOf(node) {
  const [doc] = ts.getJSDocCommentsAndTags(node);
  return paragraphs(ts.getTextOfJSDocComment(doc?.comment) ?? '');
}

const examplesOf = (symbol, checker) =>
  symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === 'example')
    .map(({ text }) => ts.displayPartsToString(text).trim());

function paragraphs(text) {
  return text
    .replace(/\{@link (\w+) ?\}/g, '`$1`')
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s*\n\s*/g, ' ').trim())
    .join('\n\n');
}
