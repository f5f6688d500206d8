import { Script } from 'node:vm';
import { MODULE_SCOPE } from './kept-definition.ts';

/** A comment, or white space. */
const SPACE = /\s+|\/\/.*|\/\*[\s\S]*?\*\//y;

/** `import { defineConfig as define } from 'varve';` or `import fs from 'node:fs';`. */
const IMPORT =
  /import(\s+[\w$]+\s+|\s*\{(?:(?!\bdefault\b)[\w$\s,])*\}\s*)from(\s*)(['"])(varve(?:\/[\w-]+)?|node:[\w/]+)\3[ \t]*(?:;|$)/my;

/** The words that only a module has, below its imports. */
const WORDS =
  /\b(?:(?<meta>import\.meta(?=\.(?:url|dirname|filename)\b))|(?<value>export default(?!\s*(?:async\s+)?(?:function|class)\b))|(?<declared>export(?=[ \t]+(?:async|function|class|const|let|var)\b))|import|export|eval)\b/g;

/** Code with this does not compile, except in a string, a regular expression or a comment. */
const NONSENSE = '@@';

/**
 * The body of a function that does what a module does; `undefined` for a CommonJS module, and for what only few definitions have.
 * Node.js has to have imported the text before, so that it is known to be valid. The engine finds the words that are code.
 */
export function moduleCode(source: string): string | undefined {
  const imports = readImports(source);
  // A script has comments that a module does not have.
  if (source.includes(MODULE_SCOPE) || /<!--|-->/.test(source)) return undefined;
  const rest = source.slice(imports.end);
  const withWords = (replace: (word: Word) => string): string =>
    imports.code + rest.replace(WORDS, (text, ...more) => replace({ text, index: more.at(-3), kinds: more.at(-1) }));
  // A property may have the name of a word, but no value is one.
  const usual = [withWords(replacementOf), withWords((word) => (word.kinds.meta ? '(0)' : replacementOf(word)))];
  if (!usual.every(isBody)) return undefined;
  const isCode = ({ index }: Word): boolean =>
    !isBody(withWords((word) => (word.index === index ? NONSENSE : replacementOf(word))));
  let exportsDefault = false;
  const code = withWords((word) => {
    if (!isCode(word)) return word.text;
    exportsDefault ||= word.kinds.value !== undefined;
    return replacementOf(word);
  });
  return exportsDefault ? code : undefined;
}

interface Word {
  readonly text: string;
  readonly index: number;
  readonly kinds: Readonly<Partial<Record<'meta' | 'value' | 'declared', string>>>;
}

function replacementOf({ kinds: { meta, value, declared } }: Word): string {
  if (meta) return `${MODULE_SCOPE}.meta `;
  if (value) return `${MODULE_SCOPE}.default=`;
  return declared ? '      ' : NONSENSE;
}

/** The imports at the beginning of a module, and where they end. */
function readImports(source: string): { readonly code: string; readonly end: number } {
  let code = '';
  let end = 0;
  for (;;) {
    SPACE.lastIndex = end;
    IMPORT.lastIndex = end;
    const [space] = SPACE.exec(source) ?? [];
    const [statement, names = '', gap = '', , id] = (space === undefined && IMPORT.exec(source)) || [];
    const read = space ?? statement;
    if (!read) return { code, end };
    code += space ?? `const${names.replaceAll(/(\s)as(\s)/g, '$1:$2')}=${gap}${MODULE_SCOPE}.import('${id}');`;
    end += read.length;
  }
}

/** Whether this is the body of a strict function without `await`, `arguments` and `return`, as that of a static block. */
function isBody(code: string): boolean {
  try {
    new Script(`class Body { static {\n${code}\n} }`);
    return true;
  } catch {
    return false;
  }
}
