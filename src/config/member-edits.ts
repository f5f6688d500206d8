import type { JsonEdit } from '../json/edit.ts';
import type { JsonNode } from '../json/node.ts';
import { nodeAt, toValue } from '../json/tree.ts';
import { isEqual, isPlainObject, valueAt } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import { isMark, isMarkKey, listsAround, membersAround } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import type { Group } from '../schema/setting.ts';
import type { KeyChange } from './edits.ts';

/** The mark that a document has for a list or for a member of a group by name. */
export function markNode(node: JsonNode): JsonNode | undefined {
  if (node.kind === 'array') return { ...node, kind: 'array', start: node.start, end: node.end, items: [] };
  return isMark(toValue(node)) ? node : undefined;
}

/** The edits of a document that has groups by name. */
export function editsOfMembers(
  changes: readonly KeyChange[],
  root: JsonNode | undefined,
  schema: Schema,
): readonly JsonEdit[] {
  // To remove the mark of an element, or of a member that gets settings, does not remove the element or member itself.
  const given = new Set(
    changes.filter(({ written }) => written !== undefined).flatMap(({ key }) => membersAround(schema.root, key)),
  );
  const isKept = (key: Key): boolean =>
    nextElement(root, key) !== undefined || (given.has(key) && nodeAt(root, segments(key))?.kind === 'object');
  const kept = changes.filter(({ key, written }) => written !== undefined || !isKept(key));
  const edits = withWholeLists([...kept, ...emptiedMembers(root, changes, schema)], root, schema.root);
  return edits.map(({ path, value }) => ({
    path,
    value: withKeptMembers(nodeAt(root, path), value, { path, schema }),
  }));
}

/**
 * The edits of a document. All changes inside a list that it has, or gets, are one edit of the whole list, which changes
 * the text only where the members differ.
 */
function withWholeLists(
  changes: readonly KeyChange[],
  root: JsonNode | undefined,
  settings: Group,
): readonly JsonEdit[] {
  const begun = new Set(changes.flatMap(({ key, written }) => (Array.isArray(written) ? key : [])));
  const lists = new Map<Key, unknown>();
  const edits: JsonEdit[] = [];
  for (const change of changes) {
    const list = listsAround(settings, change.key).find(
      ({ key }) => begun.has(key) || nodeAt(root, segments(key))?.kind === 'array',
    );
    if (!list) edits.push(editOf(change));
    else if (list.key === change.key)
      lists.set(list.key, change.written === undefined ? undefined : (lists.get(list.key) ?? listIn(root, list.key)));
    else {
      const whole = lists.has(list.key) ? lists.get(list.key) : listIn(root, list.key);
      if (whole === undefined && change.written === undefined) continue;
      const path = segments(change.key.slice(list.key.length + 1));
      const isThere = isMarkKey(settings, change.key) && isObject(valueAt(whole, path));
      // The mark of a member or of a list that is there adds nothing to it.
      if (change.written === undefined || change.written === null || !isThere)
        lists.set(list.key, withPart(whole ?? {}, path, change.written));
    }
  }
  return [...edits, ...Array.from(lists, ([key, value]) => ({ path: segments(key), value }))];
}

/**
 * The JSON of a list that becomes shorter. If the removed elements were adjacent and no setting of the others changes, the
 * others keep their unknown members; otherwise it is `after`.
 */
function withKeptMembers(
  node: JsonNode | undefined,
  after: unknown,
  { path, schema }: { readonly path: readonly string[]; readonly schema: Schema },
): unknown {
  if (node?.kind !== 'array' || !Array.isArray(after) || after.length >= node.items.length) return after;
  const list = path.join('.');
  if (listsAround(schema.root, list).at(-1)?.key !== list) return after;
  const before = toValue(node) as readonly unknown[];
  const first = before.findIndex((element, i) => !isEqual(element, after[i]));
  const rest = before.toSpliced(first, before.length - after.length);
  const keys = [...schema.settings.keys()].filter((key) => key.startsWith(`${list}.`));
  const isSame = (key: Key): boolean => {
    const inside = segments(key).slice(path.length);
    return isEqual(valueAt(rest, inside), valueAt(after, inside));
  };
  return keys.every(isSame) ? rest : after;
}

