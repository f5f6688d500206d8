import fs from 'node:fs';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether other test files run in this process, too. */
    readonly isSharedProcess?: boolean;
  }
}

/** Throws where other test files run in the same process: for helpers that change the process for good. */
export function requireOwnProcess(reason: string): void {
  if (inject('isSharedProcess')) throw leftBehind(reason);
}

/** The error of a test file that the other files of its process would notice. */
export function leftBehind(reason: string): Error {
  return new Error(
    `${reason}, and other test files run in this process: undo it, or begin the file with "// In a process of its own: REASON"`,
  );
}

/** What all code of a process shares, by name. */
export type ProcessState = ReadonlyMap<string, unknown>;

/** Variables that vitest sets for each file. */
const OF_VITEST = /^(?:VITEST|TEST|NODE_ENV|DEV|PROD|SSR|MODE|BASE_URL)/;

/** Globals by which libraries find their other copies. */
const OF_LIBRARIES = /^(?:\$ark|__zod_|__vitest)/;

const OBJECTS = { 'node:fs': fs, Math, Date, Object, Array, Promise, performance };

const PROTOTYPES = { Object, Array, Function, Promise, Map, Set, Date, String, RegExp, Error };

/** The state of this process. */
export function processState(): ProcessState {
  return new Map<string, unknown>([
    ['the working directory', process.cwd()],
    ['the umask', process.umask()],
    ['process.exitCode', process.exitCode],
    ['process.argv', process.argv.join(' ')],
    ...Object.entries(process.env)
      .filter(([name]) => !OF_VITEST.test(name))
      .map(([name, value]) => [`process.env.${name}`, value] as const),
    ...process.eventNames().map((name) => [`listeners of ${String(name)}`, process.listenerCount(name)] as const),
    ...members('process', process, ['kill', 'exit', 'on', 'emitWarning', 'hrtime', 'getuid']),
    ...members('process.stdout', process.stdout, ['write']),
    ...members('process.stderr', process.stderr, ['write']),
    ...members('globalThis', globalThis).filter(([name]) => !OF_LIBRARIES.test(name.slice('globalThis.'.length))),
    ...Object.entries(OBJECTS).flatMap(([name, object]) => members(name, object)),
    ...Object.entries(PROTOTYPES).flatMap(([name, { prototype }]) => members(`${name}.prototype`, prototype)),
  ]);
}

function members(
  name: string,
  object: object,
  keys: readonly string[] = Object.getOwnPropertyNames(object),
): readonly (readonly [string, unknown])[] {
  // An accessor of globalThis loads its value at the first use.
  const isLazy = object === globalThis;
  return keys.map((key) => {
    const { get, value } = Object.getOwnPropertyDescriptor(object, key) ?? {};
    return [`${name}.${key}`, isLazy || get === undefined ? (value ?? Reflect.get(object, key)) : get];
  });
}

/** The names of what differs between two states. */
export function changesBetween(before: ProcessState, after: ProcessState): readonly string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), after.get(name)));
}

/** What keeps this process from ending: servers, processes, watches and threads, by the names that Node.js gives them. */
export function runningResources(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => /Server|Process|FSEvent|StatWatcher|Worker/.test(name));
}
