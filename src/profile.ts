import type { Issue } from './errors.ts';
import { isPlainObject } from './json/value.ts';
import type { Origin } from './layer.ts';
import { didYouMean } from './near-names.ts';
import { dashed, flagOf } from './schema/flag-name.ts';
import { shownValue } from './schema/refusal.ts';
import type { Schema } from './schema/schema.ts';
import type { Environment } from './sources/dotenv.ts';
import { absolutePath, userConfigFolder } from './stores/path.ts';

/** A choice of files, such as one for each stage: `config/{profile}.yaml`. */
export interface ProfileDefinition {
  /** The names that may be chosen. */
  readonly values: readonly string[];
  /** The variable that chooses one. */
  readonly env?: string;
  /** The flag that chooses one, without its dashes; `false`: none. Default: `profile`, or its name in `profiles`. */
  readonly flag?: string | false;
  /** The choice if a start makes none. Without it, every start has to choose. */
  readonly default?: string;
}

/** A read-only file below the writable one. */
export interface BaseFile {
  /** Relative to the definition's `root`, or a file URL; `{profile}` stands for the chosen profile. */
  readonly path: string | URL;
  /** Whether it may be missing. */
  readonly optional?: boolean;
}

/** The chosen profile; with several profiles, the choice of each by its name. */
export type ProfileChoice = string | Readonly<Record<string, string>>;

/** The parts of a definition that choose files. */
export interface ProfileOptions {
  readonly profile?: ProfileDefinition;
  readonly profiles?: Readonly<Record<string, ProfileDefinition>>;
  readonly overlayFlag?: string;
  readonly files?: readonly (string | URL | BaseFile)[];
  readonly dotenv?: boolean | readonly (string | URL)[];
}

/** The inputs that a profile is chosen from. */
export interface ProfileInputs {
  readonly argv: readonly string[];
  readonly env: Environment;
  /** The choice of the program, which counts before all others. */
  readonly chosen?: ProfileChoice | undefined;
}

/** What a start chose. */
export interface ChosenFiles {
  /** What stands for each placeholder. */
  readonly names: ReadonlyMap<string, string>;
  /** The files of the overlay flag. */
  readonly overlays: readonly string[];
  /** The arguments without the flags that choose files. */
  readonly argv: readonly string[];
  readonly issues: readonly Issue[];
}

/** The profiles of a definition by their names. */
export function profilesOf({ profile, profiles }: ProfileOptions): readonly (readonly [string, ProfileDefinition])[] {
  const given = Object.entries(profiles ?? {}).map(([name, one]) => [name, one ?? { values: [] }] as const);
  return [...(profile ? [['profile', profile] as const] : []), ...given];
}

/** The variables that choose profiles: they belong to no setting. */
export function profileVariables(definition: ProfileOptions): readonly string[] {
  return profilesOf(definition).flatMap(([, { env }]) => env ?? []);
}

/** The flags that choose files, with the names that they may have. */
export function fileFlags(definition: ProfileOptions): ReadonlyMap<string, readonly string[]> {
  const flags = profilesOf(definition).flatMap(([name, { flag = name, values }]) =>
    flag === false ? [] : [[flag, values] as const],
  );
  const { overlayFlag } = definition;
  return new Map([...flags, ...(overlayFlag === undefined ? [] : [[overlayFlag, []] as const])]);
}

