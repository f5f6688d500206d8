import type { Key } from './key.ts';
import { isStandardSchema, type StandardSchema } from './schema/standard.ts';
import type { SettingKey, ValueAt } from './schema/types.ts';

/** A rule across settings. A state that breaks one is neither used nor saved. */
export type Rule<K extends Key = Key> = RequiresRule<K> | ExclusiveRule<K> | CheckRule<K> | TransitionRule<K>;

/** A setting that another one requires. */
export interface RequiresRule<K extends Key = Key> {
  readonly kind: 'requires';
  readonly keys: readonly [key: K, when: K];
  /** The values of `when` with which `key` is required. */
  readonly is?: readonly unknown[];
}

interface ExclusiveRule<K extends Key> {
  readonly kind: 'exclusive';
  readonly keys: readonly K[];
}

interface CheckRule<K extends Key> {
  readonly kind: 'rule';
  readonly keys: readonly K[];
  readonly check: (...values: never[]) => unknown;
}

interface TransitionRule<K extends Key> {
  readonly kind: 'transition';
  readonly keys: readonly [key: K];
  readonly check: (next: never, before: never) => unknown;
}

/** When a setting is required. */
export interface RequiresOptions<K extends Key = Key, V = unknown> {
  /** The setting that decides: a boolean by its value, any other by whether a layer sets it. */
  readonly when: K;
  /** Required only if `when` has this value, or one of these. */
  readonly is?: V | readonly V[];
}

/** Whether the values keep the rule. A text says how they break it. */
export type RuleAnswer = boolean | string;

/**
 * `key` must be set by a layer above the defaults when another setting is true, is set, or has a certain value:
 * `requires('tls.cert', { when: 'tls.enabled' })`. `null` and an empty text do not count as set.
 * @example
 * import { defineConfig, loadConfigSync, requires } from 'varve';
 *
 * const settings = { tls: { enabled: false, cert: { format: String, nullable: true, default: null } } };
 * const definition = defineConfig({ name: 'shop', settings, rules: [requires('tls.cert', { when: 'tls.enabled' })] });
 * const { issues } = loadConfigSync(definition, { env: {}, argv: ['--tls.enabled'], invalid: 'report' });
 * console.log(issues[0].message); // tls.cert is required when tls.enabled is true
 */
export function requires<const K extends Key, const W extends Key>(key: K, required: RequiresOptions<W>): Rule<K | W> {
  // Without types, `when` may be missing: then the definition says so with its other mistakes.
  const { when, is } = Object(required) as RequiresOptions<W>;
  return { kind: 'requires', keys: [key, when], ...(is !== undefined && { is: Array.isArray(is) ? is : [is] }) };
}

/**
 * At most one of these settings may be set by a layer above the defaults.
 * @example
 * import { defineConfig, exclusive, loadConfigSync } from 'varve';
 *
 * const settings = { url: { format: String, default: '' }, socket: { format: String, default: '' } };
 * const definition = defineConfig({ name: 'shop', settings, rules: [exclusive('url', 'socket')] });
 * const { issues } = loadConfigSync(definition, { env: {}, argv: ['--url', 'a', '--socket', 'b'], invalid: 'report' });
 * console.log(issues[0].message); // url and socket exclude each other: only one may be set
 */
export function exclusive<const K extends readonly [Key, Key, ...Key[]]>(...keys: K): Rule<K[number]> {
  return { kind: 'exclusive', keys };
}

/**
 * A check of several settings together: `rule(['min', 'max'], (min, max) => min <= max || 'min must not exceed max')`.
 * It must be a pure function; it runs when one of these settings changes. To have the types of the values inferred,
 * write `rules: ({ rule }) => [rule(…)]`.
 * @example
 * import { defineConfig, loadConfigSync, rule } from 'varve';
 *
 * const settings = { min: 1, max: { format: 'nat', default: 10 } };
 * const definition = defineConfig({ name: 'shop', settings, rules: [rule(['min', 'max'], (min, max) => min <= max || 'too many')] });
 * const { issues } = loadConfigSync(definition, { env: {}, argv: ['--min', '20'], invalid: 'report' });
 * console.log(issues[0].message, issues[0].keys); // too many [ 'min', 'max' ]
 */
