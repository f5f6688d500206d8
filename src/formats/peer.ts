import { ConfigError } from '../errors.ts';

/** An optional package that reads a format. */
export interface Peer {
  readonly name: string;
  /** The format that needs it, for messages. */
  readonly format: string;
}

/** Loads an optional package when it is first used. Throws `ConfigError` (`UNAVAILABLE`) if it is not installed. */
export function loadPeer<Module>({ name, format }: Peer): Module {
  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  try {
    return require(name) as Module;
  } catch (cause) {
    if (Object(cause).code !== 'MODULE_NOT_FOUND') throw cause;
    const message = `reading ${format} needs the package ${name}, which is not installed`;
    throw new ConfigError([{ code: 'UNAVAILABLE', message, suggestion: `Run: npm install ${name}` }], { cause });
  }
}
