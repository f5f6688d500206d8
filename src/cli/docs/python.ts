import { unicodeEscapes } from '../../escape.ts';
import type { SettingDescription } from '../../tools.ts';
import { printable } from '../../words/values.ts';
import type { DocumentedSettings } from './documented-variable.ts';

/** A group of settings, as a dataclass has it. */
interface PythonGroup {
  readonly className: string;
  readonly doc: string;
  readonly fields: readonly PythonField[];
}

interface PythonField {
  readonly name: string;
  readonly type: string;
  /** The expression that reads the field from `values` and `env`. */
  readonly read: string;
  readonly doc: string | undefined;
}

/** A Python module with the settings as dataclasses, and a loader for the snapshot of a run; standard library only. */
export function pythonModule({ name, settings }: DocumentedSettings): string {
  const groups: PythonGroup[] = [];
  const root = addGroup(groups, { name, settings, path: [], names: new Set(RESERVED) });
  return [HEAD(name), ...groups.map(classText), LOADER(name, root)].join('\n\n\n');
}

interface GroupInput {
  readonly name: string;
  readonly settings: readonly SettingDescription[];
  readonly path: readonly string[];
  /** Names of the module that are taken. */
  readonly names: Set<string>;
}

/** Adds the classes of a group, inner groups first, and returns the name of its class. */
function addGroup(groups: PythonGroup[], { name, settings, path, names }: GroupInput): string {
  const className = unique(path.length === 0 ? 'Settings' : `${path.map(camelCase).join('')}Settings`, names);
  const members = new Map<string, SettingDescription[]>();
  for (const setting of settings) {
    const member = setting.key.split('.')[path.length] ?? '';
    members.set(member, [...(members.get(member) ?? []), setting]);
  }
  const fieldNames = new Set<string>();
  const fields = [...members].map(([member, inside]): PythonField => {
    const field = unique(identifier(member), fieldNames);
    const own = [...path, member];
    const [first] = inside;
    if (first && first.key === own.join('.')) return { name: field, ...fieldOf(first) };
    const inner = addGroup(groups, { name, settings: inside, path: own, names });
    return { name: field, type: inner, read: `_read_${inner}(values, env)`, doc: undefined };
  });
  groups.push({
    className,
    doc: path.length === 0 ? `The settings of ${name}.` : `The group ${path.join('.')}.`,
    fields,
  });
  return className;
}

function fieldOf(setting: SettingDescription): Omit<PythonField, 'name'> {
  const { key, doc, sensitive, variable, nullable, required } = setting;
  const plain = typeOf(setting);
  const hasValue =
    required || setting.defaultFrom !== undefined || (setting.default !== undefined && setting.default !== null);
  const isOptional = nullable || !hasValue || sensitive;
  const type = isOptional ? `Optional[${plain}]` : plain;
  const convert = CONVERT[plain] ?? '';
  if (sensitive) {
    // A snapshot holds no secrets: `varve run` gives them as variables.
    const text = variable === undefined ? 'None' : `env.get(${pythonText(variable)})`;
    return { type, read: plain === 'str' ? text : `_decoded(${text})`, doc };
  }
  const read = `${isOptional ? '_value' : '_given'}(values, ${key.split('.').map(pythonText).join(', ')})`;
  return { type, read: convert === '' ? read : `${convert}(${read})`, doc };
}

const CONVERT: Readonly<Record<string, string>> = { float: '_float' };
const TYPES: Readonly<Record<string, string>> = {
  string: 'str',
  number: 'float',
  int: 'int',
  nat: 'int',
  port: 'int',
  boolean: 'bool',
  array: 'List[Any]',
  object: 'Dict[str, Any]',
};

function typeOf({ format, options }: SettingDescription): string {
  const known = TYPES[format.toLowerCase()];
  if (known !== undefined) return known;
  const isLiteral = options?.every((option) => typeof option === 'string' || Number.isInteger(option));
  return options && isLiteral ? `Literal[${options.map(literal).join(', ')}]` : 'Any';
}

function literal(option: unknown): string {
  return typeof option === 'string' ? pythonText(option) : String(option);
}

/** A string literal: every JSON string is one in Python, but for characters beyond the basic plane. */
function pythonText(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, unicodeEscapes);
}

function classText({ className, doc, fields }: PythonGroup): string {
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
    `def _read_${className}(values: Mapping[str, Any], env: Mapping[str, str]) -> ${className}:`,
    `    return ${className}(`,
    ...reads,
    '    )',
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
from dataclasses import dataclass
from typing import Any, Dict, List, Literal, Mapping, Optional


def _value(values: Any, *path: str) -> Any:
    for name in path:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _given(values: Any, *path: str) -> Any:
    value = _value(values, *path)
    if value is None:
        raise ValueError(f"the snapshot has no {'.'.join(path)}: write this module anew by varve docs --format python")
    return value


def _float(value: Any) -> Optional[float]:
    return None if value is None else float(value)


def _decoded(text: Optional[str]) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text`;

const LOADER = (
  name: string,
  root: string,
): string => `def _snapshot(path: Optional[str], env: Mapping[str, str]) -> Dict[str, Any]:
    path = env.get("VARVE_SNAPSHOT") if path is None else path
    if path is None:
        raise RuntimeError("VARVE_SNAPSHOT is not set: start the program by varve run, or give the path of a snapshot")
    with open(path, encoding="utf-8") as file:
        snapshot = json.load(file)
    if snapshot.get("varve") != 1 or snapshot.get("name") != ${pythonText(name)}:
        raise ValueError(f"{path} is not a snapshot of " + ${pythonText(name)})
    return snapshot


def load(path: Optional[str] = None, env: Mapping[str, str] = os.environ) -> ${root}:
    """The settings of the run that varve started, or of the snapshot \`path\`; secrets come from variables."""
    return _read_${root}(_snapshot(path, env)["values"], env)


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
  'dataclass',
  'Any',
  'Dict',
  'List',
  'Literal',
  'Mapping',
  'Optional',
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
