import type { SettingDescription } from '../../tools.ts';
import { pythonText } from './python-names.ts';

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

/** The type of a value of a setting, an element or a member. */
export function typeOf({ format, options, items, members }: PythonPart): string {
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
