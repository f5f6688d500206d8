import type { Key } from './key.ts';
import { REDACTED } from './layer.ts';
import { type RequiresRule, type Rule, rulesByKey, wantedValues } from './rules.ts';
import { shownValue } from './schema/refusal.ts';
import type { Schema } from './schema/schema.ts';
import type { Setting } from './schema/setting.ts';
import { isStandardSchema, type StandardSchema } from './schema/standard.ts';
import { isSwitch } from './sources/flag-names.ts';

/** The message for values that break a rule which has no message of its own. */
export function brokenText(one: Rule): string {
  return `${listed(one.keys)} must keep ${ruleName(one)}`;
}

/** The name of a schema over all values, in messages. */
export function schemaName(schema: StandardSchema): string {
  return `the schema of ${schema['~standard'].vendor} over all values`;
}

/** The name of a rule in messages: `rule(db.pool.min, db.pool.max)`. */
export function ruleName({ kind, keys }: Rule): string {
  return `${kind}(${keys.join(', ')})`;
}

/** `a and b`, `a, b and c`. */
export function listed(keys: readonly Key[]): string {
  return [keys.slice(0, -1).join(', '), keys.at(-1)].filter(Boolean).join(' and ');
}

/** Found once for the rules of a definition. */
const known = new WeakMap<Schema['rules'], ReturnType<typeof rulesByKey>>();

/** What the rules of a definition say about one setting, each in a phrase. */
export function rulesOf(key: Key, schema: Schema): readonly string[] {
  const byKey = known.get(schema.rules) ?? rulesByKey(schema.rules);
  known.set(schema.rules, byKey);
  return (byKey.get(key) ?? []).flatMap((one) => (isStandardSchema(one) ? [] : (ruleText(one, key, schema) ?? [])));
}

function ruleText(one: Rule, key: Key, schema: Schema): string | undefined {
  const others = listed(one.keys.filter((other) => other !== key));
  switch (one.kind) {
    case 'requires':
      return one.keys[0] === key ? requiredText(one, schema) : undefined;
    case 'exclusive':
      return `not together with ${others}`;
    case 'rule':
      return others === '' ? 'checked by a rule' : `checked together with ${others}`;
    case 'transition':
      return 'each change is checked';
  }
}

/** When a setting is required. */
export function requiredText({ keys: [, when], is }: RequiresRule, { settings }: Schema): string {
  const decides = settings.get(when) as Setting;
  if (!is) return `required when ${when} is ${isSwitch(decides) ? 'true' : 'set'}`;
  const values = decides.sensitive ? REDACTED : wantedValues(is, decides.isList).map(shownValue).join(' or ');
  return `required when ${when} is ${values}`;
}
