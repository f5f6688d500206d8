import { type Config, ConfigError, type Definition, type Explanation } from '../index.ts';
import { describeMember, describeSetting, type SettingDescription } from '../tools.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** A key with the text of its value. */
export interface Assignment {
  readonly key: string;
  readonly text: string;
  readonly isJson: boolean;
}

/** A configuration that changes, and its definition. */
export interface Target {
  readonly config: Config;
  readonly definition: Definition;
}

/**
 * What a typed key will change: the setting or member, or what the new member is added to. Throws `UNKNOWN_KEY` for another
 * key.
 */
export function explainTarget(target: Target, key: string, isOwner = false): Explanation {
  try {
    return target.config.explain(key);
  } catch (error) {
    const declared = describeSetting(target.definition, key);
    const inside = declared ? [declared] : isOwner ? [] : describeMember(target.definition, key);
    if (inside.length > 0) {
      return { key, value: undefined, redacted: inside.some(({ sensitive }) => sensitive), candidates: [] };
    }
    const end = Math.max(key.lastIndexOf('.'), key.lastIndexOf('["'));
    if (!(error instanceof ConfigError) || end <= 0) throw error;
    try {
      const owner = explainTarget(target, key.slice(0, end), true);
      return { ...owner, candidates: [] };
    } catch {
      throw error;
    }
  }
}

/** `KEY VALUE`, or any number of `KEY=VALUE` and `KEY:=JSON`. Secrets are refused. */
export function parseAssignments(words: readonly string[], target: Target, jsonValue: boolean): readonly Assignment[] {
  // A text with the scheme of a resolver does not contain the secret itself.
  const schemes = Object.keys(target.definition.resolvers ?? {});
  const [first = '', value, extra] = words;
  const isPair = !first.includes('=');
  const assignments = isPair
    ? [{ key: first, text: value ?? '', isJson: jsonValue }]
    : words.map((word) => parseAssignment(word, jsonValue));
  for (const { key, text, isJson } of assignments) {
    const isReference = schemes.some((scheme) => text.startsWith(`${scheme}:`));
    const isPublic = isJson && isPublicMember(describeMember(target.definition, key), key, text);
    if (isReference || isPublic || !explainTarget(target, key).redacted) continue;
    throw new UsageError(`${key} is sensitive, and other users see arguments. Use: varve set ${key} --stdin`);
  }
  if (isPair && extra !== undefined) {
    throw new UsageError(`unexpected argument "${extra}"`, `Quote the value, or write: varve set ${first}=VALUE …`);
  }
  if (isPair && value === undefined) throw new UsageError(`${first} needs a value: varve set ${first} VALUE`);
  return assignments;
}

/** Whether the JSON of a member of a group by name, or of a list, gives none of its secrets. */
function isPublicMember(settings: readonly SettingDescription[], key: string, text: string): boolean {
  const secrets = settings.filter(({ sensitive }) => sensitive).map((setting) => setting.key.split('.'));
  const isSecret = (path: readonly string[]): boolean =>
    secrets.some((secret) => secret.every((name, i) => name === '*' || name === path[i]));
  const hasSecret = (value: unknown, path: readonly string[]): boolean =>
    isSecret(path) ||
    (typeof value === 'object' &&
      value !== null &&
      Object.entries(value).some(([name, inner]) => hasSecret(inner, [...path, name])));
  try {
    return settings.length > 0 && !hasSecret(JSON.parse(text), key.split('.'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

function parseAssignment(word: string, jsonValue: boolean): Assignment {
  const at = word.indexOf('=');
  const isJson = word[at - 1] === ':';
  const key = word.slice(0, isJson ? at - 1 : at);
  if (at > 0 && key !== '') return { key, text: word.slice(at + 1), isJson: isJson || jsonValue };
  throw new UsageError(`"${word}" is not KEY=VALUE`, 'Write: varve set KEY VALUE, or: varve set KEY=VALUE KEY=VALUE');
}

interface StdinInput {
  readonly words: readonly string[];
  readonly isJson: boolean;
}

export async function readAssignment(
  terminal: Terminal,
  target: Target,
  { words, isJson }: StdinInput,
): Promise<Assignment> {
  const [key = '', value] = words;
  if (value !== undefined || key.includes('=')) {
    throw new UsageError('with --stdin the value is read from standard input', 'Write: varve set KEY --stdin');
  }
  explainTarget(target, key);
  const { readAll, readHidden } = await import('./input.ts');
  const input = terminal.stdin.isTTY ? await readHidden(`${key}: `) : await readAll(terminal.stdin);
  const text = input.replace(/\r?\n$/, '');
  // As from a command before the pipe that failed.
  if (text === '') {
    const forEmpty = `For an empty text: echo '""' | varve set KEY --stdin --json-value`;
    throw new UsageError(`standard input has no value for ${key}, so nothing was saved`, forEmpty);
  }
  return { key, text, isJson };
}

/** The value of JSON text. Throws a `UsageError` for other text. */
export function parseJsonValue(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`the value of ${key} is not JSON`, 'A string in JSON has quotes: \'"text"\'');
  }
}
