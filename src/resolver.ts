import type { Issue } from './errors.ts';
import type { Key } from './key.ts';
import { didYouMean } from './near-names.ts';
import { memberKey } from './schema/member-path.ts';
import { shownValue } from './schema/refusal.ts';
import type { Settings } from './schema/setting.ts';

/** Gives the values of texts that begin with its scheme: `vault:kv/db#password`. */
export interface Resolver {
  /** The settings, or members of settings, that `resolve` needs, from any layer. */
  readonly needs?: readonly Key[];
  /**
   * Returns the value of each name, which is a text without its scheme: an object or a map by name. A name that it leaves
   * out has no value; an `Error` in place of a value is the failure of that name alone.
   */
  resolve(names: readonly string[], context: ResolveContext): ResolvedNames | Promise<ResolvedNames>;
  /** How long a value is used before a reload or a watch asks for it again, in milliseconds. Default: until the next reload. */
  readonly ttl?: number;
  /** How long to wait for an answer, in milliseconds. Default: 10,000. */
  readonly timeout?: number;
}

/** The values by their names. */
export type ResolvedNames = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** What a resolver can use. */
export interface ResolveContext {
  /** The values of its `needs`, by their keys. */
  readonly settings: Readonly<Record<Key, unknown>>;
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
}

/** How long a resolver may take unless it says otherwise, in milliseconds. */
export const RESOLVE_TIMEOUT_MS = 10_000;

/**
 * Declares a resolver for the `resolvers` of a definition. Its values are sensitive. One call asks for all values that
 * win, and for no others.
 * @example
 * import { defineConfig, loadConfig, resolver } from 'varve';
 *
 * const secrets = resolver({ resolve: (names) => Object.fromEntries(names.map((name) => [name, `value of ${name}`])) });
 * const definition = defineConfig({ name: 'shop', resolvers: { vault: secrets }, settings: { token: 'vault:shop/token' } });
 * const config = await loadConfig(definition, { env: {}, argv: [] });
 * console.log(config.values.token, config.explain('token').value); // value of shop/token ********
 */
export function resolver(options: Resolver): Resolver {
  return options;
}

/** The scheme of a URI; one letter would be a drive of Windows. */
const SCHEME = /^[a-z][a-z0-9+.-]+$/;

/** References have these beginnings. */
const RESERVED_SCHEMES = ['env', 'file'];

/** What is wrong with the resolvers of a definition. */
export function resolverMistakes(resolvers: Readonly<Record<string, Resolver>>, settings: Settings): readonly Issue[] {
  return Object.entries(resolvers).flatMap(([scheme, one]) => [
    ...schemeMistakes(scheme),
    ...optionMistakes(scheme, Object(one)),
    ...needMistakes(scheme, Object(one), settings),
  ]);
}

function mistake(message: string, suggestion?: string): Issue {
  return { code: 'INVALID_DEFINITION', message, ...(suggestion !== undefined && { suggestion }) };
}

function schemeMistakes(scheme: string): readonly Issue[] {
  if (RESERVED_SCHEMES.includes(scheme))
    return [mistake(`"resolvers" must not have "${scheme}", which references use`)];
  if (SCHEME.test(scheme)) return [];
  return [
    mistake(`"resolvers" has ${shownValue(scheme)}, which must be a scheme: two or more of a-z, 0-9, "+", "." and "-"`),
  ];
}

function optionMistakes(scheme: string, { resolve, ttl, timeout }: Resolver): readonly Issue[] {
  const isTime = (time: unknown): boolean => time === undefined || (typeof time === 'number' && time > 0);
  return [
    ...(typeof resolve === 'function' ? [] : [mistake(`the resolver "${scheme}" has no function "resolve"`)]),
    ...(isTime(ttl) ? [] : [mistake(`"ttl" of the resolver "${scheme}" must be a number of milliseconds`)]),
    ...(isTime(timeout) ? [] : [mistake(`"timeout" of the resolver "${scheme}" must be a number of milliseconds`)]),
  ];
}

function needMistakes(scheme: string, { needs = [] }: Resolver, settings: Settings): readonly Issue[] {
  if (!Array.isArray(needs)) return [mistake(`"needs" of the resolver "${scheme}" must be a list of keys`)];
  return needs
    .filter((key) => !settings.has(key) && !memberKey(settings, key))
    .map((key) =>
      mistake(`the resolver "${scheme}" needs ${key}, which is not a setting`, didYouMean(key, settings.keys())),
    );
}
