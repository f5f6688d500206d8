import { isDeepStrictEqual } from 'node:util';
import type { Definition } from '../index.ts';
import type { Constraints, SettingDescription } from '../tools.ts';
import { valueText } from '../words/values.ts';
import { breaks, type Change, type ContractChange, works } from './contract-change.ts';
import { definitionChanges } from './contract-definition.ts';
import { type Declarations, type DeclaredSetting, declarationsOf } from './contract-groups.ts';

/** What changed for operators between the definitions of two releases: what breaks first, then by key. */
export function contractChanges(before: Definition, after: Definition): readonly ContractChange[] {
  const older = declarationsOf(before);
  const newer = declarationsOf(after);
  const aliases = [...newer.settings].flatMap(([key, declared]) =>
    [...declared.values()].flatMap((one) => one.aliases ?? []).map((alias) => [alias, key] as const),
  );
  const newKeys = new Map(aliases);
  const renamed = new Set<string>();
  const changes: ContractChange[] = [...definitionChanges(before, after), ...kindChanges(older.groups, newer.groups)];
  for (const [key, old] of older.settings) {
    const newKey = newer.settings.has(key) ? key : (newKeys.get(key) ?? key);
    const now = newer.settings.get(newKey);
    if (!now) changes.push({ key, change: 'is removed', breaking: true });
    else {
      if (newKey !== key) renamed.add(newKey);
      changes.push(...declaredChanges([old, now], [older, newer]).map((change) => ({ key, ...change })));
    }
  }
  for (const [key, declared] of newer.settings) {
    if (older.settings.has(key) || renamed.has(key)) continue;
    const isRequired = [...declared].some(([choice, { required }]) => required && hasChoice(older, choice));
    changes.push({ key, change: isRequired ? 'is new and required' : 'is new', breaking: isRequired });
  }
  return changes.toSorted((a, b) => Number(b.breaking) - Number(a.breaking));
}

function hasChoice({ choices }: Declarations, choice: string): boolean {
  return choice === '' || choices.has(choice);
}

/** The changes of a setting; what is not the same with every choice of its variants names the choice. */
function declaredChanges(
  [old, now]: readonly [DeclaredSetting, DeclaredSetting],
  [older, newer]: readonly [Declarations, Declarations],
): readonly Change[] {
  const onlyNow = old.has('') && !now.has('') ? [breaks(`exists only ${[...now.keys()].join(' or ')}`)] : [];
  const compared = [...old].flatMap(([choice, before]) => {
    const same = now.get(choice) ?? now.get('');
    const others = same ? [[choice, same] as const] : choice === '' ? [...now] : [];
    return others.map(([chosen, after]) => ({ choice: chosen, changes: settingChanges(before, after) }));
  });
  const gone = [...old.keys()].filter((choice) => choice !== '' && !now.has(choice) && !now.has(''));
  const added = old.has('') ? [] : [...now].filter(([choice]) => !old.has(choice) && hasChoice(older, choice));
  const texts = new Map<string, { readonly change: Change; readonly choices: string[] }>();
  for (const { choice, changes } of compared) {
    for (const change of changes) {
      const id = JSON.stringify(change);
      const known = texts.get(id) ?? { change, choices: [] };
      texts.set(id, { change, choices: [...known.choices, choice] });
    }
  }
  return [
    ...onlyNow,
    ...gone.filter((choice) => hasChoice(newer, choice)).map((choice) => breaks(`is removed ${choice}`)),
    ...added.map(([choice, { required }]) =>
      required ? breaks(`is new and required ${choice}`) : works(`is new ${choice}`),
    ),
    ...[...texts.values()].flatMap(({ change, choices }) =>
      choices.length === compared.length
        ? [change]
        : choices.map((choice) => ({ ...change, change: `${change.change} ${choice}` })),
    ),
  ];
}

/** The groups by name that are lists now, and the lists that are groups by name. */
function kindChanges(older: Declarations['groups'], newer: Declarations['groups']): readonly ContractChange[] {
  return [...older].flatMap(([key, wasList]) => {
    const isList = newer.get(key);
    if (isList === undefined || isList === wasList) return [];
    const change = isList ? 'is a list of groups, not a group by name' : 'is a group by name, not a list of groups';
    return [{ key, change, breaking: true }];
  });
}
function settingChanges(old: SettingDescription, now: SettingDescription): readonly Change[] {
  return [
    ...(old.key === now.key ? [] : [works(`is called ${now.key}; the old key is still read`)]),
    ...nameChanges(old, now),
    ...aliasChanges(old, now),
    ...formatChanges(old, now),
    ...limitChanges(old.constraints, now.constraints),
    ...presenceChanges(old, now),
    ...defaultChanges(old, now),
    ...(now.sensitive === old.sensitive ? [] : [works(now.sensitive ? 'is redacted' : 'is not redacted any more')]),
    ...(now.deprecated && !old.deprecated ? [works('is deprecated')] : []),
    ...(now.rules ?? []).filter((rule) => !old.rules?.includes(rule)).map((rule) => breaks(`has a new rule: ${rule}`)),
  ];
}

