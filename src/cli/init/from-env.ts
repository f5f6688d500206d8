import { parseDotenv } from '../../tools.ts';
import { readText } from '../text-file.ts';
import { type DraftGroup, type DraftSetting, place } from './draft.ts';
import { isPlainText, isPlainValue, isSecretName, looksSecret } from './secrecy.ts';

/** The settings that a `.env` file suggests. */
export interface EnvDraft {
  readonly settings: DraftGroup;
  readonly envPrefix?: string;
  readonly guesses: readonly string[];
  /** The variables whose values are in the draft: `PORT=8080`. */
  readonly copied: readonly string[];
}

/**
 * A setting for each variable of a `.env` file, its format guessed from the value. A value is copied only if it is
 * plainly no secret, by its name and by its look; every other setting is sensitive and has no default.
 */
export function fromEnv(path: string): EnvDraft {
  const text = readText(path);
  const variables = Object.entries(parseDotenv(text));
  const prefix = commonPrefix(variables.map(([name]) => name));
  const settings: DraftGroup = {};
  const lines = text.split(/\r?\n/);
  const places = placesOf(lines);
  const numbers = new Map<string, number>();
  const values = variables.map(([, value]) => value).filter((value) => value.length > 2 && !/^\d{1,2}$/.test(value));
  const guesses: string[] = [];
  const copied: string[] = [];
  for (const [variable, value] of variables) {
    const { format, sensitive } = guess(variable, value);
    const doc = commentAbove(lines, places.get(variable), { values, sensitive });
    const rest = prefix === undefined ? variable : variable.slice(prefix.length + 1);
    const path = pathOf(rest);
    const isDerived =
      prefix !== undefined && `${prefix}_${path.map((name) => name.toUpperCase()).join('__')}` === variable;
    const setting: DraftSetting = {
      ...(doc !== undefined && { doc }),
      format,
      // A secret has no place in a source: its variable has to provide it.
      default: sensitive ? null : typedValue(format, value),
      ...(sensitive && { sensitive }),
    };
    const key = placeSetting(settings, path, isDerived ? setting : { ...setting, env: variable }, {
      variable,
      numbers,
    });
    if (!sensitive) copied.push(value === '' ? `${variable}=` : `${variable}=${value}`);
    const kind = typeof format === 'string' ? format : format.name.toLowerCase();
    if (kind !== 'string' || sensitive)
      guesses.push(`${variable} -> ${key} (${kind}${sensitive ? ', sensitive, required' : ''})`);
  }
  return { settings, guesses, copied, ...(prefix !== undefined && { envPrefix: prefix }) };
}

/** What all names begin with, up to the first `_`; nothing where a single name would decide. */
function commonPrefix(names: readonly string[]): string | undefined {
  const prefix = /^([A-Z][A-Z0-9]*)_[A-Z]/.exec(names[0] ?? '')?.[1];
  if (prefix === undefined || names.length < 2) return undefined;
  return names.every((name) => new RegExp(`^${prefix}_[A-Z]`).test(name)) ? prefix : undefined;
}

/** `OPTIMIZER__MAX_NORM` gives `optimizer`, `max_norm`. */
function pathOf(variable: string): readonly string[] {
  const path = variable
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_')
    .split('__')
    .map((name) => name.replace(/^_+|_+$/g, ''))
    .filter((name) => name !== '');
  return path.length === 0 ? ['setting'] : path;
}

interface NamedVariable {
  readonly variable: string;
  /** The last number that a taken name got. */
  readonly numbers: Map<string, number>;
}

/** Puts a setting at its path, or under another name if the path is taken or cannot be one. Returns its key. */
function placeSetting(
  tree: DraftGroup,
  path: readonly string[],
  setting: DraftSetting,
  { variable, numbers }: NamedVariable,
): string {
  if (place(tree, path, setting)) return path.join('.');
  const named = { ...setting, env: variable };
  const joined = path.join('_');
  for (let n = (numbers.get(joined) ?? 0) + 1; ; n++) {
    const name = `${joined}_${n === 1 ? 'value' : n}`;
    numbers.set(joined, n);
    if (place(tree, [name], named)) return name;
  }
}

type Guess =
  | 'port'
  | 'nat'
  | 'int'
  | 'url'
  | typeof Number
  | typeof Boolean
  | typeof Array
  | typeof Object
  | typeof String;

function guess(variable: string, value: string): { readonly format: Guess; readonly sensitive: boolean } {
  const format = formatOf(variable, value);
  const json = format === Array || format === Object ? jsonValueOf(value) : undefined;
  const isPlain = json === undefined ? isPlainText(value) : isPlainValue(json);
  const sensitive = isSecretName(variable) || !isPlain;
  return { format: sensitive && format !== 'url' ? String : format, sensitive };
}

function formatOf(variable: string, value: string): Guess {
  if (/^(true|false)$/i.test(value)) return Boolean;
  if (/^-?(0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value))) {
    if (/(^|_)PORT$/i.test(variable) && Number(value) >= 0 && Number(value) <= 65535) return 'port';
    return Number(value) < 0 ? 'int' : 'nat';
  }
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) && !/^-?0\d/.test(value) && Number.isFinite(Number(value)))
    return Number;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/]+/i.test(value) && URL.canParse(value)) return 'url';
  const json = jsonValueOf(value);
  if (Array.isArray(json)) return Array;
  return typeof json === 'object' && json !== null ? Object : String;
}

function typedValue(format: Guess, value: string): unknown {
  if (format === Boolean) return value.toLowerCase() === 'true';
  if (format === Number || format === 'port' || format === 'nat' || format === 'int') return Number(value);
  return format === Array || format === Object ? jsonValueOf(value) : value;
}

/** The value of a JSON text; `undefined` for any other text. */
function jsonValueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface CommentContext {
  readonly values: readonly string[];
  readonly sensitive: boolean;
}

/** With more values, a comment above a secret is left out unread. */
const MOST_VALUES = 1_000;

/** The lines that assign variables; of several assignments of one, the first. */
function placesOf(lines: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [i, line] of lines.entries()) {
    const name = /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line)?.[1];
    if (name !== undefined && !places.has(name)) places.set(name, i);
  }
  return places;
}

/** The comment in the lines right above the line `at`, unless it may contain a value: an assignment, or no plain words. */
function commentAbove(lines: readonly string[], at = 0, { values, sensitive }: CommentContext): string | undefined {
  let from = at;
  while (/^\s*#/.test(lines[from - 1] ?? '')) from--;
  const words = lines.slice(from, at).map((line) => line.replace(/^\s*#+\s?/, '').trim());
  const doc = words.join(' ').trim();
  if (doc === '' || looksSecret(doc) || /[=@]|:\/\/|\d{5}/.test(doc)) return undefined;
  // A comment may repeat a value, or hold an earlier one.
  const isRisky =
    sensitive && (/[\d:]/.test(doc) || values.length > MOST_VALUES || values.some((value) => doc.includes(value)));
  return isRisky ? undefined : doc;
}
