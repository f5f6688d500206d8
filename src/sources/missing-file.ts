import { opendirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { foldedName } from '../key.ts';
import { nearest } from '../near-names.ts';

/** A folder with more entries is not searched to its end. */
const MOST_ENTRIES = 1_000;

const EXTENSIONS: readonly string[] = ['.json', '.jsonc', '.json5', '.yaml', '.yml', '.toml'];

/** Where a missing file is looked for. */
interface Search {
  /** Files that are read anyway. */
  readonly taken: readonly string[];
  /** Whether a misspelt name counts too; otherwise only another extension, case or separator. */
  readonly misspelt: boolean;
}

/** The path of a file beside a missing one that is probably meant instead: `app.yml` for `app.yaml`. */
export function fileMeant(path: string, { taken, misspelt }: Search): string | undefined {
  const [folder, wanted] = [dirname(path), basename(path)];
  const known = entriesOf(folder).filter(
    (name) => name !== wanted && isReadable(name) && !taken.includes(join(folder, name)),
  );
  const same =
    known.find((name) => foldedName(stemOf(name)) === foldedName(stemOf(wanted))) ??
    known.find((name) => name === `${wanted}.txt`);
  const near = misspelt && !same ? nearest(stemOf(wanted), known.map(stemOf)) : undefined;
  const found = same ?? known.find((name) => stemOf(name) === near);
  return found === undefined ? undefined : join(folder, found);
}

function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

function isReadable(name: string): boolean {
  return EXTENSIONS.includes(extname(name).toLowerCase()) || name.endsWith('.txt');
}

function entriesOf(folder: string): readonly string[] {
  const names: string[] = [];
  try {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry && names.length < MOST_ENTRIES; entry = entries.readSync())
        names.push(entry.name);
    } finally {
      entries.closeSync();
    }
  } catch {
    // A folder that cannot be read has no name to suggest.
  }
  return names;
}
