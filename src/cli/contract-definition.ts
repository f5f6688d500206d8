import type { Definition } from '../index.ts';
import { describeGroups, type GroupDescription, type VariantsDescription } from '../tools.ts';
import { breaks, type Change, works } from './contract-change.ts';

type Profile = NonNullable<Definition['profile']>;

/** What changed for operators in the options of a definition, apart from its settings. */
export function definitionChanges(before: Definition, after: Definition): readonly Change[] {
  return [
    ...fileChanges(before, after),
    ...unknownChanges(before, after),
    ...profileChanges(before, after),
    ...overlayChanges(before, after),
    ...versionChanges(before, after),
    ...schemeChanges(before, after),
    ...variantFileChanges(before, after),
  ];
}

function fileChanges(before: Definition, after: Definition): readonly Change[] {
  const [old, now] = [movableFile(before), movableFile(after)];
  return [
    ...(old.path === now.path ? [] : [breaks(`the file is ${now.path ?? 'none'}, not ${old.path ?? 'none'}`)]),
    ...nameChange('the file', 'variable', [old.env, now.env]),
  ];
}

function movableFile({ file }: Definition): { readonly path?: string; readonly env?: string } {
  if (file === undefined) return {};
  if (typeof file === 'string' || file instanceof URL) return { path: String(file) };
  return { path: String(file.path), ...(file.env !== undefined && { env: file.env }) };
}

/** The change of the variable or the flag that chooses something. */
function nameChange(
  what: string,
  kind: 'variable' | 'flag',
  [old, now]: readonly [string | undefined, string | undefined],
): readonly Change[] {
  if (old === now) return [];
  if (old === undefined) return [works(`${what} can be chosen by the ${kind} ${now}`)];
  if (now === undefined) return [breaks(`${what} has no ${kind} any more; it was ${old}`)];
  return [breaks(`${what} has the ${kind} ${now}, not ${old}`)];
}

function overlayChanges(before: Definition, after: Definition): readonly Change[] {
  const flagOf = ({ overlayFlag }: Definition): string | undefined => overlayFlag && `--${overlayFlag}`;
  return nameChange('an overlay', 'flag', [flagOf(before), flagOf(after)]);
}

/** What can happen to unknown names; each refuses all that the ones before it refuse. */
const ACTIONS = ['allow', 'ignore', 'warn', 'near', 'error'] as const;

type Action = (typeof ACTIONS)[number];

const UNKNOWN_NAMES: Readonly<Record<string, string>> = { file: 'keys', env: 'variables', flag: 'flags' };

function unknownChanges(before: Definition, after: Definition): readonly Change[] {
  const named = [before, after].flatMap(({ unknown }) => (typeof unknown === 'object' ? Object.keys(unknown) : []));
  const layers = new Set([...Object.keys(UNKNOWN_NAMES), ...named.filter((name) => name !== 'allow')]);
  return [
    ...[...layers].flatMap((layer) => actionChange(layer, actionOf(before, layer), actionOf(after, layer))),
    ...patternChanges(patternsOf(before), patternsOf(after)),
  ];
}

/** What happens to unknown names of one layer, as a load decides it. */
function actionOf({ unknown = 'warn', strictEnv, strictFlags }: Definition, layer: string): Action {
  const rule = typeof unknown === 'object' ? unknown[layer] : undefined;
  if (typeof rule === 'string') return rule as Action;
  if (layer === 'flag') return strictFlags === undefined ? 'near' : strictFlags ? 'error' : 'ignore';
  const general = typeof unknown === 'string' ? unknown : 'warn';
  if (layer !== 'env' && layer !== '.env') return general;
  return (strictEnv ?? general === 'error') ? 'error' : 'warn';
}

function actionChange(layer: string, old: Action, now: Action): readonly Change[] {
  if (old === now) return [];
  const names = UNKNOWN_NAMES[layer];
  const unknown = names === undefined ? `unknown names of ${layer}` : `unknown ${names}`;
  const isStricter = ACTIONS.indexOf(now) > ACTIONS.indexOf(old);
  const lost = old === 'allow' ? [breaks(`${unknown} are no longer settings`)] : [];
  if (now === 'error') return [...lost, breaks(`${unknown} are errors`)];
  if (now === 'near')
    return [
      isStricter
        ? breaks(`${unknown} close to a setting are errors`)
        : works(`only ${unknown} close to a setting are errors`),
    ];
  if (now === 'allow') return [works(`${unknown} are settings`)];
  return lost.length > 0 ? lost : isStricter ? [] : [works(`${unknown} are not errors any more`)];
}

function patternsOf({ unknown }: Definition): readonly string[] {
  return typeof unknown === 'object' ? (unknown.allow ?? []) : [];
}

function patternChanges(old: readonly string[], now: readonly string[]): readonly Change[] {
  return [
    ...old
      .filter((pattern) => !now.includes(pattern))
      .map((pattern) => breaks(`no longer takes unknown keys ${pattern}`)),
    ...now.filter((pattern) => !old.includes(pattern)).map((pattern) => works(`also takes unknown keys ${pattern}`)),
  ];
}

