/**
 * The value type of each format that has a name. A program adds those of its own formats by
 * `declare module 'varve' { interface FormatTypes { semver: string } }`; without that, a setting with such a format has
 * the type of its default, and `unknown` where that is a text or absent, because the format may turn text into anything.
 */
export interface FormatTypes {
  readonly String: string;
  readonly Number: number;
  readonly Boolean: boolean;
  readonly RegExp: RegExp;
  readonly '*': unknown;
  readonly int: number;
  readonly integer: number;
  readonly nat: number;
  readonly port: number;
  readonly windows_named_pipe: string;
  readonly port_or_windows_named_pipe: number | string;
  readonly url: string;
  readonly email: string;
  readonly ipaddress: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly bytes: number;
}
