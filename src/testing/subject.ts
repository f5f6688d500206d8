import type { Store } from '../index.ts';

/** How another process opens a document: `(await import(module))[name](...args)`. */
export interface DocumentAddress {
  /** The module to import, as a file URL. */
  readonly module: string;
  /** The export of it that opens the document. */
  readonly name: string;
  /** The arguments, which JSON can represent. */
  readonly args: readonly unknown[];
}

/** The connection between a store and its server, which a case can disturb. */
export interface Link {
  /** Breaks every connection, and refuses new ones. */
  cut(): void;
  /** Keeps every connection, and lets nothing pass: what a half-open connection looks like. */
  hold(): void;
  /** Ends the fault. */
  heal(): void;
  /** Lets the next write be applied, loses its answer, and cuts. */
  loseAnswer(): void;
  /** Loses the next write, and breaks its connection. */
  loseRequest(): void;
  /** Delays everything by this many milliseconds in each direction. */
  delay(ms: number): void;
  /** Lets the first bytes of the next answer pass, and nothing after them: a link that dies within an answer. */
  loseRest(): void;
}

/** A client that the server refuses. */
export interface RefusedClient {
  /** What is wrong: "wrong password". */
  readonly because: string;
  /** A store that the server refuses. */
  readonly store: Store;
  /** How many connections it has attempted. */
  knocks(): number;
}

/**
 * How the contract opens the documents of a store, and what it can do to the server behind it. Every member except
 * `open` is an ability; a case that needs a missing one is skipped with a message.
 */
export interface StoreSubject {
  /** Opens a document, as a process of its own would. The name is letters, digits and slashes. */
  open(document: string): Store;
  /** Whether older states are kept. */
  readonly keepsHistory?: true;
  /** How a process of its own opens it. */
  opening?(document: string): DocumentAddress;
  /** Writes these bytes without the store, as an edit by hand does. */
  writeByHand?(document: string, bytes: Uint8Array): Promise<void>;
  /** Opens it over a link that can be disturbed. */
  openOverLink?(document: string): Promise<{ readonly store: Store; readonly link: Link }>;
  /** Opens it over a proxy; `reload` replaces the processes of the proxy, whose connections end within two seconds. */
  openOverProxy?(document: string): Promise<{ readonly store: Store; reload(): void }>;
  /** Shuts the server down cleanly, and starts it again. */
  restart?(): Promise<void>;
  /** Kills the server, and starts it again. */
  kill?(): Promise<void>;
  /** Kills the server that leads the others, and starts it again when another leads. */
  killLeader?(): Promise<void>;
  /** Stops enough servers to lose the quorum; the result starts them again. */
  loseQuorum?(): Promise<() => Promise<void>>;
  /** Forgets all states but the newest. */
  compact?(): Promise<void>;
  /** Replaces the server by an empty one, in each possible way. */
  wipe?(): Promise<readonly (() => Promise<void>)[]>;
  /** Opens it as each kind of client that the server refuses. */
  refused?(document: string): Promise<readonly RefusedClient[]>;
  /** Opens it with a permission that has to be renewed after `expiresAfter` milliseconds. */
  openWithToken?(document: string): Promise<{ readonly store: Store; readonly expiresAfter: number }>;
}

/** The name of an ability: a member of {@link StoreSubject} other than `open`. */
export type Ability = Exclude<keyof StoreSubject, 'open'>;
