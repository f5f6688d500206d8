import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';

/** A file that a page links to. */
interface LinkedFile {
  /** The file, relative to the page. */
  readonly name: string;
  readonly text: string;
}

/** The languages of files whose extension is not the name of one. */
const LANGUAGES: Readonly<Record<string, string>> = { mjs: 'js', cjs: 'js', service: 'ini', env: 'sh' };

/** Code in a page: a link in it leads nowhere. */
const CODE = /^ *```[\s\S]*?^ *```|`[^`\n]*`/gm;

/** The paths of the code that a page links to. */
function linkedPaths(source: string, page: string, docs: string): readonly string[] {
  const links = [...source.replaceAll(CODE, '').matchAll(/\]\(([^)\s#]+)\)/g)].map(([, link = '']) => link);
  const paths = links.filter((link) => !/^[a-z]+:|^\//.test(link)).map((link) => resolve(dirname(page), link));
  return [...new Set(paths)].filter((path) => isCode(path, docs));
}

/** Whether the site shows a linked file with the page: code below `docs`, or a folder of it. */
export function isCode(path: string, docs: string): boolean {
  return !relative(docs, path).startsWith('..') && !/\.(?:md|png|svg)$/.test(path) && existsSync(path);
}

function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name !== 'README.md' && name !== 'node_modules');
  return names.flatMap((name) => filesOf(join(path, name)));
}

/** The heading of a linked file on its page; `Code` for a folder. */
export function headingOf(path: string, page: string): string {
  return statSync(path).isDirectory() ? 'Code' : relative(dirname(page), path).replaceAll('\\', '/');
}

function section({ name, text }: LinkedFile): string {
  const extension = extname(name).slice(1);
  const language = LANGUAGES[extension] ?? (extension === '' ? (basename(name) === 'dotenv' ? 'sh' : '') : extension);
  return `\n### ${name}\n\n\`\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\`\n`;
}

/** A page, and at its end the code that it links to: a reader of the site needs no repository. */
export function withLinkedFiles(source: string, page: string, docs: string): string {
  const paths = new Set(linkedPaths(source, page, docs).flatMap(filesOf));
  if (paths.size === 0) return source;
  const files = [...paths].map((path) => ({ name: headingOf(path, page), text: readFileSync(path, 'utf8') }));
  return `${source}\n\n## Code\n${files.map(section).join('')}`;
}
