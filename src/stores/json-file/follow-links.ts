import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { basename, dirname, isAbsolute, join, parse, sep } from 'node:path';

/** The most links that Linux follows in one path. */
const MOST_LINKS = 40;

/** A directory entry that decides where a path leads. */
export interface Step {
  /** The real path of the folder. */
  readonly folder: string;
  readonly name: string;
}

/** Where a path leads. */
export interface Destination {
  /** The real path of the file, without any link; it need not exist. */
  readonly target: string;
  /** The file's state; `undefined` if there is no file. */
  readonly found: Stats | undefined;
}

/** Where a path leads, and through which directory entries. */
export interface LinkPath extends Destination {
  /**
   * Every link on the way, the first missing folder, the file and its folder: a change of one of them may move the
   * target.
   */
  readonly steps: readonly Step[];
}

/**
 * Follows every link of an absolute path, so that a write creates the target of a dangling link and a watch knows each
 * link that may change. Throws the system's errors, and `ELOOP` after 40 links.
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
  return path.slice(parse(path).root.length).split(sep === '\\' ? /[\\/]/ : sep);
}

function tooManyLinks(path: string): Error {
  return Object.assign(new Error(`ELOOP: too many symbolic links encountered, '${path}'`), {
    code: 'ELOOP',
    syscall: 'readlink',
    path,
  });
}
