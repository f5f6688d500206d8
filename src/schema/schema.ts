import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { LayerEntries, LayerName } from '../layer.ts';
import type { FileVersion } from '../migrations.ts';
import type { AnyRule } from '../rules.ts';
import type { ExpressionSyntax } from './expression-syntax.ts';
import { Group, Groups, type Setting, Settings } from './setting.ts';

/** The names that settings had before: each leads to the setting that has the name as one of its `aliases`. */
export interface DeprecatedNames {
  readonly keys: ReadonlyMap<Key, Setting>;
  /** The keys of groups that contain deprecated keys. */
  readonly groups: ReadonlySet<Key>;
  readonly variables: ReadonlyMap<string, Setting>;
  readonly flags: ReadonlyMap<string, Setting>;
  /** The settings that are deprecated themselves. */
  readonly deprecated: readonly Setting[];
}

/** The groups by name and the variants of a definition, as they are declared. */
export interface OpenGroups {
  /** The tree with the declarations in their places. */
  readonly root: Group;
  /** The settings outside of them. */
  readonly settings: readonly Setting[];
  /** Whether some variants have files. */
  readonly hasFiles: boolean;
}

/** A settings tree, compiled once for a definition. */
export interface Schema {
  readonly root: Group;
  readonly settings: Settings;
  /** The default of each setting that has one. */
  readonly defaults: LayerEntries;
  readonly groups: Groups;
  /** The prefix of variables: `RL` makes `RL_BATCH_SIZE_DAYS`. */
  readonly prefix?: string;
  readonly deprecated: DeprecatedNames;
  /** The rules across settings. */
  readonly rules: readonly AnyRule[];
  /** Parts of the definition without an effect, such as misspelt members of settings. */
  readonly warnings: readonly Issue[];
  /** Whether a setting is sensitive: then messages must not quote the file. */
  readonly hasSecrets: boolean;
  /** The syntax of the layer with one of these names, whose texts may compute values; absent if none of any layer does. */
  readonly syntaxOf?: (...layers: readonly LayerName[]) => ExpressionSyntax | undefined;
  /** The schemes of the resolvers; absent if none. */
  readonly schemes?: ReadonlySet<string>;
  /** The settings whose default is computed; absent if none. */
  readonly computed?: ReadonlySet<Key>;
  /** How files of other versions are read; absent if the definition has no version. */
  readonly fileVersion?: FileVersion;
  /** Whether a file can extend other files. */
  readonly mayExtend?: boolean;
  /** The groups by name and the variants; absent if there are none. */
  readonly open?: OpenGroups;
  /** What is wrong with the files of choices between variants, by their layers: it matters where the choice is made. */
  readonly choiceReports?: ReadonlyMap<LayerName, ChoiceReport>;
  /** What must be mended before this state of the settings may be used. */
  readonly issues?: readonly Issue[];
}

/** What is wrong with the file of a choice. */
export interface ChoiceReport {
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
}

/** The schema with some of its settings sensitive. */
export function withSensitive(schema: Schema, keys: Iterable<Key>): Schema {
  const changed = [...keys].flatMap((key) => schema.settings.get(key) ?? []).filter(({ sensitive }) => !sensitive);
  if (changed.length === 0) return schema;
  const replaced = new Map(changed.map((setting) => [setting.key, setting.asSensitive()]));
  const all = schema.settings.values().map((setting) => replaced.get(setting.key) ?? setting);
  const root = withSettings(schema.root, replaced);
  return { ...schema, root, settings: new Settings(root, all), groups: new Groups(root), hasSecrets: true };
}

/** A tree with some settings replaced, by their keys. A group without such a setting stays the same object. */
function withSettings(group: Group, replaced: ReadonlyMap<Key, Setting>): Group {
  const { children: before } = group;
  const children = before.map((child) =>
    child instanceof Group ? withSettings(child, replaced) : (replaced.get(child.key) ?? child),
  );
  return children.every((child, i) => child === before[i]) ? group : group.with(children);
}
