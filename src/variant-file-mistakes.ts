import type { Issue } from './errors.ts';
import { isFormatName } from './formats/format-of.ts';
import { isFileName, type ProfileOptions, profilesOf } from './profile.ts';
import { type VariantsTemplate, variantsWithFiles } from './schema/open-groups.ts';
import { shownValue } from './schema/refusal.ts';
import type { OpenGroups } from './schema/schema.ts';

/** What is wrong with the files of variants. */
export function variantFileMistakes(definition: ProfileOptions, { root }: OpenGroups): readonly Issue[] {
  const usable = variantsWithFiles(root).map(({ key }) => key);
  const profiles = profilesOf(definition).map(([name]) => name);
  return variantsWithFiles(root, true).flatMap((template) =>
    (usable.includes(template.key) ? mistakesOf(template, profiles) : [INSIDE]).map(
      (message): Issue => ({ code: 'INVALID_DEFINITION', key: template.key, message }),
    ),
  );
}

const INSIDE = 'has "files" inside a group by name, whose members are not known before files are read';

function mistakesOf({ parts }: VariantsTemplate, profiles: readonly string[]): readonly string[] {
  const { chooser, variants } = parts;
  const path: unknown = parts.files?.path;
  const own = `{${chooser.name}}`;
  if (typeof path !== 'string' || !path.includes(own))
    return [`has "files" that must be a path with ${own} in it, such as "${chooser.group}/${own}.yaml"`];
  const known = [chooser.name, ...profiles];
  const others = [...path.matchAll(/\{([^{}]*)\}/g)].filter(([, name = '']) => !known.includes(name));
  return [
    ...(isFormatName(path) ? [] : [`has files ${shownValue(path)}, which must end with the extension of a format`]),
    ...(profiles.includes(chooser.name) ? [`has a chooser ${chooser.name}, which is the name of a profile too`] : []),
    ...others.map(([placeholder]) => `has ${placeholder} in its files, which is not ${own} and not a profile`),
    ...[...variants.keys()]
      .filter((name) => !isFileName(name))
      .map(
        (name) =>
          `has files, and so the variant ${shownValue(name)} must be a name of letters, digits, "-", "_" and "."`,
      ),
  ];
}