/** Chooses the profiles and the overlays of a start: by the program, else by flag, by variable, by default. */
export function chooseFiles(definition: ProfileOptions, { argv, env, chosen }: ProfileInputs): ChosenFiles {
  const { rest, given, issues } = takeFlags(argv, fileFlags(definition));
  const names = new Map<string, string>();
  const choices = chosen ?? {};
  // A profile may have the name of a member that every object has.
  const own = new Map<string, string>(Object.entries(typeof choices === 'object' ? choices : { profile: choices }));
  for (const [name, { values, env: variable, flag = name, default: usual }] of profilesOf(definition)) {
    const byFlag = flag === false ? undefined : given.get(flag)?.at(-1);
    const byVariable = variable === undefined ? undefined : env[variable] || undefined;
    const choice = own.get(name) ?? byFlag ?? byVariable ?? usual;
    if (choice !== undefined && values.includes(choice)) names.set(name, choice);
    else if (choice === undefined) issues.push(missingChoice(name, { variable, flag, values }));
    else {
      const written = byFlag === undefined ? variableOrigin(variable) : flagOrigin(`--${flag}`);
      issues.push(wrongChoice(name, choice, { values, origin: own.has(name) ? undefined : written }));
    }
  }
  for (const name of own.keys()) {
    if (profilesOf(definition).some(([known]) => known === name)) continue;
    issues.push({ code: 'INVALID_VALUE', message: `the definition has no profile called ${shownValue(name)}` });
  }
  const overlays = definition.overlayFlag === undefined ? [] : (given.get(definition.overlayFlag) ?? []);
  return { names, overlays, argv: rest, issues };
}

function wrongChoice(
  name: string,
  choice: string,
  { values, origin }: { readonly values: readonly string[]; readonly origin: Origin | undefined },
): Issue {
  const suggestion = typeof choice === 'string' ? didYouMean(choice, values) : undefined;
  return {
    code: 'INVALID_VALUE',
    message: `${name} must be one of ${values.join(', ')}, got ${shownValue(choice)}`,
    ...(origin && { origin }),
    ...(suggestion !== undefined && { suggestion }),
  };
}

interface Ways {
  readonly variable: string | undefined;
  readonly flag: string | false;
  readonly values: readonly string[];
}

function missingChoice(name: string, { variable, flag, values }: Ways): Issue {
  const ways = [variable, flag === false ? undefined : `--${flag}`].filter((way) => way !== undefined);
  const suggestion = ways.length === 0 ? 'Give it when the configuration is loaded.' : `Set ${ways.join(' or ')}.`;
  return { code: 'INVALID_VALUE', message: `${name} must be chosen: one of ${values.join(', ')}`, suggestion };
}

function flagOrigin(name: string): Origin {
  return { layer: 'flag', name, location: 'command line' };
}

function variableOrigin(name: string | undefined): Origin | undefined {
  return name === undefined ? undefined : { layer: 'env', name, location: 'process.env' };
}

interface TakenFlags {
  readonly rest: readonly string[];
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly issues: Issue[];
}

/** Takes these flags out of the arguments; what comes after `--` is not looked at. */
function takeFlags(argv: readonly string[], flags: ReadonlyMap<string, unknown>): TakenFlags {
  const rest: string[] = [];
  const given = new Map<string, string[]>();
  const issues: Issue[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === '--') {
      rest.push(...argv.slice(i));
      break;
    }
    const [, name = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!flags.has(name)) {
      rest.push(word);
      continue;
    }
    const next = argv[i + 1];
    const value = inline ?? (next === undefined || next.startsWith('-') ? '' : next);
    if (inline === undefined && value !== '') i += 1;
    if (value === '')
      issues.push({ code: 'INVALID_VALUE', message: 'must be given a value', origin: flagOrigin(`--${name}`) });
    else if (!given.get(name)?.push(value)) given.set(name, [value]);
  }
  return { rest, given, issues };
}

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** The placeholder of the user's own folder for configurations. */
const USER_CONFIG = 'userConfig';

/** The path with the chosen names in place of the placeholders; `undefined` if one has no name. */
export function chosenPath(
  path: string | URL,
  names: ReadonlyMap<string, string>,
  env: Environment,
): string | undefined {
  const text = path instanceof URL ? absolutePath(path, '') : path;
  let isComplete = true;
  const chosen = text.replace(PLACEHOLDER, (_, name: string) => {
    const value = name === USER_CONFIG ? userConfigFolder(env) : names.get(name);
    if (value === undefined) isComplete = false;
    return value ?? '';
  });
  return isComplete ? chosen : undefined;
}