function profileChanges(before: Definition, after: Definition): readonly Change[] {
  const [older, newer] = [profilesOf(before), profilesOf(after)];
  return [
    ...[...older].flatMap(([name, old]) => {
      const now = newer.get(name);
      return now ? choiceChanges(name, old, now) : [breaks(`the profile "${name}" is removed`)];
    }),
    ...[...newer].flatMap(([name, { default: usual }]) => {
      if (older.has(name)) return [];
      const change = `the profile "${name}" is new`;
      return [usual === undefined ? breaks(`${change}, and has to be chosen`) : works(change)];
    }),
  ];
}

function profilesOf({ profile, profiles }: Definition): ReadonlyMap<string, Profile> {
  return new Map([...(profile ? [['profile', profile] as const] : []), ...Object.entries(profiles ?? {})]);
}

function choiceChanges(name: string, old: Profile, now: Profile): readonly Change[] {
  const what = `the profile "${name}"`;
  const flagOf = ({ flag = name }: Profile): string | undefined => (flag === false ? undefined : `--${flag}`);
  const gone = old.values.filter((value) => !now.values.includes(value));
  const added = now.values.filter((value) => !old.values.includes(value));
  return [
    ...(gone.length > 0 ? [breaks(`${what} no longer takes ${gone.join(', ')}`)] : []),
    ...(added.length > 0 ? [works(`${what} also takes ${added.join(', ')}`)] : []),
    ...nameChange(what, 'variable', [old.env, now.env]),
    ...nameChange(what, 'flag', [flagOf(old), flagOf(now)]),
    ...defaultChange(what, old.default, now.default),
  ];
}

function defaultChange(what: string, old: string | undefined, now: string | undefined): readonly Change[] {
  if (old === now) return [];
  if (now === undefined) return [breaks(`${what} has to be chosen; it was ${old}`)];
  return [
    works(
      old === undefined
        ? `${what} is ${now} unless it is chosen`
        : `${what} is ${now}, not ${old}, unless it is chosen`,
    ),
  ];
}

/** Files of versions that have no migration any more are refused, and so are files of a version above the program's. */
function versionChanges(before: Definition, after: Definition): readonly Change[] {
  const [old, now] = [versionOf(before), versionOf(after)];
  const change = `files have the version ${now.current}, not ${old.current}`;
  return [
    ...(old.current === now.current
      ? []
      : [now.current < old.current ? breaks(change) : works(`${change}; older ones are migrated`)]),
    ...(old.member === now.member ? [] : [breaks(`files have their version in ${now.member}, not ${old.member}`)]),
    ...(now.oldest > old.oldest ? [breaks(`files older than version ${now.oldest} are refused`)] : []),
  ];
}

/** Without a version, every file is of the first one. */
function versionOf({ version = 1, migrations = {} }: Definition): {
  readonly current: number;
  readonly member: string;
  readonly oldest: number;
} {
  const { current, member = '$version' } = typeof version === 'number' ? { current: version } : version;
  return { current, member, oldest: current - Object.keys(migrations).length };
}

function schemeChanges(
  { resolvers: older = {} }: Definition,
  { resolvers: newer = {} }: Definition,
): readonly Change[] {
  return [
    ...Object.keys(older)
      .filter((scheme) => !Object.hasOwn(newer, scheme))
      .map((scheme) => breaks(`texts ${scheme}:… are no longer resolved`)),
    ...Object.keys(newer)
      .filter((scheme) => !Object.hasOwn(older, scheme))
      .map((scheme) => breaks(`texts ${scheme}:… are resolved`)),
  ];
}

/** A file with another path is not read at the old one. A new one breaks if it is required. */
function variantFileChanges(before: Definition, after: Definition): readonly Change[] {
  const [older, newer] = [variantFiles(before), variantFiles(after)];
  return [...new Set([...older.keys(), ...newer.keys()])].flatMap((group) => {
    const [old, now] = [older.get(group), newer.get(group)];
    const what = `the file for each choice of ${group}`;
    if (!now) return old ? [breaks(`${what} is not read any more; it was ${old.path}`)] : [];
    if (!old) return [{ change: `${what} is new: ${now.path}`, breaking: !now.optional }];
    const isSame = old.path === now.path;
    return [
      ...(isSame ? [] : [breaks(`${what} is ${now.path}, not ${old.path}`)]),
      ...(isSame && old.optional && !now.optional ? [breaks(`${what} is required: ${now.path}`)] : []),
      ...(isSame && !old.optional && now.optional ? [works(`${what} can be left out: ${now.path}`)] : []),
    ];
  });
}

type VariantFile = NonNullable<VariantsDescription['files']>;

/** The files for each choice, by the keys of their groups. */
function variantFiles(definition: Definition): ReadonlyMap<string, VariantFile> {
  const files = new Map<string, VariantFile>();
  const add = (group: GroupDescription): void => {
    if ('member' in group) return;
    if ('variants' in group) {
      if (group.files) files.set(group.key, group.files);
      for (const variant of group.variants.values()) add(variant);
      return;
    }
    for (const member of group.members.values()) if (!('format' in member)) add(member);
  };
  add(describeGroups(definition));
  return files;
}
