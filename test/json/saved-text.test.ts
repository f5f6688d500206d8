import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Config, ConfigError, defineConfig, loadConfig, loadConfigSync } from '../../src/index.ts';
import { parseJson } from '../../src/json/parse.ts';
import { nodeAt, toValue } from '../../src/json/tree.ts';
import { folder } from '../folder.ts';
import { documents, type GeneratedDocument } from './documents.ts';

const any = { format: '*', nullable: true, default: null };

/** Settings that no generated document has, some of them in groups that one may have, or have another thing for. */
const settings = { new: any, other: { x: any, y: { z: any } }, a: { new: any, b: { new: any } }, c: { third: any } };
const KEYS = ['new', 'other.x', 'other.y.z', 'a.new', 'a.b.new', 'c.third'] as const;

const definitions = {
  json: defineConfig({ name: 'x', file: 'app.json', settings }),
  jsonc: defineConfig({ name: 'x', file: 'app.jsonc', settings }),
};

const value = fc.constantFrom<unknown>(1, 'ü "q"', true, [], [1, ['x']], {}, { y: { z: [] } }, Array(30).fill('long'));
const additions = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), value), { minLength: 1, maxLength: 3, selector: ([key]) => key })
  .map((drawn) => new Map(drawn));

const RUNS = Number(process.env['VARVE_TEXTS'] ?? 40);

/** A document in a file, and the configuration of that file. */
class Saved {
  readonly path: string;
  readonly config: Config;
  readonly #comments: boolean;

  constructor(cwd: string, { text, comments }: GeneratedDocument) {
    const definition = comments ? definitions.jsonc : definitions.json;
    this.#comments = comments;
    this.path = join(cwd, String(definition.file));
    writeFileSync(this.path, text);
    // What it has of its own may be refused, as a member `__proto__` is: this test ignores it.
    this.config = loadConfigSync(definition, { cwd, env: {}, argv: [], invalid: 'report' }) as unknown as Config;
  }

  get text(): string {
    return readFileSync(this.path, 'utf8');
  }