export function rule<const K extends readonly Key[]>(
  keys: K,
  // biome-ignore lint/suspicious/noExplicitAny: the settings are not known here; `defineConfig` passes a typed `rule`.
  check: (...values: any[]) => RuleAnswer,
): Rule<K[number]> {
  return { kind: 'rule', keys, check };
}

/**
 * A check of each change of a setting: `transition('version', (next, before) => next >= before || 'must not go back')`.
 * @example
 * import { defineConfig, loadConfigSync, transition } from 'varve';
 *
 * const settings = { version: { format: 'nat', default: 3 } };
 * const rules = [transition('version', (next, before) => next >= before || 'version must not go back')];
 * const config = loadConfigSync(defineConfig({ name: 'shop', settings, rules }), { env: {}, argv: [] });
 * config.set('version', 4);
 * console.log(config.values.version); // 4
 */
export function transition<const K extends Key>(
  key: K,
  // biome-ignore lint/suspicious/noExplicitAny: as for `rule`.
  check: (next: any, before: any) => RuleAnswer,
): Rule<K> {
  return { kind: 'transition', keys: [key], check };
}

/** The functions that make rules, with the keys and values of the settings `S`. */
export interface RuleFunctions<S> {
  /** {@link requires} */
  requires<const W extends SettingKey<S>>(key: SettingKey<S>, when: RequiresOptions<W, ValueAt<S, W>>): Rule;
  /** {@link exclusive} */
  exclusive(...keys: readonly [SettingKey<S>, SettingKey<S>, ...SettingKey<S>[]]): Rule;
  /** {@link rule} */
  rule<const K extends readonly SettingKey<S>[]>(
    keys: K,
    check: (...values: { -readonly [I in keyof K]: ValueAt<S, K[I]> }) => RuleAnswer,
  ): Rule;
  /** {@link transition} */
  transition<const K extends SettingKey<S>>(
    key: K,
    check: (next: ValueAt<S, K>, before: ValueAt<S, K>) => RuleAnswer,
  ): Rule;
}

/** The rules of a definition: a list, or a function that gets `rule`, `requires` and the others, and returns the list. */
export type RulesDefinition<S> =
  | readonly (Rule<SettingKey<S>> | StandardSchema)[]
  | ((functions: RuleFunctions<S>) => readonly AnyRule[])
  | DefinedRules;

/** The rules of a definition whose settings the compiler compared with them. */
export interface DefinedRules {
  readonly [defined]: true;
}

declare const defined: unique symbol;

/** A rule, or a Standard Schema that checks all values. */
export type AnyRule = Rule | StandardSchema;

/** The values of `when` with which a setting is required: of a list, `is` may be one whole list or several. */
export function wantedValues(is: readonly unknown[], isList: boolean): readonly unknown[] {
  const isOneList = isList && !(is.length > 0 && is.every(Array.isArray));
  return isOneList ? [is] : is;
}

/** The rules of a definition as a list. */
export function ruleList(rules: DefinedRules): readonly AnyRule[] {
  const given: unknown = rules;
  const list: unknown = typeof given === 'function' ? given({ requires, exclusive, rule, transition }) : given;
  return list as readonly AnyRule[];
}

/** The rules of each key, and under {@link EVERY_KEY} those of all values. */
export function rulesByKey(rules: readonly AnyRule[]): ReadonlyMap<Key, readonly AnyRule[]> {
  const byKey = new Map<Key, AnyRule[]>();
  for (const one of rules) {
    for (const key of isStandardSchema(one) ? [EVERY_KEY] : one.keys) {
      const known = byKey.get(key);
      if (known) known.push(one);
      else byKey.set(key, [one]);
    }
  }
  return byKey;
}

/** The key in {@link rulesByKey} of rules that depend on all settings. */
export const EVERY_KEY = '';