function listIn(root: JsonNode | undefined, key: Key): unknown {
  const node = nodeAt(root, segments(key));
  return node?.kind === 'array' ? toValue(node) : [];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** A JSON tree with another value at a path. An object that loses its last member goes too, unless it is an element. */
function withPart(tree: unknown, path: readonly string[], value: unknown): unknown {
  if (value === undefined && valueAt(tree, path) === undefined) return tree;
  const [name = '', ...rest] = path;
  const changed = rest.length === 0 ? value : withPart(valueAt(tree, [name]) ?? {}, rest, value);
  if (Array.isArray(tree)) {
    if (changed === undefined) return tree.filter((_, i) => String(i) !== name);
    return Object.assign([...tree], { [name]: changed });
  }
  const members = new Map(Object.entries(isPlainObject(tree) ? tree : {}));
  const isEmptied = value === undefined && isPlainObject(changed) && Object.keys(changed).length === 0;
  if (changed === undefined || isEmptied) members.delete(name);
  else members.set(name, changed);
  return Object.fromEntries(members);
}

/**
 * Removes the members of groups by name that lose all their settings: an empty object would still be a member. Elements of a
 * list go from its end, the last ones first; one before others stays, as they keep their places.
 */
function emptiedMembers(
  root: JsonNode | undefined,
  changes: readonly KeyChange[],
  { root: group, settings }: Schema,
): readonly KeyChange[] {
  const membersOf = (all: readonly KeyChange[]): ReadonlySet<Key> =>
    new Set(all.flatMap(({ key }) => membersAround(group, key)));
  const removals = changes.filter(({ written }) => written === undefined);
  const removed = new Set(removals.map(({ key }) => key));
  const kept = membersOf(changes.filter(({ written }) => written !== undefined));
  const emptied = [...membersOf(removals)].filter((key) => {
    const node = kept.has(key) ? undefined : nodeAt(root, segments(key));
    // An element is removed with its unknown members, which no list could have without the element.
    const isElement = nextElement(root, key) !== undefined;
    const isEmptied = (inner: JsonNode, at: Key): boolean => {
      if (removed.has(at) || settings.has(at)) return removed.has(at);
      if (inner.kind === 'object') return inner.members.every(({ name, value }) => isEmptied(value, `${at}.${name}`));
      // A list is given by itself, also without elements.
      if (isMarkKey(group, at)) return false;
      if (inner.kind === 'array') return inner.items.every((item, i) => isEmptied(item, `${at}.${i}`));
      return isElement;
    };
    const hadParts = node?.kind === 'object' && (node.members.length > 0 || (isElement && removed.has(key)));
    return hadParts && isEmptied(node, key);
  });
  const gone = new Set<Key>();
  for (const key of emptied.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))) {
    const next = nextElement(root, key);
    const hasNext = next !== undefined && (kept.has(next) || (nodeAt(root, segments(next)) && !gone.has(next)));
    if (!hasNext) gone.add(key);
  }
  return Array.from(gone, (key) => ({ key, base: undefined, written: undefined }));
}

/** The key behind that of an element of a list that the document has; `undefined` for any other member. */
function nextElement(root: JsonNode | undefined, member: Key): Key | undefined {
  const path = segments(member);
  const isElement = nodeAt(root, path.slice(0, -1))?.kind === 'array';
  return isElement ? [...path.slice(0, -1), Number(path.at(-1)) + 1].join('.') : undefined;
}

function editOf({ key, written }: KeyChange): JsonEdit {
  return { path: segments(key), value: written };
}
