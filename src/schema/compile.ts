import type { Issue } from '../errors.ts';
import { isPlainObject, MAX_DEPTH, RESERVED_NAME } from '../json/value.ts';
import { childKey, type Key } from '../key.ts';
import type { LayerName } from '../layer.ts';
import { didYouMean } from '../near-names.ts';
import { unseenIn } from '../unseen.ts';
import { deprecatedNames } from './aliases.ts';
import {
  bareFormat,
  groupWithDefault,
  isPlainDeclaration,
  memberMistakes,
  unfinishedSetting,
  unknownMembers,
} from './declaration.ts';
import { checkDerivedDefaults, type MistakeReport, typeDefaults } from './defaults.ts';
import { Each } from './each.ts';
import { syntaxOf } from './expression-syntax.ts';
import type { Format } from './format.ts';
import { FORMAT_NAMES, formatOf } from './format-of.ts';
import {
  describedSchema,
  NamedGroupsTemplate,
  unsharedMembers,
  VariantsTemplate,
  variantsWithFiles,
} from './open-groups.ts';
import { depthProblem } from './refusal.ts';
import type { Schema } from './schema.ts';
import { DefaultEntries, Group, Groups, Setting, Settings } from './setting.ts';
import type { SettingNode } from './setting-node.ts';
import { Variants } from './variants.ts';

/** A compiled settings tree with its mistakes. */
export interface CompileResult {
  readonly schema: Schema;
  readonly mistakes: readonly Issue[];
}

/** How to compile a settings tree. */
export interface CompileOptions {
  readonly formats: ReadonlyMap<string, Format>;
  readonly prefix?: string | undefined;
  /** The layers whose texts may have references. */
  readonly references?: ReadonlySet<LayerName> | undefined;
  /** The schemes of the resolvers. */
  readonly schemes?: ReadonlySet<string> | undefined;
}

/** Compiles a settings tree by convict's rules: a node with a `default` is a setting, any other object a group. */
export function compile(settings: unknown, { prefix, ...options }: CompileOptions): CompileResult {
  const compiler = new Compiler(options);
  const root = compiler.group('', '', isPlainObject(settings) ? settings : {});
  if (!isPlainObject(settings)) compiler.report(undefined, 'must have "settings", an object of settings and groups');
  return compiler.finish(root, prefix);
}