/** What is wrong with the profiles, the files and the overlay flag of a definition. */
export function profileMistakes(definition: ProfileOptions, { settings }: Schema): readonly Issue[] {
  const issue = (message: string, suggestion?: string): Issue => {
    return { code: 'INVALID_DEFINITION', message, ...(suggestion !== undefined && { suggestion }) };
  };
  const { profile, profiles, overlayFlag, files = [], dotenv } = definition;
  if (profiles !== undefined && !isPlainObject(profiles)) return [issue('"profiles" must be an object of profiles')];
  if (!Array.isArray(files)) return [issue('"files" must be a list of files')];
  if (dotenv !== undefined && typeof dotenv !== 'boolean' && !Array.isArray(dotenv))
    return [issue('"dotenv" must be true, false or a list of paths')];
  if (files.some((file) => !isBaseFile(file)))
    return [issue('each of "files" must be a path, or have one as its "path"')];
  const all = profilesOf(definition);
  const known = [...all.map(([name]) => name), USER_CONFIG];
  const paths = [...files.map(pathOf), ...(Array.isArray(dotenv) ? dotenv : [])];
  const flags = [...all.map(([name, { flag = name }]) => flag), overlayFlag].filter((flag) => typeof flag === 'string');
  const taken = new Map(settings.values().map((setting) => [flagOf(setting), setting.key]));
  return [
    ...(profile && profiles && Object.hasOwn(profiles, 'profile')
      ? [issue('"profiles" has "profile", as the definition has')]
      : []),
    ...all.flatMap(([name, one]) => valueMistakes(name, one).map((message) => issue(message))),
    ...flags
      .filter((flag) => !/^[a-z][\w.-]*$/i.test(flag))
      .map((flag) => issue(`${shownValue(flag)} cannot be a flag`)),
    ...flags.filter((flag, i) => flags.indexOf(flag) < i).map((flag) => issue(`${dashed(flag)} chooses two things`)),
    ...flags
      .filter((flag) => taken.has(flag))
      .map((flag) => issue(`${dashed(flag)} is also the flag of ${taken.get(flag)}`)),
    ...paths.flatMap((path) => {
      const text = path instanceof URL ? absolutePath(path, '') : String(path);
      return [...text.matchAll(PLACEHOLDER)]
        .filter(([, name = '']) => !known.includes(name))
        .map(([placeholder, name = '']) =>
          issue(`${placeholder} in ${shownValue(text)} is not a profile`, didYouMean(name, known)),
        );
    }),
  ];
}

/** A name becomes part of a path, which it must not leave. */
const PROFILE_NAME = /^[A-Za-z0-9](?:[\w.-]*[\w-])?$/;

/** Whether a name can be a part of a path, which then stays in its folder. */
export function isFileName(name: unknown): boolean {
  return typeof name === 'string' && PROFILE_NAME.test(name) && !name.includes('..');
}

function valueMistakes(name: string, { values, default: usual }: ProfileDefinition): readonly string[] {
  if (!Array.isArray(values) || values.length === 0)
    return [`"values" of ${name} must list the names that may be chosen`];
  const wrong = values.filter((value) => !isFileName(value));
  return [
    ...wrong.map((value) => `${shownValue(value)} of ${name} must be a name of letters, digits, "-", "_" and "."`),
    ...(usual === undefined || values.includes(usual)
      ? []
      : [`the default of ${name} must be one of ${values.join(', ')}`]),
  ];
}

function isBaseFile(file: unknown): boolean {
  const { path = file } = Object(file) as Partial<BaseFile>;
  return typeof path === 'string' || path instanceof URL;
}

/** The path of a base file as the definition has it. */
export function pathOf(file: string | URL | BaseFile): string | URL {
  return typeof file === 'string' || file instanceof URL ? file : file.path;
}
