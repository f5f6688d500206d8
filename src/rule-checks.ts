import { disguise, redactedText, withoutSecretWords } from './disguise.ts';
import { type Issue, reasonOf } from './errors.ts';
import { isEqual, type JsonObject, valueAt } from './json/value.ts';
import { withValues } from './json/with-values.ts';
import { isWithin, type Key } from './key.ts';
import { type Origin, plainOrigin } from './layer.ts';
import { brokenText, listed, requiredText, ruleName, schemaName } from './rule-texts.ts';
import { type AnyRule, EVERY_KEY, type RequiresRule, type Rule, rulesByKey, wantedValues } from './rules.ts';
import { missingIssue, shownValue } from './schema/refusal.ts';
import type { Schema } from './schema/schema.ts';
import type { Setting } from './schema/setting.ts';
import { isPromise, isStandardSchema, type StandardSchema, standardIssues } from './schema/standard.ts';
import { isSwitch } from './sources/flag-names.ts';

/** What rules see of the layers at one time. */
export interface RuleState {
  /** The schema, in which the settings that are secrets in these layers are sensitive. */
  readonly schema: Schema;
  readonly values: JsonObject;
  value(key: Key): unknown;
  /** The origin of the value; `undefined` if there is none. */
  origin(key: Key): Origin | undefined;
  /** Whether the setting has a valid value, or may have none. */
  isValid(key: Key): boolean;
}

/** One way in which a state breaks a rule. */
interface Break {
  readonly keys: readonly Key[];
  readonly message: string;
  readonly suggestion?: string;
  /** Whether the rule itself is wrong. */
  readonly isMistake?: true;
}

/** A rule that is a function of values. */
type FunctionRule = Extract<Rule, { readonly kind: 'rule' | 'transition' }>;

/** What a rule's function answered for these values. */
interface Answer {
  readonly inputs: readonly unknown[];
  readonly breaks: readonly Break[];
}

/** Which rules to run, and what the state is a change of. */
export interface RuleCheckOptions {
  /** The state that the new one follows; none at the start. Rules whose values are the same do not run again. */
  readonly before?: RuleState;
  /** The settings that changed; all may have, unless given. */
  readonly keys?: readonly Key[];
}

/** Checks states of a configuration by the rules of its definition. */
export class RuleChecks {
  readonly #schema: Schema;
  /** The last answers of each function: of the state in use, and of one that was refused or comes next. */
  readonly #answers = new Map<AnyRule, readonly Answer[]>();
  #byKey: ReadonlyMap<Key, readonly AnyRule[]> | undefined;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** The rules that a state breaks. A rule runs only if all its settings are valid. */
  issues(state: RuleState, { before, keys }: RuleCheckOptions = {}): readonly Issue[] {
    const { rules } = this.#schema;
    const checked = keys ? this.#rulesOf(keys) : rules;
    const breaks = checked.flatMap((one) => {
      const own = keysOf(one, this.#schema);
      return own.every((key) => state.isValid(key)) ? this.#breaks(one, state, before) : [];
    });
    if (breaks.length === 0) return [];
    const secrets = secretsIn([before, state]);
    return breaks.map((found) => issueOf(found, state, secrets));
  }

  #rulesOf(keys: readonly Key[]): readonly AnyRule[] {
    this.#byKey ??= rulesByKey(this.#schema.rules);
    const byKey = this.#byKey;
    const found = new Set([EVERY_KEY, ...keys].flatMap((key) => byKey.get(key) ?? []));
    return this.#schema.rules.filter((one) => found.has(one));
  }

  #breaks(one: AnyRule, state: RuleState, before: RuleState | undefined): readonly Break[] {
    if (isStandardSchema(one)) return this.#schemaBreaks(one, state);
    if (one.kind === 'requires') return requiresBreaks(one, state);
    return one.kind === 'exclusive' ? exclusiveBreaks(one.keys, state) : this.#checkBreaks(one, state, before);
  }

  /** What a Standard Schema over all values refuses. */
  #schemaBreaks(one: StandardSchema, state: RuleState): readonly Break[] {
    const breaks = (values: JsonObject): readonly Break[] => schemaBreaks(one, values, this.#schema);
    const { hasSecrets } = state.schema;
    return this.#answered(one, [hasSecrets, state.values], () =>
      hasSecrets
        ? withoutSecretWords(breaks(state.values), {
            secrets: secretsIn([state]),
            disguised: () => breaks(disguisedValues(state)),
            neutral: `the values must keep ${schemaName(one)}`,
          })
        : breaks(state.values),
    );
  }

  /** What the function of a rule or of a transition refuses. */
  #checkBreaks(one: FunctionRule, state: RuleState, before: RuleState | undefined): readonly Break[] {
    const { keys } = one;
    const check = one.check as (...values: readonly unknown[]) => unknown;
    const seen =
      one.kind === 'rule' ? keys.map((key) => [key, state] as const) : changedSetting(keys[0], state, before);
    const values = seen.map(([key, at]) => at.value(key));
    if (one.kind === 'transition' && (seen.length < 2 || isEqual(values[0], values[1]))) return [];
    const isSecret = [state, before].some((at) => keys.some((key) => at && isSensitive(key, at)));
    const breaks = (inputs: readonly unknown[]): readonly Break[] => checkBreaks(one, () => check(...inputs), isSecret);
    return this.#answered(one, [isSecret, ...values], () =>
      isSecret
        ? withoutSecretWords(breaks(values), {
            secrets: secretsIn([before, state]),
            disguised: () =>
              breaks(seen.map(([key, at], i) => (isSensitive(key, at) ? disguise(values[i]) : values[i]))),
            neutral: brokenText(one),
            source: String(one.check),
          })
        : breaks(values),
    );
  }

  /** The answer for these values; a function runs once for them while they are used or about to be. */
  #answered(one: AnyRule, inputs: readonly unknown[], run: () => readonly Break[]): readonly Break[] {
    const answers = this.#answers.get(one) ?? [];
    const answer = answers.find((known) => isEqual(known.inputs, inputs)) ?? { inputs, breaks: run() };
    this.#answers.set(one, [answer, ...answers.filter((known) => known !== answer)].slice(0, 2));
    return answer.breaks;
  }
}

