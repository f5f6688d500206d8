import type { Argv, Options } from 'yargs';
import { type Definition, describeSettings, type SettingDescription } from '../../index.ts';

/**
 * Declares every setting as an option of a yargs program, so that its help, its completion and its strict mode know
 * them. yargs decodes nothing and has no defaults of its own: `loadConfig(definition)` reads the same arguments itself,
 * and is what knows the values. What yargs alone would take otherwise: a setting called `help` keeps the program's help,
 * one called `version` takes that flag over, and a setting called `no-x` has to be given as `--no-x=value`.
 */
export function withFlags<T>(yargs: Argv<T>, definition: Definition): Argv<T> {
  const settings = describeSettings(definition).filter(({ flag }) => flag !== undefined && flag !== '--help');
  const names = new Set(settings.flatMap((setting) => [nameOf(setting), ...shortOf(setting)]));
  let program: Argv<T> = names.has('version') ? (yargs.version(false) as Argv<T>) : yargs;
  for (const setting of settings) program = declared(program, nameOf(setting), optionOf(setting));
  for (const setting of settings) {
    for (const name of furtherNames(setting)) {
      if (names.has(name)) continue;
      names.add(name);
      program = declared(program, name, { ...textOf(setting), hidden: true });
    }
  }
  const texts = settings.filter((setting) => !isSwitch(setting)).map(nameOf);
  program = program.check((argv) => negated(texts, argv)) as unknown as Argv<T>;
  if (names.has('set')) return program;
  const describe = 'Any setting by its key: --set key=value';
  return declared(program, 'set', { type: 'string', nargs: 1, describe, group: GENERAL });
}

/** yargs makes `false` of `--no-title`; only a switch can be turned off. */
function negated(names: readonly string[], argv: unknown): true | string {
  const found = names.find((name) => memberAt(argv, [name]) === false || memberAt(argv, name.split('.')) === false);
  return found === undefined ? true : `--no-${found}: only what is true or false can be turned off`;
}

function memberAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    tree,
  );
}

const GENERAL = 'Settings:';

/** The type of the program stays what it was: the options are for people, not for its code. */
function declared<T>(program: Argv<T>, name: string, option: Options): Argv<T> {
  return program.option(name, option) as unknown as Argv<T>;
}

/** The long name: where the flag is one letter, the key has two dashes. */
function nameOf({ key, flag = '' }: SettingDescription): string {
  return flag.startsWith('--') ? flag.slice(2) : key;
}

function shortOf({ flag = '' }: SettingDescription): readonly string[] {
  return flag.startsWith('--') ? [] : [flag.slice(1)];
}

/** What is read as well, but stands in no help: the key itself, former names, and the groups that yargs makes of dots. */
function furtherNames(setting: SettingDescription): readonly string[] {
  const { key, aliases = [] } = setting;
  const names = [key, ...aliases.map((alias) => alias.replace(/^--?/, ''))];
  const groups = [nameOf(setting), ...names]
    .filter((name) => name.includes('.'))
    .map((name) => name.slice(0, name.indexOf('.')));
  return [...names, ...groups];
}

function optionOf(setting: SettingDescription): Options {
  const { options, deprecated, defaultText, sensitive, nullable } = setting;
  const choices = isSwitch(setting) ? undefined : options?.map(String);
  const fallback = sensitive && setting.default !== undefined ? String(setting.default) : defaultText;
  return {
    ...textOf(setting),
    alias: [...shortOf(setting)],
    group: groupOf(setting),
    describe: describedBy(setting),
    ...(choices && { choices: nullable ? [...choices, 'null'] : choices }),
    ...(fallback !== undefined && { defaultDescription: fallback === '' ? '""' : fallback }),
    ...(deprecated !== undefined && deprecated !== false && { deprecated }),
  };
}

function textOf(setting: SettingDescription): Options {
  return isSwitch(setting) ? { type: 'boolean' } : { type: 'string', nargs: 1 };
}

/** Whether the flag may stand alone. */
function isSwitch({ format, options, default: sample }: SettingDescription): boolean {
  return format === 'boolean' || (options === undefined && typeof sample === 'boolean');
}

/** Settings of one section of the file stand together. */
function groupOf({ key }: SettingDescription): string {
  const dot = key.indexOf('.');
  return dot < 0 ? GENERAL : `${key.slice(0, dot)}:`;
}

function describedBy({ doc = '', format, options, required }: SettingDescription): string {
  const notes = [options || format === 'string' ? [] : format, required ? 'required' : []].flat();
  return `${doc}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`.trim();
}
