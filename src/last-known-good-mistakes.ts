import type { Definition } from './definition.ts';
import { isPlainObject } from './json/value.ts';

/** What is wrong with the local copy of a definition's store. */
export function lastKnownGoodMistakes({ lastKnownGood, store }: Definition): readonly string[] {
  if (!store || store.local) return ['"lastKnownGood" is a copy of the document of a remote "store": there is none'];
  const { file, staleAfter = 0 } = isPlainObject(lastKnownGood) ? lastKnownGood : { file: lastKnownGood };
  return [
    ...((typeof file === 'string' && file !== '') || file instanceof URL
      ? []
      : ['"lastKnownGood" must be a path, or have one as its "file"']),
    ...(typeof staleAfter === 'number' && staleAfter >= 0
      ? []
      : ['"staleAfter" of "lastKnownGood" must be a number of milliseconds']),
  ];
}
