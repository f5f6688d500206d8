import type { Issue } from './errors.ts';
import { isPlainObject } from './json/value.ts';
import { shownValue } from './schema/refusal.ts';
import type { Group } from './schema/setting.ts';

/** The version of the files that a program writes. */
export interface VersionOptions {
  /** A whole number from 1 on. */
  readonly current: number;
  /** The name of the member that has it, at the top of a file. Default: `$version`. */
  readonly member?: string;
}

/** The content of a file, which a migration may change. */
export type JsonDraft = { [name: string]: unknown };

/** Takes the content of a file to the next version: changes it, or returns another one. */
export type Migration = { migrate(document: JsonDraft): unknown }['migrate'];

/** Migrations by the version that each leads to. */
export type Migrations = Readonly<Record<number, Migration>>;

/** The parts of a definition that migrate files. */
interface MigrationOptions {
  readonly version?: number | VersionOptions;
  readonly migrations?: Migrations;
}

/** How files of other versions are read. */
export interface FileVersion {
  readonly current: number;
  /** The member of a file that has its version. */
  readonly member: string;
  /** The oldest version that can be migrated. */
  readonly oldest: number;
  readonly migrations: ReadonlyMap<number, Migration>;
}

/** The version of a file without the member. */
export const FIRST_VERSION = 1;

const MEMBER = '$version';

/** How files of other versions are read; `undefined` if the definition has no version. */
export function fileVersion({ version, migrations = {} }: MigrationOptions): FileVersion | undefined {
  if (version === undefined) return undefined;
  const { current, member = MEMBER } = typeof version === 'number' ? { current: version } : version;
  const steps = new Map(Object.entries(migrations).map(([to, migration]) => [Number(to), migration]));
  return { current, member, oldest: current - steps.size, migrations: steps };
}

/** What is wrong with the version and the migrations of a definition. */
export function migrationMistakes(options: MigrationOptions, root: Group): readonly Issue[] {
  const { version, migrations } = options;
  if (version === undefined) {
    return migrations === undefined
      ? []
      : [mistake('"migrations" need a "version"', 'Give the version that the last one leads to.')];
  }
  const { current, member = MEMBER } =
    typeof version === 'number' ? { current: version } : (Object(version) as VersionOptions);
  if (!isVersion(current)) return [mistake('"version" must be a whole number from 1 on, or have one as its "current"')];
  return [...memberMistakes(member, root), ...stepMistakes(current, migrations)];
}

export function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= FIRST_VERSION;
}

function mistake(message: string, suggestion?: string): Issue {
  return { code: 'INVALID_DEFINITION', message, ...(suggestion !== undefined && { suggestion }) };
}

function memberMistakes(member: unknown, root: Group): readonly Issue[] {
  if (typeof member !== 'string' || member === '' || ['$schema', 'extends', '__proto__'].includes(member))
    return [mistake('"member" of "version" must be the name of a member of a file')];
  if (root.child(member) === undefined) return [];
  return [
    mistake(
      `"${member}" is a setting, and the member of a file that has its version`,
      'Give the version another "member".',
    ),
  ];
}

/** Every version has a migration, from the oldest that is still read on. */
function stepMistakes(current: number, migrations: unknown): readonly Issue[] {
  if (migrations === undefined) return [];
  if (!isPlainObject(migrations)) return [mistake('"migrations" must be an object of functions by their versions')];
  const versions = Object.keys(migrations).map(Number);
  const expected = Array.from(versions, (_, i) => current - i);
  const missing = expected.filter((version) => version > FIRST_VERSION && !versions.includes(version));
  return [
    ...Object.keys(migrations)
      .filter((version) => !isVersion(Number(version)) || Number(version) <= FIRST_VERSION || Number(version) > current)
      .map((version) =>
        mistake(`"migrations" has ${shownValue(version)}, and must have versions from 2 to ${current}`),
      ),
    ...missing
      .slice(0, 1)
      .map((version) =>
        mistake(
          `"migrations" has no version ${version}`,
          'A version that changes nothing has a function that does nothing.',
        ),
      ),
    ...Object.entries(migrations)
      .filter(([, migration]) => typeof migration !== 'function')
      .map(([version]) => mistake(`the migration to version ${version} must be a function`)),
  ];
}
