import { isPlainObject, MAX_DEPTH, RESERVED_NAME } from '../json/value.ts';
import { INEXACT } from './json-text.ts';
import type { Setting } from './leaf.ts';
import type { SettingNode } from './setting-node.ts';

/** Why a value that its format accepts is refused nevertheless: `min`, `pattern` and the like, and numbers that are none. */
export function constraintProblem(leaf: Setting, value: unknown): string | undefined {
  if (typeof value === 'number') return numberProblem(leaf, value);
  if (typeof value === 'string') return textProblem(leaf, value);
  if (typeof value !== 'object' || value === null) return undefined;
  return innerProblem(value) ?? (Array.isArray(value) ? lengthProblem(leaf, value.length, 'elements') : undefined);
}

/** What nothing may have in it, however deep: numbers that are none, `__proto__`, itself. */
export function innerProblem(value: object, depth = 1): string | undefined {
  if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  if (!Array.isArray(value) && !isPlainObject(value)) return undefined;
  if (Object.hasOwn(value, RESERVED_NAME)) return `must not have a member called ${RESERVED_NAME}`;
  for (const member of Object.values(value)) {
    if (typeof member === 'number' && !Number.isFinite(member)) return 'must have finite numbers only';
    const problem = typeof member === 'object' && member !== null ? innerProblem(member, depth + 1) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function numberProblem({ format, node }: Setting, value: number): string | undefined {
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (format.text === 'integer' && !Number.isSafeInteger(value)) {
    return INEXACT;
  }
  if (node.min !== undefined && value < node.min) return `must be at least ${node.min}`;
  if (node.max !== undefined && value > node.max) return `must be at most ${node.max}`;
  return undefined;
}

function textProblem(leaf: Setting, value: string): string | undefined {
  const { minLength, maxLength } = leaf.node;
  const isBounded = minLength !== undefined || maxLength !== undefined;
  const problem = isBounded ? lengthProblem(leaf, characters(value), 'characters') : undefined;
  return problem ?? patternProblem(leaf, value);
}

/** As a reader counts them, and JSON Schema: 🎈 is one, though two in UTF-16. */
function characters(text: string): number {
  return /[\ud800-\udfff]/.test(text) ? [...text].length : text.length;
}

function lengthProblem({ node }: Setting, length: number, units: string): string | undefined {
  if (node.minLength !== undefined && length < node.minLength) return `must have at least ${node.minLength} ${units}`;
  if (node.maxLength !== undefined && length > node.maxLength) return `must have at most ${node.maxLength} ${units}`;
  return undefined;
}

function patternProblem({ node }: Setting, value: string): string | undefined {
  if (node.pattern === undefined) return undefined;
  const pattern = patternOf(node, node.pattern);
  return pattern.test(value) ? undefined : `must match ${pattern}`;
}

const patterns = new WeakMap<SettingNode, RegExp>();

/** The pattern of a setting, without the flags that make `test` remember where it stopped. */
function patternOf(node: SettingNode, pattern: string | RegExp): RegExp {
  let found = patterns.get(node);
  if (!found) {
    found =
      typeof pattern === 'string' ? new RegExp(pattern, 'u') : new RegExp(pattern, pattern.flags.replace(/[gy]/g, ''));
    patterns.set(node, found);
  }
  return found;
}
