import type { Leaf } from './leaf.ts';

/** Why a value that its format accepts is refused nevertheless: `min`, `pattern` and the like, and numbers that are none. */
export function constraintProblem(leaf: Leaf, value: unknown): string | undefined {
  if (typeof value === 'number') return numberProblem(leaf, value);
  if (typeof value === 'string') return lengthProblem(leaf, value.length, 'characters') ?? patternProblem(leaf, value);
  return Array.isArray(value) ? lengthProblem(leaf, value.length, 'elements') : undefined;
}

function numberProblem({ format, node }: Leaf, value: number): string | undefined {
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (format.text === 'integer' && !Number.isSafeInteger(value)) {
    return 'must be within ±(2^53-1), or it could not be held exactly';
  }
  if (node.min !== undefined && value < node.min) return `must be at least ${node.min}`;
  if (node.max !== undefined && value > node.max) return `must be at most ${node.max}`;
  return undefined;
}

function lengthProblem({ node }: Leaf, length: number, units: string): string | undefined {
  if (node.minLength !== undefined && length < node.minLength) return `must have at least ${node.minLength} ${units}`;
  if (node.maxLength !== undefined && length > node.maxLength) return `must have at most ${node.maxLength} ${units}`;
  return undefined;
}

function patternProblem({ node }: Leaf, value: string): string | undefined {
  if (node.pattern === undefined) return undefined;
  const pattern = asRegExp(node.pattern);
  return pattern.test(value) ? undefined : `must match ${pattern}`;
}

/** The pattern without the flags that make `test` remember where it stopped. */
function asRegExp(pattern: string | RegExp): RegExp {
  if (typeof pattern === 'string') return new RegExp(pattern, 'u');
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
}