function keysOf(one: AnyRule, { settings }: Schema): readonly Key[] {
  return isStandardSchema(one) ? [...settings.keys()] : one.keys;
}

/** Whether a layer above the defaults sets the setting; `null` and an empty text set nothing. */
function isSet(key: Key, state: RuleState): boolean {
  const value = state.value(key);
  if (value === undefined || value === null || value === '') return false;
  return state.origin(key)?.layer !== 'default';
}

function requiresBreaks(one: RequiresRule, state: RuleState): readonly Break[] {
  const { schema } = state;
  const [key, when] = one.keys;
  const setting = schema.settings.get(key) as Setting;
  const decides = schema.settings.get(when) as Setting;
  const value = state.value(when);
  const isWanted = one.is
    ? [...wantedValues(one.is, decides.isList), one.is].some((wanted) => isEqual(wanted, value))
    : isSwitch(decides)
      ? value === true
      : isSet(when, state);
  if (!isWanted || isSet(key, state)) return [];
  const message = `${key} is ${requiredText(one, schema)}`;
  const { suggestion } = missingIssue(setting, schema);
  return [{ keys: one.keys, message, ...(suggestion !== undefined && { suggestion }) }];
}

function exclusiveBreaks(keys: readonly Key[], state: RuleState): readonly Break[] {
  const set = keys.filter((key) => isSet(key, state));
  if (set.length < 2) return [];
  return [{ keys: set, message: `${listed(set)} exclude each other: only one may be set` }];
}

function checkBreaks(one: Rule, run: () => unknown, isSecret: boolean): readonly Break[] {
  const mistake = (problem: string): readonly Break[] => [
    { keys: one.keys, message: `${ruleName(one)} ${problem}`, isMistake: true },
  ];
  let answer: unknown;
  try {
    answer = run();
  } catch (error) {
    // The message of an error often quotes the value.
    return mistake(`threw an error${isSecret ? '' : `: ${reasonOf(error)}`}`);
  }
  if (answer === true) return [];
  if (isPromise(answer)) return mistake('answered a promise: a rule must not be asynchronous');
  if (answer === false || answer === '') return [{ keys: one.keys, message: brokenText(one) }];
  if (typeof answer === 'string') return [{ keys: one.keys, message: answer }];
  return mistake(`answered ${isSecret ? 'another value' : shownValue(answer)}: a rule answers true, false or a text`);
}

function schemaBreaks(schema: StandardSchema, values: JsonObject, { settings }: Schema): readonly Break[] {
  const keys = [...settings.keys()];
  const mistake = (problem: string): readonly Break[] => [
    { keys: [], message: `${schemaName(schema)} ${problem}`, isMistake: true },
  ];
  try {
    const issues = standardIssues(schema, values);
    if (!issues) return mistake('answered a promise: a rule must not be asynchronous');
    return issues.map(({ message, path }) => {
      const at = path.join('.');
      const own = keys.filter((key) => isWithin(at, key) || isWithin(key, at));
      return { keys: own, message: at === '' ? message : `${at}: ${message}` };
    });
  } catch (error) {
    return mistake(`threw an error: ${reasonOf(error)}`);
  }
}

/** All values, with other secrets of the same form. */
function disguisedValues({ schema, values }: RuleState): JsonObject {
  const secrets = schema.settings.values().filter(({ sensitive }) => sensitive);
  return withValues(
    values,
    secrets.map(({ path }) => [path, disguise(valueAt(values, path))]),
  );
}

/** The issue has every setting that took part, each with the location of its value. */
function issueOf(
  { keys, message, suggestion, isMistake }: Break,
  state: RuleState,
  secrets: readonly unknown[],
): Issue {
  const origins = keys.flatMap((key) => {
    const origin = state.origin(key);
    return origin ? [[key, plainOrigin(origin)] as const] : [];
  });
  const written = origins.find(([, { layer }]) => layer !== 'default')?.[1];
  return {
    code: isMistake ? 'INVALID_DEFINITION' : 'INVALID_VALUE',
    keys,
    message: redactedText(message, secrets),
    ...(written && { origin: written }),
    origins: Object.fromEntries(origins),
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** The states of a setting that changes. */
function changedSetting(
  key: Key,
  state: RuleState,
  before: RuleState | undefined,
): readonly (readonly [Key, RuleState])[] {
  return [state, before].flatMap((at) => (at ? [[key, at] as const] : []));
}

function isSensitive(key: Key, { schema }: RuleState): boolean {
  return schema.settings.get(key)?.sensitive === true;
}

/** The values of the sensitive settings of each state. */
function secretsIn(states: readonly (RuleState | undefined)[]): readonly unknown[] {
  return states.flatMap((state) => {
    const all = state ? state.schema.settings.values() : [];
    return all.flatMap(({ sensitive, key }) => (sensitive ? state?.value(key) : []));
  });
}
