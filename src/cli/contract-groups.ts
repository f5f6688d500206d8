import type { Definition } from '../index.ts';
import { describeGroups, type GroupDescription, type SettingDescription } from '../tools.ts';
import { valueText } from '../words/values.ts';

/** What a definition declares, by its keys; `*` stands for the names of members. */
export interface Declarations {
  readonly settings: ReadonlyMap<string, DeclaredSetting>;
  /** The choices of all variants, in the words of {@link DeclaredSetting}. */
  readonly choices: ReadonlySet<string>;
  /** The groups by name, each with whether it is a list. */
  readonly groups: ReadonlyMap<string, boolean>;
}

/** A setting, with its description for each choice of the variants around it: `with opt.type "adam"`; or once, by no words. */
export type DeclaredSetting = ReadonlyMap<string, SettingDescription>;

/** The settings and groups by name of a definition. */
export function declarationsOf(definition: Definition): Declarations {
  const settings = new Map<string, Map<string, SettingDescription>>();
  const choices = new Set<string>();
  const groups = new Map<string, boolean>();
  const add = (description: SettingDescription, choice: string): void => {
    const known = settings.get(description.key) ?? new Map<string, SettingDescription>();
    settings.set(description.key, known.set(choice, description));
  };
  const walk = (group: GroupDescription, choice: string): void => {
    if ('member' in group) {
      groups.set(group.key, group.isList);
      walk(group.member, choice);
    } else if ('variants' in group) {
      add(group.chooser, choice);
      for (const [name, variant] of group.variants) {
        const chosen = `${choice === '' ? 'with' : `${choice},`} ${group.chooser.key} ${valueText(name)}`;
        choices.add(chosen);
        walk(variant, chosen);
      }
    } else {
      for (const child of group.members.values()) {
        if ('format' in child) add(child, choice);
        else walk(child, choice);
      }
    }
  };
  walk(describeGroups(definition), '');
  return { settings, choices, groups };
}
