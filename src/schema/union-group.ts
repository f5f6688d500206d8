import type { Key } from '../key.ts';
import type { Format } from './format.ts';
import { formatOf } from './format-of.ts';
import { Group, Setting } from './setting.ts';

/** The settings of a tree, each at its index. */
export interface TreeSettings {
  readonly list: Setting[];
  /** Whether layers are read by them: then what two variants declare has no format until the choice is known. */
  readonly isRead: boolean;
}

/** The members of several groups, each added in time that depends on that group alone. */
export class UnionGroup extends Group {
  readonly #children: (Setting | Group)[];
  readonly #positions = new Map<string, number>();

  constructor(key: Key, name: string) {
    const children: (Setting | Group)[] = [];
    super(key, name, children);
    this.#children = children;
  }

  override child(name: string): Setting | Group | undefined {
    const at = this.#positions.get(name);
    return at === undefined ? undefined : this.#children[at];
  }

  /** Adds the members of a group; one of a name that is known becomes one with it. */
  add({ children }: Group, all: TreeSettings): void {
    for (const child of children) this.#put(this.#united(child, all));
  }

  #united(child: Setting | Group, all: TreeSettings): Setting | Group {
    const known = this.child(child.name);
    if (known === undefined) return child;
    if (known instanceof Setting && child instanceof Setting)
      return all.isRead ? readable(known, child, all) : sensitiveOf(known, child);
    if (!(known instanceof Group && child instanceof Group)) return known;
    const union = known instanceof UnionGroup ? known : new UnionGroup(known.key, known.name);
    if (union !== known) union.add(known, all);
    union.add(child, all);
    return union;
  }

  #put(child: Setting | Group): void {
    const at = this.#positions.get(child.name) ?? this.#children.length;
    this.#positions.set(child.name, at);
    this.#children[at] = child;
  }
}

const ANY_FORMAT = formatOf({ default: undefined, format: '*' }, new Map()) as Format;

/** The setting to read one by that two variants declare: its text stays as it is until the choice is known. */
function readable(first: Setting, second: Setting, all: TreeSettings): Setting {
  const isAlike = first.format === second.format && (first.hasMembers || first.format.text === 'boolean');
  if (isAlike) return replaced(sensitiveOf(first, second), all);
  const { group, name, index } = first;
  const node = { default: undefined, format: '*', sensitive: first.sensitive || second.sensitive };
  const setting = new Setting({ group, name, index, format: ANY_FORMAT, node, items: undefined, members: undefined });
  return replaced(setting, all);
}

function replaced(setting: Setting, { list }: TreeSettings): Setting {
  list[setting.index] = setting;
  return setting;
}

/** The one whose value is a secret, else the first. */
function sensitiveOf(first: Setting, second: Setting): Setting {
  return second.sensitive && !first.sensitive ? second : first;
}
