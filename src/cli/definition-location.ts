import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, type Issue } from '../index.ts';
import { DefinitionError } from './command-errors.ts';
import { readTextIfThere } from './text-file.ts';

/** What a definition at `path` threw while it was loaded, with its own location. */
export function locatedError(error: unknown, path: string, cwd: string): Error {
  const file = shown(path, cwd);
  if (isConfigError(error)) {
    const [first, ...rest] = error.issues.map((issue) => locatedIssue(issue, { path, file, error }));
    return first && error.code === 'INVALID_DEFINITION'
      ? new ConfigError([first, ...rest], { title: file, cause: error })
      : error;
  }
  const place = locationOfThrow(error, path, cwd) ?? file;
  const [kind, message] = error instanceof Error ? [error.name, error.message] : ['Error', String(error)];
  const what = kind === 'Error' ? '' : `${kind}: `;
  const remedy = isCommonJs(error) ? `\n  ${COMMON_JS_REMEDY}` : '';
  return new DefinitionError(`${place}  ${what}${firstLine(message)}${remedy}`, { cause: error });
}

/** Whether Node.js took an ES module for CommonJS, as `"type": "commonjs"` in package.json has it. */
function isCommonJs(error: unknown): boolean {
  return error instanceof SyntaxError && /import statement outside a module|token 'export'/.test(error.message);
}

const COMMON_JS_REMEDY =
  'It is read as CommonJS: npm pkg set type=module, or call it varve.config.mts or varve.config.mjs';

function locationOfThrow(error: unknown, path: string, cwd: string): string | undefined {
  if (error instanceof SyntaxError) return locationOfSyntaxError(path, cwd);
  // The message names the import; a loader's column would be one of its own output.
  const isMissing = error instanceof Error && /MODULE_NOT_FOUND$/.test(String(Reflect.get(error, 'code')));
  return isMissing ? undefined : locationOf(error, path, cwd);
}

/** Also one of another copy of this package: the program's own, where the command line is installed globally. */
function isConfigError(error: unknown): error is ConfigError {
  return error instanceof ConfigError || (error instanceof Error && error.name === 'ConfigError' && 'issues' in error);
}

function locatedIssue(issue: Issue, { path, file, error }: ThrownError): Issue {
  if (issue.origin) return issue;
  const found = issue.key === undefined ? undefined : locationOfKey(readTextIfThere(path) ?? '', issue.key);
  const location = found === undefined ? (locationOf(error, path) ?? file) : `${file}:${found}`;
  return { ...issue, origin: { layer: 'definition', name: issue.key ?? file, location: location.replace(path, file) } };
}

interface ThrownError {
  readonly path: string;
  readonly file: string;
  readonly error: Error;
}

/** What matters of a source: comments and texts as a whole, brackets, names. */
const TOKENS =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|[{}[\]()]|[\p{ID_Continue}$]+/gu;

/** The line and column of a key's member below `settings`: `7:5`; `undefined` if it is in another file. */
function locationOfKey(text: string, key: string): string | undefined {
  const around: string[] = [];
  let name = '';
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (/^[{[(]$/.test(token)) {
      around.push(name);
      name = '';
    } else if (/^[}\])]$/.test(token)) around.pop();
    else if (!token.startsWith('/') && /^\s*[:=]/.test(text.slice(index + token.length))) {
      name = token.replace(/^(['"`])(.*)\1$/s, '$2');
      const path = [...around.slice(around.lastIndexOf('settings') + 1), name];
      if (around.includes('settings') && path.join('.') === key) return position(text, index);
    }
  }
  return undefined;
}

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The first place of an error's stack that is neither ours nor that of Node.js or a package. */
function locationOf(error: unknown, path: string, cwd?: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const loc = Reflect.get(error, 'loc') as { readonly line?: number; readonly column?: number } | undefined;
  if (loc?.line !== undefined) return `${shown(path, cwd)}:${loc.line}:${(loc.column ?? 0) + 1}`;
  for (const line of error.stack?.split('\n') ?? []) {
    const [, url, place] = /(?:^|\(|\s)((?:file:\/\/)?\/[^()]*?)(:\d+(?::\d+)?)\)?$/.exec(line.trim()) ?? [];
    if (url === undefined || place === undefined) continue;
    const frame = url.startsWith('file:') ? fileURLToPath(url.replace(/\?.*$/, '')) : url;
    if (!frame.includes('/node_modules/') && !frame.startsWith(OURS)) return `${shown(frame, cwd)}${place}`;
  }
  return undefined;
}

/** Node.js writes the line of a syntax error to stderr only. */
function locationOfSyntaxError(path: string, cwd: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  const [, line] = /^(?:file:\/\/)?\/.*:(\d+)$/m.exec(stderr ?? '') ?? [];
  return line === undefined ? undefined : `${shown(path, cwd)}:${line}`;
}

/** The folder that this code was loaded from: `src/` or `dist/`. */
const OURS = fileURLToPath(new URL('../', import.meta.url));

function shown(path: string, cwd: string | undefined): string {
  const below = cwd === undefined ? path : relative(cwd, path);
  return below.startsWith('..') ? path : below;
}

/** What some loaders add below a message is a stack of theirs. */
function firstLine(message: string): string {
  return message.split('\n')[0]?.replaceAll('file://', '').trim() ?? '';
}