  said(key: string): unknown {
    const node = nodeAt(parseJson(this.text, { comments: this.#comments }).root, key.split('.'));
    return node && toValue(node);
  }

  /** Whether the document has an object, or nothing, wherever a group of the setting must be. */
  hasRoomFor(key: string): boolean {
    const path = key.split('.');
    return path.slice(0, -1).every((_, depth) => {
      const node = nodeAt(parseJson(this.text, { comments: this.#comments }).root, path.slice(0, depth + 1));
      return node === undefined || node.kind === 'object';
    });
  }
}

/** Whether a text has all characters of another, in their order: nothing but insertions lies between them. */
function onlyAddsTo(before: string, after: string): boolean {
  let from = 0;
  for (const character of before) {
    const at = after.indexOf(character, from);
    if (at === -1) return false;
    from = at + character.length;
  }
  return true;
}

/** The ways to write settings and to take them out again. */
const ROUNDS: readonly (readonly [string, Write, Write])[] = [
  ['set and save, unset and save', bySaving, byUnsetting],
  ['set and save, reset', bySaving, byResetting],
  ['update, reset', byUpdating, byResetting],
  ['update, update', byUpdating, byDeleting],
];

type Write = (config: Config, added: ReadonlyMap<string, unknown>) => Promise<unknown>;

async function bySaving(config: Config, added: ReadonlyMap<string, unknown>): Promise<unknown> {
  for (const [key, it] of added) config.set(key as never, it as never);
  return config.save();
}

async function byUnsetting(config: Config, added: ReadonlyMap<string, unknown>): Promise<unknown> {
  for (const key of added.keys()) config.unset(key as never);
  return config.save();
}

async function byResetting(config: Config, added: ReadonlyMap<string, unknown>): Promise<void> {
  for (const key of added.keys()) await config.reset(key as never);
}

function byUpdating(config: Config, added: ReadonlyMap<string, unknown>): Promise<unknown> {
  return config.update((draft) => {
    for (const [key, it] of added) {
      const path = key.split('.');
      const group = path.slice(0, -1).reduce<Record<string, unknown>>((tree, name) => tree[name] as never, draft);
      group[path.at(-1) as string] = it;
    }
  });
}

function byDeleting(config: Config, added: ReadonlyMap<string, unknown>): Promise<unknown> {
  return byUpdating(config, new Map([...added.keys()].map((key) => [key, undefined])));
}

test.each(ROUNDS)(
  '%s: the first bytes are back, and meanwhile nothing else has changed',
  async (_, write, takeOut) => {
    const { path: cwd } = folder();
    await fc.assert(
      fc.asyncProperty(documents, additions, async (document, added) => {
        const saved = new Saved(cwd, document);
        if (![...added.keys()].every((key) => saved.hasRoomFor(key))) {
          const failure = await write(saved.config, added).catch((error: unknown) => error);
          expect(failure).toBeInstanceOf(ConfigError);
          expect(saved.text).toBe(document.text);
          return;
        }
        await write(saved.config, added);
        for (const [key, it] of added) expect(saved.said(key)).toEqual(it);
        expect(onlyAddsTo(document.text, saved.text)).toBe(true);
        await takeOut(saved.config, added);
        expect(saved.text).toBe(document.text);
      }),
      { numRuns: RUNS },
    );
  },
  120_000,
);

test('comments and trailing commas of a .jsonc file are read, kept, and written beside', async () => {
  const text = `\ufeff// The training, as of May.\r
{\r
\t"lr": 1.0e-2, // from the paper\r
\t/* not yet: "epochs": 9, */\r
\t"tags": { "a": [1, 2,], },\r
}\r
`;
  const { path, read } = folder({ 'app.jsonc': text });
  const definition = defineConfig({
    name: 'x',
    file: 'app.jsonc',
    settings: { lr: 0.1, epochs: { format: 'nat', default: 3 }, tags: { format: Object, default: {} } },
  });
  const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  expect(config.values).toEqual({ lr: 0.01, epochs: 3, tags: { a: [1, 2] } });
  expect(config.warnings).toEqual([]);
  expect(config.explain('tags').winner?.location).toBe('app.jsonc:5:10');
  config.set('epochs', 4);
  await config.save();
  expect(read('app.jsonc')).toBe(text.replace('},\r\n}', '},\r\n\t"epochs": 4,\r\n}'));
  await config.update((draft) => {
    draft.lr = 0.5;
  });
  expect(read('app.jsonc')).toContain('"lr": 0.5, // from the paper');
  await config.reset('epochs');
  expect(read('app.jsonc')).toBe(text.replace('1.0e-2', '0.5'));
  // The same text is not strict JSON.
  writeFileSync(join(path, 'app.json'), text);
  expect(() => loadConfigSync({ ...definition, file: 'app.json' }, { cwd: path, env: {}, argv: [] })).toThrow(
    /comments are not allowed in strict JSON \(app\.json:1:1\)/,
  );
});

test.each([
  ['a compact file', '{"lr":1.0,"z":[-0]}'],
  ['tabs', '{\n\t"lr": 1.0,\n\t"z": [\n\t\t-0\n\t]\n}\n'],
  ['CRLF', '{\r\n  "lr": 1.0\r\n}\r\n'],
  ['CR alone', '{\r  "lr": 1.0\r}\r'],
  ['a byte order mark', '\ufeff{ "lr": 1.0 }\n'],
  ['no newline at the end', '{\n  "lr": 1.0\n}'],
  ['many newlines at the end', '{ "lr": 1.0 }\n\n\n'],
  ['an empty object', '{}'],
  ['an empty object with a line in it', '{\n}\n'],
  ['an empty group', '{ "other": { } }'],
  ['escapes', '{ "\\u006cr": 1, "x": "\\/\\u00e9\\ud83d\\ude00" }'],
  ['numbers as they are spelled', '{ "n": 9223372036854775807, "m": 1E+2, "o": -0.0, "p": 0.10 }'],
])('%s', async (_, text) => {
  const { path: cwd } = folder();
  for (const [, write, takeOut] of ROUNDS) {
    const saved = new Saved(cwd, { text, comments: false });
    const added = new Map<string, unknown>([
      ['other.y.z', { deep: [1] }],
      ['new', 'x'],
    ]);
    await write(saved.config, added);
    expect(saved.said('other.y.z')).toEqual({ deep: [1] });
    expect(onlyAddsTo(text, saved.text)).toBe(true);
    await takeOut(saved.config, added);
    expect(saved.text).toBe(text);
  }
});
