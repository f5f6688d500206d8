/** A change of the value at one path. */
export interface JsonEdit {
  readonly path: readonly string[];
  /** `undefined` removes the value. */
  readonly value: unknown;
}

/** What the edits make of one value: a plain JSON value, nothing, or changes below it. */
export type Plan = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'removal' } | GroupPlan;

export interface GroupPlan {
  readonly kind: 'group';
  /** Whether the old value is replaced, so that only `members` are left. */
  readonly replaces: boolean;
  readonly members: Map<string, Plan>;
}

/** As deep as the parser reads. */
const MAX_PATH_LENGTH = 512;

/** The combined result of the edits, applied in their order. Throws `TypeError` for a path or a value that JSON can't hold. */
export function planEdits(edits: readonly JsonEdit[]): GroupPlan {
  const root = groupPlan(false);
  for (const { path, value } of edits) {
    if (path.length === 0) throw new TypeError('an edit needs a path');
    if (path.length > MAX_PATH_LENGTH) throw new TypeError(`a path has at most ${MAX_PATH_LENGTH} names`);
    addToPlan(
      root,
      path,
      value === undefined ? { kind: 'removal' } : { kind: 'value', value: toJsonValue(value, path.length) },
    );
  }
  return root;
}

function groupPlan(replaces: boolean): GroupPlan {
  return { kind: 'group', replaces, members: new Map() };
}

function addToPlan(root: GroupPlan, path: readonly string[], leaf: Plan): void {
  let group = root;
  for (const name of path.slice(0, -1)) {
    const inner = innerGroup(group, name, leaf.kind === 'removal');
    if (inner === undefined) return;
    group.members.set(name, inner);
    group = inner;
  }
  group.members.set(path.at(-1) ?? '', leaf);
}

/** The plan of the group `name`; `undefined` if there is nothing to remove in it. */
function innerGroup(group: GroupPlan, name: string, removing: boolean): GroupPlan | undefined {
  const existing = group.members.get(name);
  if (existing?.kind === 'group') return existing;
  if (existing === undefined) return groupPlan(group.replaces);
  if (existing.kind === 'removal') return removing ? undefined : groupPlan(true);
  if (!isObject(existing.value)) {
    if (removing) return undefined;
    throw notAnObjectError();
  }
  if (removing && Object.keys(existing.value).length === 0) return undefined;
  const inner = groupPlan(true);
  for (const [member, value] of Object.entries(existing.value)) inner.members.set(member, { kind: 'value', value });
  return inner;
}

/** The value that a plan makes of nothing; `undefined` if it makes none, as a group without members. */
export function plannedValue(plan: Plan): unknown {
  if (plan.kind === 'value') return plan.value;
  if (plan.kind === 'removal') return undefined;
  const members = Array.from(plan.members, ([name, inner]) => [name, plannedValue(inner)] as const);
  const written = members.filter(([, value]) => value !== undefined);
  return written.length === 0 ? undefined : Object.fromEntries(written);
}

/** The plan that makes `value` of an object with the members `names`. */
export function planObject(value: Readonly<Record<string, unknown>>, names: Iterable<string>): GroupPlan {
  const group = groupPlan(false);
  for (const name of names) group.members.set(name, { kind: 'removal' });
  for (const [name, member] of Object.entries(value)) group.members.set(name, { kind: 'value', value: member });
  return group;
}

/** The error of an edit whose path leads through a value that is not an object, which the edit may not replace. */
export function notAnObjectError(): Error {
  return new Error('a value stands where an object is needed');
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What `JSON.stringify` would write of a value, as plain data; it throws where that would leave something out. */
function toJsonValue(value: unknown, depth: number): unknown {
  const text: string | undefined = JSON.stringify(value, refuseLossyValue);
  if (text === undefined) throw notJsonError();
  const plain: unknown = JSON.parse(text);
  if (depth + depthOf(plain) > MAX_PATH_LENGTH)
    throw new TypeError(`a value is nested in at most ${MAX_PATH_LENGTH} levels`);
  return plain;
}

function refuseLossyValue(this: unknown, _name: string, value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw notJsonError();
  if (typeof value === 'number' && !Number.isFinite(value)) throw notJsonError();
  if (value === undefined && Array.isArray(this)) throw notJsonError();
  return value;
}

function notJsonError(): TypeError {
  return new TypeError('JSON cannot hold the value');
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce((deepest: number, inner) => Math.max(deepest, depthOf(inner)), 0);
}
