import type { Issue } from '../errors.ts';
import { frozenCopy, isPlainObject, RESERVED_NAME } from '../json/value.ts';
import { childKey, didYouMean, type Key } from '../key.ts';
import { checkAll, innerProblem } from './check.ts';
import { bareFormat, groupWithDefault, memberMistakes, unfinishedSetting, unknownMembers } from './declaration.ts';
import { typed } from './decode.ts';
import type { Format } from './format.ts';
import type { ValueCheck } from './format-check.ts';
import { FORMAT_NAMES, formatOf } from './format-of.ts';
import { shownValue } from './refusal.ts';
import { Group, Groups, type Schema, Setting, Settings } from './setting.ts';
import type { SettingNode } from './setting-node.ts';

/** A settings tree with everything that was found wrong in it. */
export interface CompileResult {
  readonly schema: Schema;
  readonly mistakes: readonly Issue[];
}

/** Compiles a settings tree by convict's rules: a node with a `default` is a setting, any other object a group. */
export function compile(settings: unknown, formats: ReadonlyMap<string, Format>): CompileResult {
  const compiler = new Compiler(formats);
  const root = compiler.group('', '', isPlainObject(settings) ? settings : {});
  if (!isPlainObject(settings)) compiler.mistake(undefined, 'must have "settings", an object of settings and groups');
  return compiler.compiled(root);
}

class Compiler {
  readonly #formats: ReadonlyMap<string, Format>;
  readonly #settings: Setting[] = [];
  readonly #mistakes: Issue[] = [];
  readonly #warnings: Issue[] = [];
  /** Those whose declaration has a mistake: whether it takes its default can't be told. */
  readonly #mistaken = new Set<Setting>();

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
    const children: (Setting | Group)[] = [];
    for (const childName of Object.keys(node)) {
      const problem = nameProblem(childName);
      if (problem !== undefined) this.mistake(childKey(key, childName), problem);
      else children.push(this.#child(key, childName, node[childName]));
    }
    // A copy has no room for more.
    return new Group(key, name, children.slice());
  }

  #child(group: Key, name: string, node: unknown): Setting | Group {
    const isGroup = isGroupNode(node);
    const problem = isGroup ? unfinishedSetting(node) : isPlainObject(node) ? groupWithDefault(node) : bareFormat(node);
    if (problem) {
      this.mistake(childKey(group, name), problem.problem, problem.remedy);
      return new Group(childKey(group, name), name, []);
    }
    if (isGroup) return this.group(childKey(group, name), name, node);
    const declared = isPlainObject(node) && 'default' in node ? (node as SettingNode) : { default: node };
    const setting = this.#setting({ group, name, index: this.#settings.length }, declared);
    this.#settings.push(setting);
    return setting;
  }

  #setting(place: Pick<Setting, 'group' | 'name' | 'index'>, node: SettingNode): Setting {
    const before = this.#mistakes.length;
    const format = this.#format(place, node);
    const items = node.items === undefined ? undefined : this.#items(place, node);
    const setting = new Setting({ ...place, format, node, items });
    for (const problem of memberMistakes(node, format)) this.mistake(setting.key, problem);
    for (const { problem, remedy, isError } of unknownMembers(node)) {
      const issue: Issue = { code: 'INVALID_DEFINITION', key: setting.key, message: problem, suggestion: remedy };
      (isError ? this.#mistakes : this.#warnings).push(issue);
    }
    if (this.#mistakes.length > before) this.#mistaken.add(setting);
    return setting;
  }

  #format({ group, name }: Pick<Setting, 'group' | 'name'>, node: SettingNode): Format {
    const format = formatOf(node, this.#formats);
    if (typeof format !== 'string') return format;
    const names = [...FORMAT_NAMES, ...this.#formats.keys()];
    this.mistake(
      childKey(group, name),
      format,
      typeof node.format === 'string' ? didYouMean(node.format, names) : undefined,
    );
    return formatOf({ default: undefined, format: '*' }, this.#formats) as Format;
  }

  /** `items` is a format, or a declaration with a format and constraints. Elements of a secret are secrets. */
  #items({ group, name }: Pick<Setting, 'group' | 'name'>, { items, sensitive }: SettingNode): Setting {
    const node = isPlainObject(items) && !('~standard' in items) ? items : { format: items };
    if (node === items && !ITEM_MEMBERS.some((member) => node[member] !== undefined)) {
      this.mistake(childKey(group, name), 'has "items" that are neither a format nor a declaration with a "format"');
    }
    const element = { group, name: `${name}[]`, index: -1 };
    return this.#setting(element, { default: undefined, ...node, ...(sensitive === true && { sensitive }) });
  }

  /** The schema with the defaults typed; those that their settings refuse are mistakes. */
  compiled(root: Group): CompileResult {
    const cases: ValueCheck[] = [];
    for (const setting of this.#settings) {
      const written = setting.node.default;
      if (written === undefined || this.#mistaken.has(setting)) continue;
      const inner = typeof written === 'object' && written !== null ? innerProblem(written) : undefined;
      const decoded = inner === undefined ? typed(setting, written) : { problem: inner };
      if ('problem' in decoded) this.#badDefault(setting, decoded.problem);
      else cases.push({ setting, input: decoded.value, value: decoded.value });
    }
    const problems = checkAll(cases);
    for (const one of cases) {
      const problem = problems.get(one);
      if (problem === undefined) one.setting.setDefault(frozenCopy(one.value));
      else if (!one.setting.required) this.#badDefault(one.setting, problem);
    }
    const hasSecrets = this.#settings.some((setting) => setting.sensitive);
    const settings = new Settings(root, this.#settings.slice());
    const schema = { root, settings, groups: new Groups(root), warnings: this.#warnings, hasSecrets };
    return { schema, mistakes: this.#mistakes };
  }

  #badDefault({ key, node, sensitive }: Setting, problem: string): void {
    const got = sensitive ? '' : `, got ${shownValue(node.default)}`;
    const remedy = 'To make the setting required, give default: null.';
    this.mistake(key, `has a default that it refuses: it ${problem}${got}`, remedy);
  }
}

/** What a declaration of elements may consist of; without any of them it is something else, mistaken for one. */
const ITEM_MEMBERS = ['format', 'items', 'min', 'max', 'pattern', 'minLength', 'maxLength', 'nullable'];

function isGroupNode(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && isPlainObject(node) && !('default' in node) && Object.keys(node).length > 0;
}

function nameProblem(name: string): string | undefined {
  if (name === RESERVED_NAME || name === '_cvtProperties') return 'has a reserved name';
  if (name === '') return 'has an empty name';
  return name.includes('.') ? 'has a dot in its name; nest it in groups instead' : undefined;
}
