import type { Argv, Options } from 'yargs';
import type { Definition } from '../../index.ts';
import { describeFlag, describeMember, describeSettings, didYouMean, type SettingDescription } from '../../tools.ts';
import { keyOfMember } from '../../words/key-of-member.ts';
import { isObject, valueByKey } from '../value-tree.ts';

/**
 * Declares every setting as an option of a yargs program, so that its help, its completion and its strict mode know
 * them. yargs decodes nothing and has no defaults: `loadConfig(definition)` reads the same arguments and provides the
 * values. Returns the given program, whose type does not get the settings. If a setting is called `help`, `--help` still
 * prints the help of the program. If one is called `version`, `--version` sets it. One called `no-x` needs `--no-x=value`.
 * @example
 * import { defineConfig, loadConfigSync } from 'varve';
 * import { withFlags } from 'varve/cli';
 * import yargs from 'yargs';
 *
 * const definition = defineConfig({ name: 'greet', settings: { times: { format: 'nat', default: 1 } } });
 * const argv = ['--times', '2', 'Ada'];
 * const { _: names } = withFlags(yargs(argv), definition).strict(false).parse();
 * console.log(names[0], loadConfigSync(definition, { env: {}, argv }).values.times); // Ada 2
 */
export function withFlags<T>(yargs: Argv<T>, definition: Definition): Argv<T> {
  const settings = describeSettings(definition).filter(({ flag }) => flag !== undefined && flag !== '--help');
  const names = new Set(settings.flatMap((setting) => [nameOf(setting), ...shortOf(setting)]));
  if (names.has('version')) yargs.version(false);
  for (const setting of settings) yargs.option(nameOf(setting), optionOf(setting));
  for (const setting of settings) {
    for (const name of furtherNames(setting)) {
      if (names.has(name)) continue;
      names.add(name);
      yargs.option(name, { ...textOf(setting), hidden: true });
    }
  }
  const known = settings.flatMap((setting) => [nameOf(setting), ...keysOf(setting)]);
  yargs.check((argv) => negatedText(definition, known, argv));
  yargs.check((argv) => !isStrict(yargs) || unknownMember(definition, known, argv));
  const describe = 'Any setting by its key: --set key=value';
  if (!names.has('set')) yargs.option('set', { type: 'string', nargs: 1, describe, group: GENERAL });
  return yargs;
}

/** yargs makes `false` of `--no-title`; only a switch can be turned off. */
function negatedText(definition: Definition, known: readonly string[], argv: unknown): true | string {
  const isFalse = (name: string): boolean =>
    (isObject(argv) && argv[name] === false) || valueByKey(argv, name) === false;
  const isText = (name: string): boolean => {
    const { setting, member } = describeFlag(definition, name) ?? {};
    return setting !== undefined && member === undefined && !isSwitch(setting);
  };
  const found = [...known, ...givenPaths(known, argv)].find((name) => isFalse(name) && isText(name));
  return found === undefined ? true : `--no-${found}: only what is true or false can be turned off`;
}

/** Whether the program refuses unknown options; yargs has the method, and its types do not. */
function isStrict(program: object): boolean {
  const getStrict: unknown = Reflect.get(program, 'getStrict');
  return typeof getStrict === 'function' && getStrict.call(program) === true;
}

/** yargs' strict mode knows the group of `--log.level` alone, and would take `--log.lvel`. */
function unknownMember(definition: Definition, known: readonly string[], argv: unknown): true | string {
  const isKnown = (path: string): boolean =>
    known.includes(path) || describeFlag(definition, path) !== undefined || describeMember(definition, path).length > 0;
  const unknown = givenPaths(known, argv).find((path) => !isKnown(path));
  if (unknown === undefined) return true;
  const near = didYouMean(
    unknown,
    known.map((name) => keyOfMember(name, unknown)),
  );
  return `Unknown argument: ${unknown}${near === undefined ? '' : `. ${near}`}`;
}

/** The dotted paths that the command line gives in groups. */
function givenPaths(known: readonly string[], argv: unknown): readonly string[] {
  const groups = new Set(known.filter((name) => name.includes('.')).map((name) => name.slice(0, name.indexOf('.'))));
  return [...groups].flatMap((group) => [...paths(valueByKey(argv, group), group)]);
}

/** The dotted paths of all values below a group, as yargs nests them. */
function* paths(value: unknown, path: string): Generator<string> {
  if (!isObject(value)) {
    if (value !== undefined && path.includes('.')) yield path;
    return;
  }
  for (const [name, member] of Object.entries(value)) yield* paths(member, `${path}.${name}`);
}

const GENERAL = 'Settings:';

/** The long name: where the flag is one letter, the key has two dashes. */
function nameOf({ key, flag = '' }: SettingDescription): string {
  return flag.startsWith('--') ? flag.slice(2) : key;
}

function shortOf({ flag = '' }: SettingDescription): readonly string[] {
  return flag.startsWith('--') ? [] : [flag.slice(1)];
}

/** The key and the earlier names, without dashes. */
function keysOf({ key, aliases = [] }: SettingDescription): readonly string[] {
  return [key, ...aliases.map((alias) => alias.replace(/^--?/, ''))];
}

/** Further names that the help does not list: the key itself, earlier names, and the groups that yargs makes of dots. */
function furtherNames(setting: SettingDescription): readonly string[] {
  const names = keysOf(setting);
  const groups = [nameOf(setting), ...names]
    .filter((name) => name.includes('.'))
    .map((name) => name.slice(0, name.indexOf('.')));
  return [...names, ...groups];
}

function optionOf(setting: SettingDescription): Options {
  const { options, deprecated, defaultText, defaultFrom, sensitive, nullable } = setting;
  const choices = isSwitch(setting) ? undefined : options?.map(String);
  const fallback = sensitive && setting.default !== undefined ? String(setting.default) : defaultText;
  return {
    ...textOf(setting),
    ...(NUMBERS.has(setting.format) && { type: 'number' }),
    alias: [...shortOf(setting)],
    group: groupOf(setting),
    describe: describedBy(setting),
    ...(choices && { choices: nullable ? [...choices, 'null'] : choices }),
    ...(fallback !== undefined && { defaultDescription: fallback === '' ? '""' : fallback }),
    ...(defaultFrom && { defaultDescription: `computed from ${defaultFrom.join(', ')}` }),
    ...(deprecated !== undefined && deprecated !== false && { deprecated }),
  };
}

/** Formats that the help shows as numbers. */
const NUMBERS: ReadonlySet<string> = new Set(['number', 'int', 'integer', 'nat', 'port']);

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
