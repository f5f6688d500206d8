import type { Config, Definition } from '../index.ts';
import {
  describeSettings,
  groupMembers,
  isVariable,
  jsonValue,
  type SettingDescription,
  settingText,
  wholeMarks,
} from '../tools.ts';
import type { Terminal } from './terminal.ts';

/** The environment of a command that `varve run` starts. */
export interface ChildEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Settings whose value no text expresses. */
  readonly inexpressible: readonly string[];
}

/** The environment with every setting as its variable, as a text that decodes to the same value. */
export function childEnvironment(definition: Definition, config: Config, env: Terminal['env']): ChildEnvironment {
  const settings = describeSettings(config);
  const own = new Set(settings.flatMap(({ variable }) => variable ?? []));
  const child: Record<string, string | undefined> = { ...env };
  const declared = describeSettings(definition);
  for (const name of Object.keys(child)) if (isOfOther(name, own, declared)) delete child[name];
  const inexpressible: string[] = [];
  const wholes = new Map<string, string>();
  for (const setting of settings) {
    const value = jsonValue(config, setting.key);
    const text = settingText(definition, setting.key, value);
    if (text === undefined && value !== undefined && value !== null) inexpressible.push(setting.key);
    const { variable } = setting;
    if (variable === undefined) continue;
    for (const name of Object.keys(child)) if (isPartOf(setting, name, own)) delete child[name];
    if (text === undefined) delete child[variable];
    else {
      child[variable] = text;
      if (setting.merges || setting.merge === 'append') wholes.set(variable, text);
      // A `.env` file may name a secret's file, and both would be given; an empty variable hides that.
      if (!own.has(`${variable}_FILE`) && isMounted(config, setting)) child[`${variable}_FILE`] = '';
    }
  }
  for (const { variable, isList, members } of groupMembers(config)) {
    const removed = members.filter(({ removedBy }) => removedBy !== undefined);
    for (const member of removed) if (member.variable !== undefined) child[member.variable] = 'null';
    // Its elements have variables of their own; this one says how many there are.
    if (isList && variable !== undefined) child[variable] = JSON.stringify(members.map(() => ({})));
  }
  return { env: { ...child, ...wholeMarks(env, wholes) }, inexpressible };
}

/**
 * Whether a variable gives a setting that does not exist here: of a removed member of a group by name, of another variant; or
 * a whole list.
 */
function isOfOther(name: string, own: ReadonlySet<string>, declared: readonly SettingDescription[]): boolean {
  if (own.has(name)) return false;
  return declared.some(({ variable, byName }) => {
    if (variable === undefined) return false;
    if (byName === undefined) return variable === name;
    const start = variable.slice(0, variable.indexOf('*'));
    // A variable may give a whole list, or name its file.
    return name.startsWith(start) || [`${name}__`, `${name.replace(/_FILE$/, '')}__`].includes(start);
  });
}

/** Whether a variable gives a part of a setting, or the file with its value, and would contradict the whole value. */
function isPartOf({ variable, merges }: SettingDescription, name: string, own: ReadonlySet<string>): boolean {
  if (own.has(name)) return false;
  return name === `${variable}_FILE` || (merges && name.startsWith(`${variable}__`));
}

function isMounted(config: Config, { key, variable }: SettingDescription): boolean {
  return config.explain(key).candidates.some((one) => isVariable(one) && one.name === `${variable}_FILE`);
}
