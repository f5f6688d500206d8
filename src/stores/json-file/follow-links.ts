import { lstatSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, isAbsolute, join, parse, sep } from 'node:path';
import { systemCode } from './file-errors.ts';

/** As many links as Linux follows in one path. */
const MOST_LINKS = 40;

/** A name in a folder that decides where a path leads. */
export interface Step {
  /** The real path of the folder. */
  readonly folder: string;
  readonly name: string;
}

/** Where a path leads. */
export interface Destination {
  /** The real path of the file, without any link; it need not exist. */
  readonly target: string;
  /** What stands there; `undefined` where nothing does. */
  readonly found: Stats | undefined;
}

/** Where a path leads, and by which way. */
export interface LinkPath extends Destination {
  /** Every link on the way, the first missing folder, the file and its folder: a change of one of these may lead elsewhere. */
  readonly steps: readonly Step[];
}

/**
 * Where an absolute path leads. Linux says it in one call, for a file that is there; all else is followed by hand, and
 * other systems, which spell names anew (upper case, drives). Throws as {@link followLinks} does.
 */
export function destinationOf(path: string): Destination {
  return (process.platform === 'linux' && realDestination(path)) || followLinks(path);
}

function realDestination(path: string): Destination | undefined {
  try {
    const target = realpathSync.native(path);
    const found = lstatSync(target, { throwIfNoEntry: false });
    return found && !found.isSymbolicLink() ? { target, found } : undefined;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/**
 * Follows the links of an absolute path by hand, those of its folders too, so that a dangling link is written through
 * and that a watch knows every place where the path may turn. Throws the system's errors, `ELOOP` after 40 links.
 */
export function followLinks(path: string): LinkPath {
  const steps: Step[] = [];
  let folder = parse(path).root;
  let names = namesOf(path);
  let last: Stats | undefined;
  for (let links = 0; names.length > 0; ) {
    const [name = '', ...rest] = names;
    names = rest;
    const here = join(folder, name);
    last = lstatSync(here, { throwIfNoEntry: false });
    if (last === undefined) {
      steps.push({ folder, name });
      folder = join(here, ...rest);
      break;
    } else if (last.isSymbolicLink()) {
      links += 1;
      if (links > MOST_LINKS) throw tooManyLinks(path);
      steps.push({ folder, name });
      const text = readlinkSync(here);
      if (isAbsolute(text)) folder = parse(text).root;
      names = [...namesOf(text), ...rest];
    } else folder = here;
  }
  const parent = dirname(folder);
  steps.push({ folder: parent, name: basename(folder) });
  if (dirname(parent) !== parent) steps.push({ folder: dirname(parent), name: basename(parent) });
  return { target: folder, found: last, steps };
}

function namesOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep === '\\' ? /[\\/]/ : sep)
    .filter((name) => name !== '');
}

function tooManyLinks(path: string): Error {
  return Object.assign(new Error(`ELOOP: too many symbolic links encountered, '${path}'`), {
    code: 'ELOOP',
    syscall: 'readlink',
    path,
  });
}
