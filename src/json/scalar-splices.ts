import { type JsonNode, memberOf } from './node.ts';
import type { JsonEdit } from './plan.ts';
import type { Splice } from './splice.ts';

/**
 * The splices of edits which put scalars in the places of others, as most do: the layout around them does not matter.
 * `undefined` where one does more than that, or the same place is edited twice.
 */
export function scalarSplices(root: JsonNode | undefined, edits: readonly JsonEdit[]): Splice[] | undefined {
  const splices: Splice[] = [];
  const edited = new Set<JsonNode>();
  for (const { path, value } of edits) {
    const node = path.length > 0 && isJsonScalar(value) ? memberAt(root, path) : undefined;
    if (node === undefined || node.kind === 'object' || node.kind === 'array' || edited.has(node)) return undefined;
    edited.add(node);
    if (node.value !== value) splices.push({ start: node.start, end: node.end, text: JSON.stringify(value) });
  }
  return splices.sort((a, b) => a.start - b.start);
}

/** What stands at a path that leads through nothing but objects. */
function memberAt(root: JsonNode | undefined, path: readonly string[]): JsonNode | undefined {
  let node = root;
  for (const name of path) node = node?.kind === 'object' ? memberOf(node, name)?.value : undefined;
  return node;
}

function isJsonScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
