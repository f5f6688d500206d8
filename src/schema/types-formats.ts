/**
 * The value type of each format that has a name. A program adds those of its own formats by
 * `declare module 'varve' { interface FormatTypes { semver: string } }`; without that, a setting with such a format has
 * the type of its default, and `unknown` where that is a text or absent, because the format may turn text into anything.
 */
export interface FormatTypes {
  /** Any text. */
  readonly String: string;
  /** A finite number. */
  readonly Number: number;
  /** True or false. */
  readonly Boolean: boolean;
  /** A regular expression. */
  readonly RegExp: RegExp;
  /** Any value. */
  readonly '*': unknown;
  /** An integer of at most 53 bits. */
  readonly int: number;
  /** The same as `int`. */
  readonly integer: number;
  /** An integer from 0. */
  readonly nat: number;
  /** An integer from 0 to 65535. */
  readonly port: number;
  /** A path that begins with `\\.\pipe\`. */
  readonly windows_named_pipe: string;
  /** One of the two. */
  readonly port_or_windows_named_pipe: number | string;
  /** A URL by the WHATWG standard. */
  readonly url: string;
  /** An address by the HTML standard. */
  readonly email: string;
  /** An IPv4 or IPv6 address. */
  readonly ipaddress: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** Bytes. */
  readonly bytes: number;
}
