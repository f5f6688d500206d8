import type { Issue } from './errors.ts';
import { isEqual } from './json/value.ts';
import type { Key } from './key.ts';
import { REDACTED } from './layer.ts';
import { didYouMean } from './near-names.ts';
import { ruleName } from './rule-texts.ts';
import { type RequiresRule, type Rule, wantedValues } from './rules.ts';
import { check } from './schema/check.ts';
import { shownValue } from './schema/refusal.ts';
import type { Schema } from './schema/schema.ts';
import type { Setting } from './schema/setting.ts';
import { isStandardSchema } from './schema/standard.ts';

/** What is wrong with the rules of a definition. */
export function ruleMistakes(rules: readonly unknown[], { settings, groups, open }: Schema): readonly Issue[] {
  const issue = (message: string, suggestion?: string): Issue => {
    return {
      code: 'INVALID_DEFINITION',
      message,
      ...(suggestion !== undefined && { suggestion }),
    };
  };
  if (!Array.isArray(rules)) return [issue('"rules" must be a list of rules, or a function that returns one')];
  return rules.flatMap((given, i): readonly Issue[] => {
    if (isStandardSchema(given)) return [];
    const one = given as Partial<Rule> | null | undefined;
    if (!one || !Array.isArray(one.keys) || !RULE_KINDS.includes(one.kind)) {
      const remedy = 'Make it with requires, exclusive, rule or transition, or give a Standard Schema.';
      return [issue(`"rules" has an element ${i + 1} that is not a rule`, remedy)];
    }
    const keys: readonly Key[] = one.keys;
    if (typeof keys[0] === 'string' && one.kind === 'requires' && keys[1] === undefined) {
      return [issue(`requires(${keys[0]}) has no "when"`, `Write requires('${keys[0]}', { when: 'other.key' }).`)];
    }
    if (!keys.every((key) => typeof key === 'string'))
      return [issue(`"rules" has an element ${i + 1} with a key that is not a text`)];
    const name = ruleName(one as Rule);
    const unknown = keys.flatMap((key) => {
      if (settings.has(key)) return [];
      if (open && key.split('.').includes('*')) return [issue(`${name}: ${shownValue(key)} ${PATTERN}`, BY_SCHEMA)];
      const what = groups.has(key) ? 'is a group of settings' : 'is not a setting';
      return [issue(`${name}: ${shownValue(key)} ${what}`, didYouMean(key, settings.keys()))];
    });
    const twice = keys.filter((key, j) => keys.indexOf(key) < j);
    const isRepeated = twice.length > 0 && one.kind !== 'rule';
    const hasCheck = !('check' in one) || typeof one.check === 'function';
    return [
      ...unknown,
      ...(isRepeated ? [issue(`${name} has the key ${twice[0]} twice`)] : []),
      ...(hasCheck ? [] : [issue(`${name} has no function that checks the values`)]),
      ...(one.kind === 'requires' && unknown.length === 0 ? impossibleValues(one as RequiresRule, settings) : []).map(
        (problem) => issue(`${name} can never apply: ${problem}`),
      ),
    ];
  });
}

/** The values in `is` that the deciding setting cannot have. */
function impossibleValues({ keys: [, when], is = [] }: RequiresRule, settings: Schema['settings']): readonly string[] {
  const setting = settings.get(when) as Setting;
  const isPossible = (value: unknown): boolean => {
    const typed = check(setting, value);
    return (value === null && setting.nullable) || ('value' in typed && isEqual(typed.value, value));
  };
  // A list may be one value of a list, or several values.
  if (is.length > 0 && setting.isList && isPossible(is)) return [];
  return wantedValues(is, setting.isList)
    .filter((value) => !isPossible(value))
    .map((value) => `${when} cannot be ${setting.sensitive ? REDACTED : shownValue(value)}`);
}

const PATTERN = 'names members of a group by name, which a rule cannot have';
const BY_SCHEMA = 'Compare them in a Standard Schema over all values, which "rules" takes too.';

const RULE_KINDS: readonly unknown[] = ['requires', 'exclusive', 'rule', 'transition'];
