import type { GroupDescription, PlainGroupDescription, SettingDescription, VariantsDescription } from '../../tools.ts';
import { printable } from '../../words/terminal-text.ts';
import { HEAD, LOADER, RESERVED } from './python-module-text.ts';
import { camelCase, identifier, pythonText, unique } from './python-names.ts';
import { typeOf } from './python-types.ts';

export interface PythonModuleInput {
  /** What the definition calls the configuration. */
  readonly name: string;
  readonly root: GroupDescription;
}

interface PythonField extends PythonValue {
  readonly name: string;
  readonly doc?: string | undefined;
}

interface PythonValue {
  readonly type: string;
  /** The expression that reads it from the `values` of its group, from `env`, and from the `names` of the groups by name around it. */
  readonly read: string;
}

/** A Python module with the settings as dataclasses, and a loader for the snapshot of a run; standard library only. */
export function pythonModule({ name, root }: PythonModuleInput): string {
  const classes = new PythonClasses(name);
  const settings = classes.addGroup(root, ['']);
  return [HEAD(name), ...classes.texts, LOADER(name, settings.type)].join('\n\n\n');
}

/** The classes of the module, inner groups first, each with the function that reads it. */
class PythonClasses {
  readonly texts: string[] = [];
  readonly #program: string;
  readonly #names = new Set(RESERVED);

  constructor(program: string) {
    this.#program = program;
  }

  /** Adds a group and those in it, and returns its type and how it is read. */
  addGroup(group: GroupDescription, path: readonly string[]): PythonValue {
    const values = path.length === 1 ? 'values' : `_value(values, ${pythonText(path.at(-1) ?? '')})`;
    if ('member' in group) {
      const member = this.#addClass(group.member, path);
      const read = `_read_${member}(member, env, *names, name)`;
      if (group.isList) {
        const element = `_read_${member}(member, env, *names, str(i))`;
        return { type: `List[${member}]`, read: `[${element} for i, member in enumerate(${values} or [])]` };
      }
      return { type: `Dict[str, ${member}]`, read: `{name: ${read} for name, member in (${values} or {}).items()}` };
    }
    const className = this.#addClass(group, path);
    return { type: className, read: `_read_${className}(${values}, env, *names)` };
  }

  #addClass(group: GroupDescription, path: readonly string[]): string {
    if ('variants' in group) return this.#addUnion(group, path);
    const className = this.#nameOf(path);
    if ('member' in group) throw new TypeError(`${group.key}: the members of a group by name have settings`);
    this.texts.push(dataclassText(className, this.#fields(group, path), this.#docOf(group)));
    return className;
  }

  #addUnion({ key, chooser, variants }: VariantsDescription, path: readonly string[]): string {
    const className = this.#nameOf(path);
    const name = lastName(chooser.key);
    const classes = [...variants].map(([choice, group]) => {
      const variant = this.#nameOf([...path, choice]);
      const own = { type: `Literal[${pythonText(choice)}]`, read: pythonText(choice), doc: chooser.doc };
      const fields = this.#fields(group, [...path, choice], { name, ...own });
      this.texts.push(dataclassText(variant, fields, `The group ${key} with ${name} ${choice}.`));
      return [choice, variant] as const;
    });
    this.texts.push(unionText(className, chooser.key, classes));
    return className;
  }

  #fields(group: PlainGroupDescription, path: readonly string[], first?: PythonField): readonly PythonField[] {
    const names = new Set<string>();
    const own = first ? [{ ...first, name: unique(identifier(first.name), names) }] : [];
    const fields = [...group.members].map(([name, member]): PythonField => {
      const field = unique(identifier(name), names);
      return { name: field, ...('format' in member ? fieldOf(member) : this.addGroup(member, [...path, name])) };
    });
    return [...own, ...fields];
  }

  #docOf({ key }: GroupDescription): string {
    return key === '' ? `The settings of ${this.#program}.` : `The group ${key}.`;
  }

  #nameOf(path: readonly string[]): string {
    return unique(`${path.map(camelCase).join('')}Settings`, this.#names);
  }
}

function lastName(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

function fieldOf(setting: SettingDescription): Omit<PythonField, 'name'> {
  const { key, doc, sensitive, variable, nullable, required } = setting;
  const plain = typeOf(setting);
  const hasValue =
    required || setting.defaultFrom !== undefined || (setting.default !== undefined && setting.default !== null);
  const isOptional = nullable || !hasValue || sensitive;
  const type = isOptional ? `Optional[${plain}]` : plain;
  const given = `${pythonText(lastName(key))}, ${pythonText(key)}`;
  const value = isOptional ? `_value(values, ${pythonText(lastName(key))})` : `_given(values, ${given})`;
  const read = sensitive ? readSecret(variable, plain) : value;
  return { type, read: /\bfloat\b/.test(plain) && !plain.startsWith('Literal') ? `_float(${read})` : read, doc };
}

/** The file of a snapshot has no secrets: `varve run` gives them as variables. */
function readSecret(variable: string | undefined, plain: string): string {
  const text = variable === undefined ? 'None' : `_secret(env, ${pythonText(variable)}, names)`;
  return plain === 'str' ? text : `_decoded(${text})`;
}

function dataclassText(className: string, fields: readonly PythonField[], doc: string): string {
  const lines = fields.flatMap(({ name, type, doc: fieldDoc }) => [
    ...(fieldDoc === undefined ? [] : comment(fieldDoc)),
    `    ${name}: ${type}`,
  ]);
  const reads = fields.map(({ name, read }) => `        ${name}=${read},`);
  return [
    '@dataclass(frozen=True)',
    `class ${className}:`,
    `    ${pythonText(doc)}`,
    '',
    ...lines,
    '',
    '',
    readerHead(className),
    `    return ${className}(`,
    ...reads,
    '    )',
  ].join('\n');
}

function readerHead(className: string): string {
  return `def _read_${className}(values: Any, env: Mapping[str, str], *names: str) -> ${className}:`;
}

/** The classes of the variants as one type, and the function that reads the chosen one. */
function unionText(className: string, chooser: string, classes: readonly (readonly [string, string])[]): string {
  return [
    `${className} = Union[${classes.map(([, variant]) => variant).join(', ')}]`,
    '',
    '',
    readerHead(className),
    `    choice = _given(values, ${pythonText(lastName(chooser))}, ${pythonText(chooser)})`,
    ...classes.flatMap(([choice, variant]) => [
      `    if choice == ${pythonText(choice)}:`,
      `        return _read_${variant}(values, env, *names)`,
    ]),
    `    raise ValueError(${pythonText(chooser)} + f" is {choice}: {_STALE}")`,
  ].join('\n');
}

function comment(text: string): readonly string[] {
  return text.split(/[\r\n]+/).map((line) => `    # ${printable(line)}`);
}
