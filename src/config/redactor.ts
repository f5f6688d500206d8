import { rankedEntries } from '../explain.ts';
import { valueAt } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import type { Entry } from '../layer.ts';
import type { SettingsDefinition } from '../schema/types.ts';
import { incompleteLength, redactSecrets } from '../secret-texts.ts';
import { spellings } from '../spellings.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { requireText } from '../wrong-arguments.ts';
import { type Config, partsOf } from './config.ts';
import type { ConfigState } from './config-state.ts';

/** Replaces the secrets of one configuration in any text by `********`. */
export interface Redactor {
  (text: string): string;
  /** Whether the configuration has no secret to replace. */
  readonly isEmpty: boolean;
  /**
   * How many characters at the end of a chunk must wait for the next chunk: they may begin a secret, or overlap one that
   * does.
   */
  incompleteLength(chunk: string): number;
  /** The texts that it replaces, the longest first: for another process that redacts the same output. */
  secrets(): readonly string[];
}

/**
 * Returns a function that replaces secrets in a text by `********`. A secret is any value of a sensitive setting,
 * except for a default that is not computed. The function also finds it escaped as in JSON or in a URL. It takes new values
 * into account, and still replaces the earlier ones. It does not replace values shorter than 4 characters.
 * @example
 * import { defineConfig, loadConfigSync, redactor } from 'varve';
 *
 * const definition = defineConfig({ name: 'shop', settings: { token: { sensitive: true, default: '' } } });
 * const redact = redactor(loadConfigSync(definition, { env: {}, argv: ['--token=abcdef'] }));
 * console.log(redact('GET /?token=abcdef')); // GET /?token=********
 */
export function redactor<S extends SettingsDefinition, U extends UnknownKeys>(config: Config<S, U>): Redactor {
  const { current } = partsOf(config);
  const known = new Set<string>();
  let version: number | undefined;
  let secrets: readonly string[] = [];
  const present = (): readonly string[] => {
    if (version === current.version) return secrets;
    version = current.version;
    for (const secret of secretsOf(current)) known.add(secret);
    // The longest first: a secret may contain another one.
    secrets = [...known].toSorted((a, b) => b.length - a.length);
    return secrets;
  };
  const redactText = (text: string): string => {
    requireText('redactor: what is redacted', text);
    return redactSecrets(text, present());
  };
  return Object.defineProperties(redactText, {
    isEmpty: { get: () => present().length === 0 },
    secrets: { value: present },
    incompleteLength: {
      value: (chunk: string) => {
        requireText('redactor: a chunk', chunk);
        return incompleteLength(chunk, present());
      },
    },
  }) as Redactor;
}

function* secretsOf(current: ConfigState): Generator<string> {
  const { schema, fullSchema, given, layers, values } = current;
  for (const { key, sensitive } of schema.settings.values()) {
    if (!sensitive) continue;
    const winner = current.entry(key);
    if (winner && !isLiteralDefault(winner)) yield* spellings(valueAt(values, segments(key)));
    for (const value of givenValues(key, layers)) yield* spellings(value);
  }
  if (!fullSchema.open) return;
  // What layers give for members that are removed, and for variants that are not chosen.
  for (const { key, sensitive } of fullSchema.settings.values()) {
    if (sensitive) for (const value of givenValues(key, given)) yield* spellings(value);
  }
}

/** A default is not a secret, because it is in the program, unless it is computed from other values. */
function isLiteralDefault({ origin, computedFrom }: Entry): boolean {
  return origin.layer === 'default' && computedFrom === undefined;
}

/** Everything that the layers have for a setting, valid or not. */
function* givenValues(key: Key, layers: ConfigState['layers']): Generator<unknown> {
  for (const { entry } of rankedEntries(key, layers)) {
    if (isLiteralDefault(entry)) continue;
    yield* [entry.value, entry.written, entry.raw];
    for (const { redacted, value } of entry.computedFrom ?? []) if (redacted) yield value;
    for (const { raw } of [...(entry.parts ?? []), ...(entry.members ?? [])]) yield raw;
  }
}
