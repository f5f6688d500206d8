import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import {
  type Config,
  ConfigError,
  type Definition,
  defineConfig,
  loadConfig,
  loadConfigSync,
} from '../../../src/index.ts';

/** A text in every bad file; no message may have it if some setting is sensitive. */
export const MARK = 'hunter2';

const settings = {
  lr: { format: Number, default: 0.1 },
  epochs: { format: 'nat', default: 3 },
  tags: { format: Object, default: {} },
  layers: { format: Array, default: [] },
  optimizer: { name: { format: String, default: 'adam' }, momentum: { format: Number, default: 0.9 } },
} as const;

const plain: Definition = defineConfig({ name: 'app', file: 'app.json', settings }) as never;
const token = { format: String, sensitive: true, default: '' };
const secretive: Definition = defineConfig({
  name: 'app',
  file: 'app.json',
  settings: { ...settings, token },
}) as never;

/** The expected message for a bad file. */
export interface Expected {
  readonly code: string;
  readonly says: RegExp;
  /** Where the mistake is: `app.json:2:8`, or a matcher; the file's name alone unless given. */
  readonly location?: unknown;
}

/** A configuration that was loaded before its file went bad. */
export class Victim {
  readonly definition: Definition;
  readonly folder: string;
  readonly path: string;
  readonly config: Config;
  readonly #withSecret: boolean;

  constructor(folder: string, withSecret: boolean) {
    this.#withSecret = withSecret;
    this.definition = withSecret ? secretive : plain;
    this.folder = folder;
    this.path = join(folder, 'app.json');
    rmSync(this.path, { recursive: true, force: true });
    writeFileSync(this.path, '{ "lr": 0.5, "optimizer": { "name": "sgd" } }\n');
    this.config = this.load();
  }

  load(more: { readonly invalid?: 'report' } = {}): Config {
    return loadConfigSync(this.definition, { ...this.#inputs, ...more }) as Config;
  }

  /** Every way to come upon the file but `reset()` of everything. */
  ways(): readonly (readonly [string, () => unknown])[] {
    const { config } = this;
    return [
      ['loadConfigSync', () => this.load()],
      ['loadConfig', () => loadConfig(this.definition, this.#inputs)],
      ['reload', () => config.reload()],
      ['save', () => config.save({ conflict: 'mine' })],
      ['update', () => config.update((draft) => void Object.assign(draft, { lr: 0.25 }))],
      ['reset', () => config.reset('lr' as never)],
    ];
  }

  /** Comes upon the file in every way: each is refused as it should be, and changes no byte and no value. */
  async expectRefused(expected: Expected, fingerprint: () => unknown = () => this.digest()): Promise<void> {
    const { code, says, location = 'app.json' } = expected;
    this.config.set('epochs' as never, 7 as never);
    const before = fingerprint();
    const values = JSON.stringify(this.config.values);
    for (const [way, work] of this.ways()) {
      const error = await refusal(way, work);
      expect([way, error.code], error.message).toEqual([way, code]);
      expect(error.message).toMatch(says);
      expect([way, error.issues.map(({ origin }) => origin?.location)]).toEqual([way, [location]]);
      if (this.#withSecret) this.expectNoText(error);
      expect([way, fingerprint()]).toEqual([way, before]);
    }
    expect(JSON.stringify(this.config.values)).toBe(values);
    expect(readdirSync(this.folder)).toEqual(['app.json']);
  }

  /** After `reset()` of everything the file is good, and the bad one is kept beside, byte for byte. */
  async expectStartedAnew(): Promise<void> {
    const before = this.digest();
    const { keptAside } = await this.config.reset();
    expect(keptAside).toMatch(/app\.json\.invalid-\d+T\d+\.\d+Z$/);
    expect(this.digest(keptAside)).toBe(before);
    expect(readFileSync(this.path, 'utf8')).toBe('{}\n');
    expect(this.config.issues).toEqual([]);
    expect(this.load().get('lr' as never)).toBe(0.1);
    expect(readdirSync(this.folder)).toHaveLength(2);
    rmSync(keptAside as string);
  }

  digest(path: string = this.path): string {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  }

  expectNoText(error: ConfigError): void {
    const shown = `${error.stack}\n${inspect(error, { depth: 20, showHidden: true })}\n${JSON.stringify(error)}`;
    expect(shown).not.toContain(MARK);
    expect(error.issues.every(({ frame }) => frame === undefined)).toBe(true);
  }

  get #inputs(): { cwd: string; env: Record<string, never>; argv: readonly string[] } {
    return { cwd: this.folder, env: {}, argv: [] };
  }
}

/** What the work was refused with; anything but a `ConfigError` fails the test. */
async function refusal(way: string, work: () => unknown): Promise<ConfigError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw new Error(`${way} threw something else than a ConfigError`, { cause: error });
  }
  throw new Error(`${way} took the file`);
}
