import type { Environment, Variable } from './dotenv.ts';

/** The variables of the environment over those of `.env` files. Of the environment, only what is asked for is read. */
export class Variables {
  readonly #env: Environment;
  readonly #dotenv = new Map<string, Variable>();
  readonly #ignoreCase: boolean;
  /** The names as they stand in the environment, by the names they are looked up with. */
  readonly #written = new Map<string, string>();

  constructor(env: Environment, dotenv: ReadonlyMap<string, Variable>, ignoreCase: boolean) {
    this.#env = env;
    this.#ignoreCase = ignoreCase;
    for (const [name, variable] of dotenv) this.#dotenv.set(this.folded(name), variable);
    for (const name of Object.keys(env)) this.#written.set(this.folded(name), name);
  }

  /** A name as it is looked up: in capitals where large and small letters are the same. */
  folded(name: string): string {
    return this.#ignoreCase ? name.toUpperCase() : name;
  }

  /** All names, folded. */
  *names(): Generator<string> {
    yield* this.#dotenv.keys();
    for (const name of this.#written.keys()) if (!this.#dotenv.has(name)) yield name;
  }

  /** The variable of a folded name; `undefined` where there is none. */
  get(name: string): Variable | undefined {
    const written = this.#written.get(name);
    const text = written === undefined ? undefined : this.#env[written];
    if (written === undefined || text === undefined) return this.#dotenv.get(name);
    return { name: written, text, location: 'process.env' };
  }
}
