import type { Issue } from '../errors.ts';
import { shownValue } from '../schema/refusal.ts';
import type { FilePlace } from './file-place.ts';

/** The member of a file that names the files below it, where the definition allows it. */
export const EXTENDS = 'extends';

/** The paths that the member `extends` of a file lists, lowest first, and where each is written. */
export class ExtendsMember {
  readonly paths: readonly string[];
  readonly #place: () => FilePlace;

  constructor(paths: readonly string[], place: () => FilePlace) {
    this.paths = paths;
    this.#place = place;
  }

  /** A problem with the path at `index`, with its location. */
  issue(index: number, { code, message, ...more }: Omit<Issue, 'origin'>): Issue {
    const node = this.#place().nodeAt([EXTENDS, String(index)]) ?? this.#place().nodeAt([EXTENDS]);
    return this.#place().issue(code, node, `extends ${shownValue(this.paths[index])}: ${message}`, more);
  }
}

/** The paths in the value of `extends`: one, or a list of them; `undefined` if it is anything else. */
export function pathsIn(value: unknown): readonly string[] | undefined {
  const paths: readonly unknown[] = Array.isArray(value) ? value : [value];
  return paths.every((path) => typeof path === 'string' && path !== '' && !path.includes('\0'))
    ? (paths as readonly string[])
    : undefined;
}