/** An alias keeps the variable and the flag that the older key had. */
function nameChanges(old: SettingDescription, now: SettingDescription): readonly Change[] {
  const isAlias = (name: string): boolean => old.key !== now.key || now.aliases?.includes(name) === true;
  return (['variable', 'flag'] as const).flatMap((kind) => {
    const [before, after] = [old[kind], now[kind]];
    if (before === after) return [];
    if (before === undefined) return [works(`can be given by the ${kind} ${after}`)];
    if (isAlias(before)) return after === undefined ? [] : [works(`has the ${kind} ${after}; ${before} is still read`)];
    return [
      breaks(
        after === undefined ? `has no ${kind} any more; it was ${before}` : `has the ${kind} ${after}, not ${before}`,
      ),
    ];
  });
}

/** An earlier name may be a key, a variable or a flag. The older key is reported by itself. */
function aliasChanges(old: SettingDescription, now: SettingDescription): readonly Change[] {
  const namesOf = ({ key, variable, flag, aliases = [] }: SettingDescription): ReadonlySet<string> =>
    new Set([key, ...aliases, ...[variable, flag].filter((name) => name !== undefined)]);
  const [before, after] = [namesOf(old), namesOf(now)];
  return [
    ...(old.aliases ?? [])
      .filter((alias) => !after.has(alias))
      .map((alias) => breaks(`no longer has the alias ${alias}`)),
    ...(now.aliases ?? []).filter((alias) => !before.has(alias)).map((alias) => works(`is also read as ${alias}`)),
  ];
}

/** The formats that take everything that another one takes. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  port: ['nat', 'int', 'integer', 'number', '*'],
  nat: ['int', 'integer', 'number', '*'],
  int: ['integer', 'number', '*'],
  integer: ['int', 'number', '*'],
  url: ['string', '*'],
  email: ['string', '*'],
  ipaddress: ['string', '*'],
};

function formatChanges(old: SettingDescription, now: SettingDescription): readonly Change[] {
  if (old.format === now.format) return [];
  const { options: before } = old;
  const { options: after } = now;
  if (before && after) {
    const gone = before.filter((option) => !after.includes(option));
    const added = after.filter((option) => !before.includes(option));
    return [
      ...(gone.length > 0 ? [breaks(`no longer takes ${gone.map(valueText).join(', ')}`)] : []),
      ...(added.length > 0 ? [works(`also takes ${added.map(valueText).join(', ')}`)] : []),
    ];
  }
  const isText = before?.every((option) => typeof option === 'string') === true && now.format === 'string';
  const isWider = isText || now.format === '*' || WIDER[old.format]?.includes(now.format) === true;
  return [{ change: `is ${now.format}, not ${old.format}`, breaking: !isWider }];
}

function limitChanges(old: Constraints, now: Constraints): readonly Change[] {
  const least = (['min', 'minLength'] as const).map((name) => limitChange(name, [old[name], now[name]], 1));
  const most = (['max', 'maxLength'] as const).map((name) => limitChange(name, [old[name], now[name]], -1));
  const pattern = old.pattern === now.pattern ? [] : [patternChange(now.pattern)];
  return [...[...least, ...most].flatMap((change) => change ?? []), ...pattern];
}

/** `direction`: whether a larger limit takes less (1) or more (-1). */
function limitChange(
  name: string,
  [old, now]: readonly [number | undefined, number | undefined],
  direction: 1 | -1,
): Change | undefined {
  if (old === now) return undefined;
  if (now === undefined) return works(`has no "${name}" any more`);
  const was = old === undefined ? '' : `, not ${old}`;
  return { change: `has the "${name}" ${now}${was}`, breaking: old === undefined || (now - old) * direction > 0 };
}

function patternChange(pattern: string | undefined): Change {
  return pattern === undefined ? works('needs no pattern any more') : breaks(`must match /${pattern}/`);
}

function presenceChanges(old: SettingDescription, now: SettingDescription): readonly Change[] {
  return [
    ...(old.required === now.required ? [] : [now.required ? breaks('is required') : works('can be left out')]),
    ...(old.nullable === now.nullable ? [] : [now.nullable ? works('takes null') : breaks('no longer takes null')]),
    ...(old.merges === now.merges ? [] : [breaks(now.merges ? 'merges its layers' : 'no longer merges its layers')]),
  ];
}

/** A default of a sensitive setting is not compared. */
function defaultChanges(old: SettingDescription, now: SettingDescription): readonly Change[] {
  if (old.required || now.required) return [];
  const shown = ({ default: value, defaultFrom }: SettingDescription): string =>
    defaultFrom ? `computed from ${defaultFrom.join(', ')}` : value === undefined ? 'none' : valueText(value);
  const isSame = isDeepStrictEqual([old.default, old.defaultFrom], [now.default, now.defaultFrom]);
  return isSame ? [] : [works(`has the default ${shown(now)}, not ${shown(old)}`)];
}
