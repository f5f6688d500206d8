import { existsSync, lstatSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of this test's own, removed when it ends. */
export function temporaryFolder(parent: string = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(parent, 'varve-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a save must never leave: temporary files, locks, claims and observations. */
export function leftovers(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => /\.(tmp|lock|claim|seen)$/.test(name));
}

/** The files in this folder that the process has open, as Linux names them; none elsewhere. Other tests of the process open files too. */
export function openFilesIn(folder: string): readonly string[] {
  if (!existsSync('/proc/self/fd')) return [];
  const links = readdirSync('/proc/self/fd').map((fd) => `/proc/self/fd/${fd}`);
  const opened = links.filter((link) => lstatSync(link, { throwIfNoEntry: false })).map((link) => readlinkSync(link));
  return opened.filter((path) => path.startsWith(folder));
}
