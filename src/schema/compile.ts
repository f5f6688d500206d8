import type { Issue } from '../errors.ts';
import { frozenCopy, hasReservedName, isPlainObject, RESERVED_NAME } from '../json/value.ts';
import { childKey, didYouMean, type Key } from '../key.ts';
import { checkAll } from './check.ts';
import { typed } from './decode.ts';
import { FORMAT_NAMES, type Format, formatOf } from './format.ts';
import type { Case } from './format-check.ts';
import { Group, Leaf, type Schema, type SettingNode } from './leaf.ts';

/** A settings tree with everything that was found wrong in it. */
export interface Compiled {
  readonly schema: Schema;
  readonly mistakes: readonly Issue[];
}

/** Compiles a settings tree by convict's rules: a node with a `default` is a setting, any other object a group. */
export function compile(settings: unknown, formats: ReadonlyMap<string, Format>): Compiled {
  const compiler = new Compiler(formats);
  const root = compiler.group('', '', isPlainObject(settings) ? settings : {});
  if (!isPlainObject(settings)) compiler.mistake(undefined, 'must have "settings", an object of settings and groups');
  return compiler.compiled(root);
}

class Compiler {
  readonly #formats: ReadonlyMap<string, Format>;
  readonly #leaves = new Map<Key, Leaf>();
  readonly #groups = new Map<Key, Group>();
  readonly #mistakes: Issue[] = [];

  constructor(formats: ReadonlyMap<string, Format>) {
    this.#formats = formats;
  }

  mistake(key: Key | undefined, message: string, suggestion?: string): void {
    const issue: Issue = { code: 'INVALID_DEFINITION', message };
    this.#mistakes.push({
      ...issue,
      ...(key !== undefined && { key }),
      ...(suggestion !== undefined && { suggestion }),
    });
  }

  group(key: Key, name: string, node: Readonly<Record<string, unknown>>): Group {
    const children: (Leaf | Group)[] = [];
    for (const childName of Object.keys(node)) {
      const problem = nameProblem(childName);
      if (problem !== undefined) this.mistake(childKey(key, childName), problem);
      else children.push(this.#child(childKey(key, childName), childName, node[childName]));
    }
    const group = new Group(key, name, children);
    if (key !== '') this.#groups.set(key, group);
    return group;
  }

  #child(key: Key, name: string, node: unknown): Leaf | Group {
    if (isGroupNode(node)) return this.group(key, name, node);
    const leaf = this.#leaf(
      key,
      name,
      isPlainObject(node) && 'default' in node ? (node as SettingNode) : { default: node },
    );
    this.#leaves.set(key, leaf);
    return leaf;
  }

  #leaf(key: Key, name: string, node: SettingNode): Leaf {
    const format = this.#format(key, node);
    const items = node.items === undefined ? undefined : this.#items(key, node.items);
    for (const problem of memberProblems(node, format)) this.mistake(key, problem);
    return new Leaf({ key, name, format, node, items });
  }

  #format(key: Key, node: SettingNode): Format {
    const format = formatOf(node, this.#formats);
    if (typeof format !== 'string') return format;
    const names = [...FORMAT_NAMES, ...this.#formats.keys()];
    this.mistake(key, format, typeof node.format === 'string' ? didYouMean(node.format, names) : undefined);
    return formatOf({ default: undefined, format: '*' }, this.#formats) as Format;
  }

  /** `items` is a format, or a declaration with a format and constraints. */
  #items(key: Key, items: unknown): Leaf {
    const node = isPlainObject(items) && !('~standard' in items) ? items : { format: items };
    return this.#leaf(`${key}[]`, '[]', { default: undefined, ...node });
  }

  /** The schema with the defaults typed; those that their settings refuse are mistakes. */
  compiled(root: Group): Compiled {
    const cases: Case[] = [];
    for (const leaf of this.#leaves.values()) {
      const written = leaf.node.default;
      if (written === undefined || leaf.required) continue;
      if (written === null && leaf.nullable) {
        leaf.setDefault(null);
        continue;
      }
      const decoded = hasReservedName(written) ? { problem: `must not have ${RESERVED_NAME}` } : typed(leaf, written);
      if ('problem' in decoded) this.#badDefault(leaf, decoded.problem);
      else cases.push({ leaf, input: decoded.value, value: decoded.value });
    }
    const problems = checkAll(cases);
    for (const one of cases) {
      const problem = problems.get(one);
      if (problem === undefined) one.leaf.setDefault(frozenCopy(one.value));
      else this.#badDefault(one.leaf, problem);
    }
    const hasSecrets = [...this.#leaves.values()].some((leaf) => leaf.sensitive);
    return { schema: { root, leaves: this.#leaves, groups: this.#groups, hasSecrets }, mistakes: this.#mistakes };
  }

  #badDefault({ key }: Leaf, problem: string): void {
    this.mistake(
      key,
      `has a default that it refuses: it ${problem}`,
      'To make the setting required, give default: null.',
    );
  }
}

function isGroupNode(node: unknown): node is Readonly<Record<string, unknown>> {
  return isPlainObject(node) && Object.keys(node).length > 0 && !('default' in node);
}

function nameProblem(name: string): string | undefined {
  if (name === RESERVED_NAME || name === '_cvtProperties') return 'has a reserved name';
  if (name === '') return 'has an empty name';
  return name.includes('.') ? 'has a dot in its name; nest it in groups instead' : undefined;
}

const NUMERIC: ReadonlySet<string> = new Set(['number', 'integer', 'port or pipe', 'open', 'coerced', 'option']);
const QUANTITIES: ReadonlySet<string> = new Set(['duration', 'timestamp', 'bytes']);

function* memberProblems(node: SettingNode, format: Format): Generator<string> {
  const numeric = NUMERIC.has(format.text) || QUANTITIES.has(format.name) || format.name === '*';
  for (const member of ['min', 'max'] as const) {
    if (node[member] === undefined) continue;
    if (typeof node[member] !== 'number') yield `has a "${member}" that is not a number`;
    else if (!numeric) yield `has a "${member}", but its format (${format.name}) is not numeric`;
  }
  if (Number(node.min) > Number(node.max)) yield `has a "min" (${node.min}) above its "max" (${node.max})`;
  if (Number(node.minLength) > Number(node.maxLength)) {
    yield `has a "minLength" (${node.minLength}) above its "maxLength" (${node.maxLength})`;
  }
  if (node.items !== undefined && format.text !== 'array')
    yield `has "items", but its format (${format.name}) is not Array`;
  if (typeof node.pattern === 'string' && !isRegExpText(node.pattern))
    yield 'has a "pattern" that is no regular expression';
  for (const member of ['env', 'arg'] as const) {
    const value = node[member];
    if (value !== undefined && value !== false && typeof value !== 'string') yield `has an "${member}" that is no name`;
  }
}

function isRegExpText(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
