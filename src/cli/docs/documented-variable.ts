import type { Definition } from '../../index.ts';
import { describeSettings, type SettingDescription } from '../../tools.ts';
import { printable } from '../../words/terminal-text.ts';
import { valueText } from '../../words/values.ts';
import { type DeclaredSetting, declarationsOf } from '../contract-groups.ts';

export interface DocumentedSettings {
  /** What the definition calls the configuration. */
  readonly name: string;
  /** The file of the writable layer, as the definition names it. */
  readonly file: string | undefined;
  /** The `.env` files that the definition reads. */
  readonly dotenv?: Definition['dotenv'];
  readonly settings: readonly DocumentedSetting[];
}

/** A setting, with what depends on the choice of the variants around it. */
export interface DocumentedSetting extends SettingDescription {
  /** `only with opt.type sgd`; or where the default differs: `with opt.type sgd: 0.1`. */
  readonly choices: readonly string[];
}

export function documentedSettings(definition: Definition): readonly DocumentedSetting[] {
  const all = new Map(describeSettings(definition).map((setting) => [setting.key, setting]));
  const { settings } = declarationsOf(definition);
  return Array.from(all.values(), (setting) => {
    const { onlyWith = [], sensitive } = setting;
    const isAlways = onlyWith.every(({ chooser, choices }) => choices.length === all.get(chooser)?.options?.length);
    const defaults = sensitive ? [] : defaultsByChoice(settings.get(setting.key) ?? new Map());
    const isSame = new Set(defaults.map(([, text]) => text)).size < 2;
    if (!isSame) return { ...setting, choices: defaults.map(([choice, text]) => `${choice}: ${text}`) };
    const conditions = onlyWith.map(({ chooser, choices }) => `${chooser} ${choices.map(valueText).join(' or ')}`);
    return { ...setting, choices: isAlways ? [] : [`only with ${conditions.join(', ')}`] };
  });
}

function defaultsByChoice(declared: DeclaredSetting): readonly (readonly [choice: string, text: string])[] {
  return Array.from(declared, ([choice, { required, default: value, defaultText = JSON.stringify(value) }]) => [
    choice,
    required ? 'required' : (defaultText ?? 'not set'),
  ]);
}

/** A variable with the settings that it gives: several only where they name it themselves. */
export interface DocumentedVariable {
  readonly variable: string;
  readonly settings: readonly [DocumentedSetting, ...DocumentedSetting[]];
  readonly sensitive: boolean;
  /** The default as the variable would give it; absent for secrets, and where there is none or no text means it. */
  readonly text: string | undefined;
}

/** The variables of the settings, in their order. */
export function variablesOf({ settings }: DocumentedSettings): readonly DocumentedVariable[] {
  const byVariable = new Map<string, [DocumentedSetting, ...DocumentedSetting[]]>();
  for (const setting of settings) {
    if (setting.variable === undefined) continue;
    const same = byVariable.get(setting.variable);
    if (same) same.push(setting);
    else byVariable.set(setting.variable, [setting]);
  }
  return [...byVariable].map(([variable, same]) => ({
    variable,
    settings: same,
    sensitive: same.some(({ sensitive }) => sensitive),
    text: same[0].defaultText,
  }));
}

/** Whether the variable must be given: every other one is commented out, so that a copy of the document changes nothing. */
export function isRequired({ settings }: Pick<DocumentedVariable, 'settings'>): boolean {
  return settings.some(({ required, byName }) => required && byName === undefined);
}

/** The settings that no variable gives. */
export function settingsWithoutVariable({ settings }: DocumentedSettings): readonly SettingDescription[] {
  return settings.filter(({ variable }) => variable === undefined);
}

/** What a setting takes: `nat, at least 1`. */
export function describeFormat({ format, nullable, constraints }: SettingDescription): string {
  const { min, max, minLength, maxLength, pattern } = constraints;
  const range = min !== undefined && max !== undefined ? `${min} to ${max}` : undefined;
  return [
    `${format}${nullable ? ' or null' : ''}`,
    range ?? (min === undefined ? undefined : `at least ${min}`),
    range === undefined && max !== undefined ? `at most ${max}` : undefined,
    minLength === undefined ? undefined : `at least ${minLength} long`,
    maxLength === undefined ? undefined : `at most ${maxLength} long`,
    pattern === undefined ? undefined : `matching /${pattern}/`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** What a comment says above a variable: its settings, what they are for, and what they take. */
export function commentLines({ settings, text }: DocumentedVariable): readonly string[] {
  return settings.flatMap((setting) => {
    const { key, doc, required, sensitive, deprecated, defaultFrom, choices } = setting;
    const absent = defaultFrom ? `, computed from ${defaultFrom.join(', ')}` : ', not set';
    const state = sensitive ? ', sensitive' : '';
    const given = required ? ', required' : text === undefined && !sensitive ? absent : '';
    const old = deprecated ? [`deprecated${typeof deprecated === 'string' ? `: ${deprecated}` : ''}`] : [];
    const what = doc === undefined ? [key] : `${key}: ${doc}`.split(/\r\n|[\r\n\u2028\u2029]/);
    return [...what, `  ${describeFormat(setting)}${state}${given}`, ...choices.map((one) => `  ${one}`), ...old];
  });
}

/** Lines as comments that begin with `#`; a control character in a line cannot end its comment. */
export function commentOut(lines: readonly string[], indent = ''): readonly string[] {
  return lines.map((line) => `${indent}# ${printable(line)}`.trimEnd());
}

/** An assignment as a comment; one with characters that a reader does not see is shown with their escapes instead. */
export function commentedAssignment(line: string): string {
  // White space stays, so that a line without its # is read back.
  const inked = line.replace(/\s/g, ' ');
  return printable(inked) === inked ? `#${line}` : `# with characters that a reader does not see: ${printable(line)}`;
}

/** The last comment of a file of variables: what can't be given there. */
export function unavailableSettings(documented: DocumentedSettings, indent = ''): readonly string[] {
  const keys = settingsWithoutVariable(documented).map(({ key }) => key);
  return keys.length === 0 ? [] : ['', ...commentOut([`No variable gives: ${keys.join(', ')}`], indent)];
}

/** The name of the file or credential of a secret: its key, without characters that would end a line, a word or a folder. */
export function secretFileName({ settings: [{ key }] }: Pick<DocumentedVariable, 'settings'>): string {
  return key.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}

/** A name of the Kubernetes and the file system: small letters, digits and dashes. */
export function plainName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain === '' ? 'configuration' : plain;
}
