import type { CST, Lexer, Parser } from 'yaml';
import { JsonSyntaxError } from '../json/parse.ts';
import type { FileFormat } from './file-format.ts';
import { loadPeer } from './peer.ts';
import { contentOf, SizeLimit } from './tree.ts';
import { editYaml } from './yaml-edit.ts';
import { type YamlTree, yamlTree } from './yaml-tree.ts';

/** YAML 1.2 with the core schema: no custom tags, no merge keys, one document. */
export const yamlFormat: FileFormat = {
  name: 'YAML',
  blank: '---\n',
  read: (text) => contentOf(parseYaml(text)),
  parse: parseYaml,
  tree: (text) => parseYaml(text).root,
  splicedTree: (_root, text) => parseYaml(text).root,
  edit: (text, edits) => editYaml(text, edits, parseYaml),
};

/** The tree of a YAML text. Throws `JsonSyntaxError`, whose message never quotes the text. */
function parseYaml(text: string): YamlTree {
  const { Composer, Lexer, Parser, ...guards } = loadPeer<typeof import('yaml')>({ name: 'yaml', format: 'YAML' });
  const tokens = [...boundedTokens(text, new Lexer(), new Parser())];
  checkDepth(tokens);
  // Duplicate names are found by varve: the package compares each name with all others, and has no last one win.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    keepSourceTokens: true,
    resolveKnownTags: false,
  });
  const documents = [...composer.compose(tokens, true, text.length)];
  const [document, second] = documents;
  if (!document) return { root: undefined, duplicates: [], unsafe: [], layouts: new Map() };
  const [error] = [...document.errors, ...document.warnings];
  if (error) throw new JsonSyntaxError(MESSAGES[error.code] ?? 'expected YAML', error.pos[0]);
  if (document.directives.yaml.version !== '1.2')
    throw new JsonSyntaxError('expected YAML 1.2: other versions give other values', 0);
  if (second) throw new JsonSyntaxError('expected one document', second.range[0]);
  return yamlTree(document, guards);
}

/** How many words, marks and spaces a text may have: what the package makes of each takes half a kilobyte. */
const MOST_LEXEMES = 1_000_000;

/** The tokens of the package's parser, which holds all of them at once. */
function* boundedTokens(text: string, lexer: Lexer, parser: Parser): Generator<CST.Token> {
  let lexemes = 0;
  for (const lexeme of lexer.lex(text)) {
    lexemes += 1;
    if (lexemes > MOST_LEXEMES)
      throw new JsonSyntaxError(`expected at most ${MOST_LEXEMES} words, marks and spaces`, parser.offset, true);
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** Refuses a text that is nested too deep, or too large, before the package's composer recurses into it. */
function checkDepth(tokens: readonly CST.Token[]): void {
  const limit = new SizeLimit();
  const pending = tokens.map((token) => ({ token, depth: -1 }));
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { token, depth } = next;
    limit.count(depth, 'offset' in token ? token.offset : 0);
    if (token.type === 'document' && token.value) pending.push({ token: token.value, depth: 0 });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) pending.push({ token: key, depth: depth + 1 });
      if (value) pending.push({ token: value, depth: depth + 1 });
    }
  }
}

/** varve's messages for the error codes of the package, whose own messages quote the text. */
const MESSAGES: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias cannot have a tag or an anchor',
  BAD_ALIAS: 'an alias must have a name, without a colon at its end',
  BAD_COLLECTION_TYPE: 'the tag does not fit the collection',
  BAD_DIRECTIVE: 'the directive is not known, or its arguments are not valid',
  BAD_DQ_ESCAPE: 'the escape in double quotes is not valid (a backslash itself is written as two)',
  BAD_INDENT: 'the indentation does not fit the lines before',
  BAD_PROP_ORDER: 'an anchor and a tag must come after "-", "?" and ":"',
  BAD_SCALAR_START: 'a plain value must not begin with this character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a nested mapping must begin on a line of its own; put a value that contains ": " in quotes',
  BLOCK_IN_FLOW: 'inside brackets, values must be written in brackets too',
  KEY_OVER_1024_CHARS: 'a name must not be longer than 1,024 characters',
  MISSING_CHAR: 'a character is missing: a closing quote or bracket, a comma, a colon, or a space',
  MULTILINE_IMPLICIT_KEY: 'a name must be on one line: is a colon missing?',
  MULTIPLE_ANCHORS: 'a value can have only one anchor',
  MULTIPLE_DOCS: 'expected one document',
  MULTIPLE_TAGS: 'a value can have only one tag',
  TAB_AS_INDENT: 'tabs are not allowed as indentation: use spaces',
  TAG_RESOLVE_FAILED: 'the tag is not part of the core schema of YAML 1.2, or does not fit its value',
  UNEXPECTED_TOKEN: 'this does not belong here: check indentation, quotes and brackets',
};
