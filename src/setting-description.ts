import { isEqual } from './json/value.ts';
import type { Key } from './key.ts';
import { REDACTED } from './layer.ts';
import { rulesOf } from './rule-texts.ts';
import { check, jsonForm } from './schema/check.ts';
import { decode, takesEmptyText } from './schema/decode.ts';
import { dashed, flagOf } from './schema/flag-name.ts';
import type { Schema } from './schema/schema.ts';
import { type Setting, variableOf } from './schema/setting.ts';

/** The constraints that a setting may have besides its format. */
export interface Constraints {
  /** The smallest number that is accepted. */
  readonly min?: number;
  /** The largest number that is accepted. */
  readonly max?: number;
  /** The smallest number of characters or elements. */
  readonly minLength?: number;
  /** The largest number of characters or elements. */
  readonly maxLength?: number;
  /** The source of the regular expression. */
  readonly pattern?: string;
}

/** What each element or member of a setting must be. */
type PartDescription = Pick<SettingDescription, 'format' | 'options' | 'constraints' | 'nullable'>;

/** The choices of a group of variants with which a setting exists. */
export interface VariantCondition {
  /** The setting that chooses. */
  readonly chooser: Key;
  /** The names of the variants that have the setting. */
  readonly choices: readonly string[];
}

/** The description of one setting of a definition. It does not depend on any layer. */
export interface SettingDescription {
  /** The setting. */
  readonly key: Key;
  /** What it is for. */
  readonly doc?: string;
  /** `nat`, `number`, `"debug" | "info"`. */
  readonly format: string;
  /** The values of an enumeration or of a boolean. */
  readonly options?: readonly unknown[];
  /** Its limits besides the format. */
  readonly constraints: Constraints;
  /** Whether `null` is a value. */
  readonly nullable: boolean;
  /** Whether a layer above the default must provide a value. */
  readonly required: boolean;
  /** Whether its value is redacted. */
  readonly sensitive: boolean;
  /** Whether layers are merged member by member. */
  readonly merges: boolean;
  /** How the layers of an `Object` or `Array` combine. */
  readonly merge?: 'deep' | 'replace' | 'append';
  /** What each element of an `Array` must be, where the definition says so. */
  readonly items?: PartDescription;
  /** What each member of an `Object` must be, where the definition says so. */
  readonly members?: PartDescription;
  /** Absent where there is none; `********` for a sensitive setting. */
  readonly default?: unknown;
  /** What a computed default is computed from: keys, `env:HOME`, `file:/run/secrets/token`. */
  readonly defaultFrom?: readonly string[];
  /** The default as a variable or a flag would give it; absent where no text does, and for a sensitive setting. */
  readonly defaultText?: string;
  /** The variable that gives it. */
  readonly variable?: string;
  /** The flag that gives it, with its dashes. */
  readonly flag?: string;
  /** The group by name that it belongs to. In a definition, `*` stands for the name in its key, variable and flag. */
  readonly byName?: Key;
  /** The choices that it exists with, the outermost first; absent for a setting of no variant. */
  readonly onlyWith?: readonly VariantCondition[];
  /** `false`: a running program keeps its value until the next start. */
  readonly reload?: false;
  /** `common` settings are the first tier of a program's help. */
  readonly help?: 'common';
  /** The rules across settings that it has a part in, each in a phrase: `required when tls.enabled is true`. */
  readonly rules?: readonly string[];
  /** Whether it is deprecated; a text says what to write instead. */
  readonly deprecated?: boolean | string;
  /** Its earlier names. */
  readonly aliases?: readonly string[];
  /** How a search spreads values between the constraints `min` and `max`. */
  readonly search?: 'linear' | 'log';
}

/** Describes a setting of a schema, apart from the group by name and the variants that it belongs to. */
export function describe(setting: Setting, schema: Schema): SettingDescription {
  const { key, node, required, sensitive, merges, merge, hasMembers, items, members } = setting;
  const variable = variableOf(setting, schema.prefix);
  const flag = flagOf(setting);
  const rules = schema.rules.length === 0 ? [] : rulesOf(key, schema);
  return {
    key,
    ...(node.doc !== undefined && { doc: node.doc }),
    ...describePart(setting),
    required,
    sensitive,
    merges,
    ...(hasMembers && { merge }),
    ...(items && { items: describePart(items) }),
    ...(members && { members: describePart(members) }),
    ...defaultOf(setting),
    ...(variable !== undefined && { variable }),
    ...(flag !== undefined && { flag: dashed(flag) }),
    ...(node.reload === false && { reload: false as const }),
    ...(node.help === 'common' && { help: 'common' as const }),
    ...(rules.length > 0 && { rules }),
    ...(node.deprecated !== undefined && { deprecated: node.deprecated }),
    ...(node.aliases && { aliases: node.aliases }),
    ...(node.search !== undefined && { search: node.search }),
  };
}

function describePart(setting: Setting): PartDescription {
  const { format, nullable, sensitive } = setting;
  const listed = sensitive ? undefined : format.options;
  const options = listed ?? (format.text === 'boolean' ? [true, false] : undefined);
  return { format: format.name, ...(options && { options }), constraints: constraintsOf(setting), nullable };
}

function constraintsOf({ node: { min, max, minLength, maxLength, pattern } }: Setting): Constraints {
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
    ...(pattern !== undefined && { pattern: typeof pattern === 'string' ? pattern : pattern.source }),
  };
}

function defaultOf(setting: Setting): Pick<SettingDescription, 'default' | 'defaultFrom' | 'defaultText'> {
  if (setting.expression) return { defaultFrom: setting.expression.names };
  if (setting.default === undefined) return {};
  if (setting.sensitive) return { default: REDACTED };
  const written = setting.node.default;
  const { default: value, defaultJson: json = value } = setting;
  const text = typeof written === 'string' && means(setting, written, json) ? written : textOf(setting, json);
  return { default: json, ...(text !== undefined && { defaultText: text }) };
}

/** The text that gives a setting this value; `undefined` if no text does. */
export function textOf(setting: Setting, value: unknown): string | undefined {
  return texts(value).find((text) => means(setting, text, value));
}

/** Whether `text` in a variable gives `value`. */
function means(setting: Setting, text: string, value: unknown): boolean {
  if (text === '' && !takesEmptyText(setting)) return false;
  // The system ends a variable or an argument there, and Node.js quotes it in the error of a start.
  if (text.includes('\0')) return false;
  const decoded = decode(setting, text);
  if ('problem' in decoded) return false;
  if (decoded.value === null) return value === null;
  const checked = check(setting, decoded.value);
  if (!('value' in checked)) return false;
  const json = jsonForm(setting, checked.value, [decoded.value, text]);
  return isSame(checked.value, value) || (json !== undefined && isEqual(json, value));
}

/** What a schema of the user's makes of text may be a date. */
function isSame(a: unknown, b: unknown): boolean {
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : isEqual(a, b);
}

/** The texts that may stand for a value, the plainest first. */
function texts(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value, JSON.stringify(value)];
  if (value instanceof RegExp) return [value.source];
  // An integer that a double holds but beyond 2^53 is only taken with an exponent.
  if (typeof value === 'number') return [String(value), value.toExponential()];
  const json: string | undefined = JSON.stringify(value, (_, member: unknown) =>
    member instanceof RegExp ? member.source : member,
  );
  return json === undefined ? [] : value instanceof Date ? [value.toISOString(), json] : [json];
}