class Compiler {
  readonly report: MistakeReport = (key, message, suggestion) => {
    this.#mistakes.push({
      code: 'INVALID_DEFINITION',
      message,
      ...(key !== undefined && { key }),
      ...(suggestion !== undefined && { suggestion }),
    });
  };
  readonly #formats: ReadonlyMap<string, Format>;
  readonly #options: Omit<CompileOptions, 'prefix'>;
  readonly #syntaxOf: Schema['syntaxOf'];
  readonly #settings: Setting[] = [];
  /** The list that the groups have parts of. */
  readonly #list: { all: readonly Setting[] } = { all: this.#settings };
  readonly #mistakes: Issue[];
  readonly #warnings: Issue[];
  /** Settings whose default is computed in every load, and checked there. */
  #computed: readonly Setting[] = [];
  /** Settings whose declaration has a mistake: their default is not checked. */
  readonly #mistaken = new Set<Setting>();
  /** The compilers of declarations that have many places, or one of several. */
  readonly #templates: Compiler[] = [];
  /** The groups and declarations around the one that is compiled. */
  readonly #around: Set<object>;

  /** `outer` compiles the tree that this one compiles a declaration of. */
  constructor(options: Omit<CompileOptions, 'prefix'>, outer?: Compiler) {
    this.#mistakes = outer ? outer.#mistakes : [];
    this.#warnings = outer ? outer.#warnings : [];
    this.#around = outer ? outer.#around : new Set();
    this.#formats = options.formats;
    this.#options = options;
    if (options.references || options.schemes) this.#syntaxOf = (...layers) => syntaxOf(options, ...layers);
  }

  group(key: Key, name: string, node: Readonly<Record<string, unknown>>): Group {
    const children: (Setting | Group)[] = [];
    if (!this.#enters(key, node)) return new Group(key, name, children);
    const start = this.#settings.length;
    let hasGroup = false;
    for (const childName of Object.keys(node)) {
      const problem = nameProblem(childName);
      if (problem !== undefined) this.report(childKey(key, childName), problem);
      else {
        const child = this.#child(key, childName, node[childName]);
        children.push(child);
        hasGroup ||= child instanceof Group;
      }
      if (BEYOND_ASCII.test(childName)) this.#warnings.push(...unseenIn(childKey(key, childName)));
    }
    this.#around.delete(node);
    // A copy takes no memory for more children.
    if (hasGroup) return new Group(key, name, children.slice());
    return new Group(key, name, this.#list, start, start + children.length);
  }

  /** Whether a node may be compiled: it is not inside itself, or too deep. If it may, it is around the next ones. */
  #enters(key: Key, node: object): boolean {
    const isInside = this.#around.has(node);
    if (isInside || this.#around.size > MAX_DEPTH) {
      this.report(key, depthProblem(isInside));
      return false;
    }
    this.#around.add(node);
    return true;
  }

  #child(group: Key, name: string, node: unknown): Setting | Group {
    const tree = isPlainObject(node) ? node : undefined;
    const isOpen = !tree && typeof node === 'object' && (node instanceof Each || node instanceof Variants);
    if (isOpen) return this.#openGroup(childKey(group, name), name, node);
    const isGroup = tree !== undefined && !('default' in tree) && Object.keys(tree).length > 0;
    const problem = tree ? (isGroup ? unfinishedSetting(tree) : groupWithDefault(tree)) : bareFormat(node);
    if (problem) {
      this.report(childKey(group, name), problem.problem, problem.remedy);
      return new Group(childKey(group, name), name, []);
    }
    // A template would give a rope, which keeps both parts in memory.
    if (isGroup) return this.group(group === '' ? name : [group, name].join('.'), name, tree);
    const declared = tree && 'default' in tree ? (tree as SettingNode) : { default: node };
    const setting = this.#setting({ group, name, index: this.#settings.length }, declared);
    this.#settings.push(setting);
    return setting;
  }

  #openGroup(key: Key, name: string, node: Each | Variants): Group {
    if (node instanceof Each)
      return new NamedGroupsTemplate(
        { key, name, isList: node.isList },
        this.#template(`${key}.*`, '*', node.settings),
      );
    const { chooser, variants, options } = node;
    const choices = isPlainObject(variants) ? Object.keys(variants) : [];
    const problem = choices.length === 0 ? 'has no variants' : nameProblem(chooser);
    if (problem !== undefined) this.report(key, problem);
    if (typeof chooser !== 'string') return new Group(key, name, []);
    const { default: usual = choices[0], doc, files: given } = Object(options) as Variants['options'];
    const files = typeof given === 'string' ? { path: given } : given;
    const declared = { default: usual, format: choices, ...(doc !== undefined && { doc }) };
    const compiler = new Compiler(this.#options, this);
    const setting = compiler.#setting({ group: key, name: chooser, index: -1 }, declared);
    compiler.#settings.push(setting);
    this.#templates.push(compiler);
    const groups = new Map(
      Object.entries(isPlainObject(variants) ? variants : {}).map(([choice, members]) => {
        const group = this.#template(key, name, members);
        if (group.child(chooser))
          this.report(key, `has the variant ${choice}, which has a member ${chooser} like the chooser`);
        return [choice, group] as const;
      }),
    );
    for (const { key: shared, choices: pair } of unsharedMembers(groups)) {
      const problem = `must be a setting in both of the variants ${pair.join(' and ')}, or a plain group in both`;
      this.report(shared, problem, 'Give it another name in one of them.');
    }
    return new VariantsTemplate(key, name, { chooser: setting, variants: groups, files });
  }

  /** The settings of a declaration. They get their places in the tree of one read of the layers. */
  #template(key: Key, name: string, settings: unknown): Group {
    if (!isPlainObject(settings)) this.report(key, 'must be declared by an object of settings and groups');
    const compiler = new Compiler(this.#options, this);
    this.#templates.push(compiler);
    const group = compiler.group(key, name, isPlainObject(settings) ? settings : {});
    for (const setting of compiler.#settings) {
      for (const member of ['env', 'arg', 'aliases', 'deprecated'] as const) {
        const value = setting.node[member];
        if (value !== undefined && value !== false)
          this.report(setting.key, `has "${member}", which a setting of a group by name or of a variant cannot have`);
      }
    }
    return group;
  }

  #setting({ group, name, index }: Pick<Setting, 'group' | 'name' | 'index'>, node: SettingNode): Setting {
    const place = { group, name };
    const before = this.#mistakes.length;
    const format = this.#format(place, node);
    const items = node.items === undefined ? undefined : this.#inner(place, node, 'items');
    const members = node.members === undefined ? undefined : this.#inner(place, node, 'members');
    // V8 spreads an object slowly, which counts for many thousand settings.
    const setting = new Setting({ group, name, index, format, node, items, members });
    if (!isPlainDeclaration(node)) this.#checkMembers(setting);
    if (this.#mistakes.length > before) this.#mistaken.add(setting);
    else if (BEYOND_ASCII.test(`${node.env}${node.arg}`)) this.#warnings.push(...unseenIn(setting.key, node));
    return setting;
  }

  #checkMembers({ key, node, format }: Setting): void {
    for (const problem of memberMistakes(node, format)) this.report(key, problem);
    for (const { problem, remedy, isError } of unknownMembers(node)) {
      const issue: Issue = { code: 'INVALID_DEFINITION', key, message: problem, suggestion: remedy };
      (isError ? this.#mistakes : this.#warnings).push(issue);
    }
  }

  #format({ group, name }: Pick<Setting, 'group' | 'name'>, node: SettingNode): Format {
    const format = formatOf(node, this.#formats);
    if (typeof format !== 'string') return format;
    const names = [...FORMAT_NAMES, ...this.#formats.keys()];
    this.report(
      childKey(group, name),
      format,
      typeof node.format === 'string' ? didYouMean(node.format, names) : undefined,
    );
    return formatOf({ default: undefined, format: '*' }, this.#formats) as Format;
  }

  /** `items` and `members` are a format, or a declaration with a format and constraints. Parts of a secret are secrets. */
  #inner({ group, name }: Pick<Setting, 'group' | 'name'>, outer: SettingNode, member: 'items' | 'members'): Setting {
    const { sensitive, [member]: inner } = outer;
    const node = isPlainObject(inner) && !('~standard' in inner) ? inner : { format: inner };
    if (!INNER_MEMBERS.some((known) => node[known] !== undefined)) {
      this.report(childKey(group, name), `has "${member}" that are neither a format nor a declaration with a "format"`);
    }
    const place = { group, name: `${name}${member === 'items' ? '[]' : '.*'}`, index: -1 };
    if (!this.#enters(childKey(group, name), node)) return this.#setting(place, { default: undefined });
    const setting = this.#setting(place, { default: undefined, ...node, ...(sensitive === true && { sensitive }) });
    this.#around.delete(node);
    return setting;
  }

  #typeDefaults(): void {
    const mistaken = this.#mistaken;
    const settings = mistaken.size === 0 ? this.#settings : this.#settings.filter((one) => !mistaken.has(one));
    this.#computed = typeDefaults(settings, this.#syntaxOf?.('default'), this.report);
    for (const template of this.#templates) template.#typeDefaults();
  }

  /** This compiler, and those of all declarations inside. */
  get #all(): readonly Compiler[] {
    return [this, ...this.#templates.flatMap((template) => template.#all)];
  }

  /** The schema with the defaults typed. */
  finish(root: Group, prefix: string | undefined): CompileResult {
    this.#typeDefaults();
    const all = this.#templates.length === 0 ? [this] : this.#all;
    const computed = all.flatMap((one) => one.#computed);
    const hasSecrets = all.some((one) => one.#settings.some((setting) => setting.sensitive));
    this.#list.all = this.#settings.slice();
    const settings = new Settings(root, this.#list.all);
    const { schemes } = this.#options;
    const schema: Schema = {
      root,
      settings,
      defaults: new DefaultEntries(settings),
      groups: new Groups(root),
      deprecated: deprecatedNames(this.#settings, prefix),
      rules: [],
      warnings: this.#warnings,
      hasSecrets,
      ...(prefix !== undefined && { prefix }),
      ...(this.#syntaxOf && { syntaxOf: this.#syntaxOf }),
      ...(schemes && { schemes }),
      ...(computed.length > 0 && { computed: new Set(this.#computed.map(({ key }) => key)) }),
    };
    const opened = this.#templates.length === 0 ? schema : openSchema(schema);
    checkDerivedDefaults(computed, opened, this.report);
    return { schema: opened, mistakes: this.#mistakes };
  }
}

/** The schema before any layer is read: groups by name without names, and the settings of all variants in the tree's order. */
function openSchema(declared: Schema): Schema {
  const { root } = declared;
  const open = { root, settings: declared.settings.values(), hasFiles: variantsWithFiles(root).length > 0 };
  return { ...describedSchema(declared, open), open };
}

/** Few names have such a character. `unseenIn` says which of them a reader does not see. */
const BEYOND_ASCII = /[^ -~]/;

/** The members of a declaration of elements; an object without any of them is not one. */
const INNER_MEMBERS = ['format', 'items', 'members', 'min', 'max', 'pattern', 'minLength', 'maxLength', 'nullable'];

function nameProblem(name: string): string | undefined {
  if (typeof name !== 'string') return 'has a chooser that is not a text';
  if (name === RESERVED_NAME || name === '_cvtProperties') return 'has a reserved name';
  if (name === '') return 'has an empty name';
  return name.includes('.') ? 'has a dot in its name; nest it in groups instead' : undefined;
}
