import { relative } from 'node:path';
import type { FoundDefinition } from '../command.ts';
import { definitionsIn } from '../find-definition.ts';
import type { Finding } from './finding.ts';

/** Definitions beside the one in use; an edit of another has no effect. */
export function otherDefinitions({ path, root }: FoundDefinition): readonly Finding[] {
  if (path === undefined) return [];
  const others = definitionsIn(root).filter((other) => other !== path);
  return others.map((other) => ({
    status: 'warn',
    area: 'definition',
    message: `${relative(root, other)} is there too, and is not read: ${relative(root, path)} is`,
    fix: `Remove one, or name it: --definition ${relative(root, other)}`,
  }));
}
