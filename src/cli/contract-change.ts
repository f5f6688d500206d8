/** A difference between two releases that an operator of the program can notice. */
export interface ContractChange {
  /** The setting; absent for the definition as a whole. */
  readonly key?: string;
  /** A clause that follows the key: `is removed`. */
  readonly change: string;
  /** Whether files, variables or flags of the older release can stop working. */
  readonly breaking: boolean;
}

/** A change whose key is known from where it was found. */
export type Change = Omit<ContractChange, 'key'>;

/** A change that can refuse or ignore what worked before. */
export function breaks(change: string): Change {
  return { change, breaking: true };
}

/** A change under which everything goes on working. */
export function works(change: string): Change {
  return { change, breaking: false };
}

/** How many equal changes become one line. */
const FOLDED = 3;

/**
 * Equal changes of the settings with the same name in sibling groups, as one at the place of the first:
 * `services.*.timeout (18 settings)`.
 */
export function foldSiblings(changes: readonly ContractChange[]): readonly ContractChange[] {
  const total = countBy(changes.flatMap(patternsOf).map(({ id }) => id));
  const widest = changes.map((change) => patternsOf(change).toSorted((a, b) => total(b.id) - total(a.id))[0]);
  const folded = countBy(widest.map((one) => one?.id ?? ''));
  const printed = new Set<string>();
  return changes.flatMap((change, i) => {
    const { id, pattern } = widest[i] ?? {};
    if (id === undefined || folded(id) < FOLDED) return [change];
    if (printed.has(id)) return [];
    printed.add(id);
    return [{ ...change, key: `${pattern} (${folded(id)} settings)` }];
  });
}

function countBy(ids: readonly string[]): (id: string) => number {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return (id) => counts.get(id) ?? 0;
}

interface SiblingPattern {
  readonly pattern: string;
  /** The same for equal changes only. */
  readonly id: string;
}

/** A key with `*` in place of one of its groups. */
function patternsOf({ key, change, breaking }: ContractChange): readonly SiblingPattern[] {
  const names = key?.split('.') ?? [];
  return names.slice(0, -1).map((_, at) => {
    const pattern = names.with(at, '*').join('.');
    return { pattern, id: JSON.stringify([pattern, change, breaking]) };
  });
}
