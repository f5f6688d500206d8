import { unicodeEscapes } from '../../escape.ts';
import type { GroupDescription, PlainGroupDescription, SettingDescription, VariantsDescription } from '../../tools.ts';
import { printable } from '../../words/terminal-text.ts';

/** What the module is written of. */
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
  return [HEAD(name), ...classes.texts, LOADER(name, settings)].join('\n\n\n');
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

/** A snapshot holds no secrets: `varve run` gives them as variables. */
function readSecret(variable: string | undefined, plain: string): string {
  const text = variable === undefined ? 'None' : `_secret(env, ${pythonText(variable)}, names)`;
  return plain === 'str' ? text : `_decoded(${text})`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'str',
  number: 'float',
  int: 'int',
  nat: 'int',
  port: 'int',
  duration: 'int',
  timestamp: 'int',
  bytes: 'int',
  boolean: 'bool',
};

type PythonPart = Pick<SettingDescription, 'format' | 'options' | 'nullable' | 'items' | 'members'>;

function typeOf({ format, options, items, members }: PythonPart): string {
  const name = format.toLowerCase();
  if (name === 'array') return `List[${partType(items)}]`;
  if (name === 'object') return `Dict[str, ${partType(members)}]`;
  const known = TYPES[name];
  if (known !== undefined) return known;
  const isLiteral = options?.every((option) => typeof option === 'string' || Number.isInteger(option));
  return options && isLiteral ? `Literal[${options.map(literal).join(', ')}]` : 'Any';
}

/** The type of each element or member. */
function partType(part: PythonPart | undefined): string {
  if (!part) return 'Any';
  return part.nullable ? `Optional[${typeOf(part)}]` : typeOf(part);
}

function literal(option: unknown): string {
  return typeof option === 'string' ? pythonText(option) : String(option);
}

/** A string literal: every JSON string is one in Python, but for characters beyond the basic plane. */
function pythonText(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, unicodeEscapes);
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

const HEAD = (
  name: string,
): string => `${pythonText(`The settings of ${name}, typed. Written by: varve docs --format python`)}

import json
import os
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Literal, Mapping, Optional, Sequence, Union

_STALE = "write this module anew by varve docs --format python"


def _value(values: Any, *path: str) -> Any:
    for name in path:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _given(values: Any, name: str, key: str) -> Any:
    value = _value(values, name)
    if value is None:
        raise ValueError(f"the snapshot has no {key}: {_STALE}")
    return value


def _float(value: Any) -> Any:
    if isinstance(value, list):
        return [_float(item) for item in value]
    if isinstance(value, dict):
        return {name: _float(member) for name, member in value.items()}
    return None if value is None else float(value)


def _secret(env: Mapping[str, str], variable: str, names: Sequence[str]) -> Optional[str]:
    for name in names:
        words = re.sub(r"([A-Z])([A-Z][a-z])", r"\\1_\\2", re.sub(r"([a-z0-9])([A-Z])", r"\\1_\\2", name))
        variable = variable.replace("*", re.sub(r"[\\W_]+", "_", words).upper(), 1)
    return env.get(variable)


def _decoded(text: Optional[str]) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text`;

const LOADER = (
  name: string,
  root: PythonValue,
): string => `def _snapshot(path: Optional[str], env: Mapping[str, str]) -> Dict[str, Any]:
    path = env.get("VARVE_SNAPSHOT") if path is None else path
    if path is None:
        raise RuntimeError("VARVE_SNAPSHOT is not set: start the program by varve run, or give the path of a snapshot")
    with open(path, encoding="utf-8") as file:
        snapshot = json.load(file)
    if snapshot.get("varve") != 1 or snapshot.get("name") != ${pythonText(name)}:
        raise ValueError(f"{path} is not a snapshot of " + ${pythonText(name)})
    return snapshot


def load(path: Optional[str] = None, env: Mapping[str, str] = os.environ) -> ${root.type}:
    """The settings of the run that varve started, or of the snapshot \`path\`; secrets come from variables."""
    return _read_${root.type}(_snapshot(path, env)["values"], env)


def overrides(path: Optional[str] = None, env: Mapping[str, str] = os.environ) -> List[str]:
    """The settings as overrides of Hydra: optimizer.lr=0.1. Secrets are left out."""
    snapshot = _snapshot(path, env)
    keys = [key for key in snapshot["origins"] if key not in snapshot["secrets"]]
    return [key + "=" + _override(_value(snapshot["values"], *key.split("."))) for key in keys]


def _override(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\\\", "\\\\\\\\").replace("'", "\\\\'") + "'"
    if isinstance(value, list):
        return "[" + ",".join(_override(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(_override(name) + ":" + _override(item) for name, item in value.items()) + "}"
    return json.dumps(value)
`;

const RESERVED = [
  'load',
  'overrides',
  'json',
  'os',
  're',
  'dataclass',
  'Any',
  'Dict',
  'List',
  'Literal',
  'Mapping',
  'Optional',
  'Sequence',
  'Union',
];

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

/** The name as an identifier of Python. */
function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)|^_+/, 'n');
  return KEYWORDS.has(plain) ? `${plain}_` : plain;
}

function camelCase(name: string): string {
  return identifier(name)
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function unique(name: string, taken: Set<string>): string {
  let found = name;
  for (let i = 2; taken.has(found); i += 1) found = `${name}_${i}`;
  taken.add(found);
  return found;
}
