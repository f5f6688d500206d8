import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ChangeEvent, compareSnapshots, defineConfig, loadConfig } from '../src/index.ts';
import { folder } from './folder.ts';

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

const members = z.record(z.string(), z.number());

const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  envPrefix: 'P',
  formats: { date: { validate: requireDate, coerce: (text: string) => new Date(text) } },
  settings: {
    n: { format: Number, default: 1 },
    map: { format: members.transform((object) => new Map(Object.entries(object))), default: { a: 1 } },
    set: { format: z.array(z.string()).transform((list) => new Set(list)), default: ['a'] },
    point: { format: z.object({ x: z.number() }).transform(({ x }) => new Point(x)), default: { x: 0 } },
    url: { format: z.url().transform((text) => new URL(text)), default: 'http://a/', reload: false },
    date: { format: 'date', default: '2026-01-01' },
    dates: { format: Array, items: 'date', default: [] as string[], merge: 'append' },
  },
});

function requireDate(value: unknown): void {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw new Error('must be a date');
}

const TEXT = `{
  "n": 1,
  "map": { "x": 1 },
  "set": ["b"],
  "point": { "x": 1 },
  "url": "http://b/",
  "date": "2026-02-03",
  "dates": ["2026-02-04"]
}
`;

async function loaded(env: Readonly<Record<string, string>> = {}) {
  const { path, read, write } = folder({ 'app.json': TEXT });
  return { read, write, path, config: await loadConfig(definition, { cwd: path, env, argv: [] }) };
}

describe('values that JSON cannot hold', () => {
  test('an update leaves the keys that it does not touch byte for byte', async () => {
    const { config, read } = await loaded();
    const { written } = await config.update((draft) => {
      draft.n += 1;
    });
    expect(written.map(({ key }) => key)).toEqual(['n']);
    expect(read('app.json')).toBe(TEXT.replace('"n": 1', '"n": 2'));
    expect(config.values.map).toEqual(new Map([['x', 1]]));
  });

  test('the draft of an update holds the JSON that they are made of', async () => {
    const { config, read } = await loaded();
    await config.update((draft: unknown) => {
      const values = draft as Record<string, object>;
      expect(JSON.parse(JSON.stringify(values))).toEqual(JSON.parse(TEXT));
      Object.assign(values['map'] ?? {}, { y: 2 });
      Object.assign(values, { date: '2027-01-01', url: new URL('http://c/'), set: ['b', 'c'] });
    });
    expect(JSON.parse(read('app.json'))).toEqual({
      ...JSON.parse(TEXT),
      map: { x: 1, y: 2 },
      date: '2027-01-01',
      url: 'http://c/',
      set: ['b', 'c'],
    });
    expect(config.values.map).toEqual(new Map(Object.entries({ x: 1, y: 2 })));
    expect(config.values.date).toEqual(new Date('2027-01-01'));
  });

  test('a default is shown, changed and saved as the JSON that it is made of', async () => {
    const { path, read } = folder({ 'app.json': '{}' });
    const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
    const made = { map: { a: 1 }, set: ['a'], point: { x: 0 }, url: 'http://a/', date: '2026-01-01' };
    expect(config.toJSON()).toMatchObject(made);
    expect(config.snapshot().toJSON().values).toMatchObject(made);
    await config.update((draft: unknown) => {
      expect(JSON.parse(JSON.stringify(draft))).toMatchObject(made);
      Object.assign((draft as Record<string, object>)['map'] ?? {}, { b: 2 });
    });
    expect(JSON.parse(read('app.json'))).toEqual({ map: { a: 1, b: 2 } });
  });

  test('an unchanged reload changes nothing, and nothing waits for the next start', async () => {
    const { config } = await loaded();
    const events: unknown[] = [];
    config.subscribe((event) => events.push(event));
    expect(await config.reload()).toEqual({ changes: [], waiting: [] });
    expect(config.warnings).toEqual([]);
    expect(events).toEqual([]);
  });

  test('a reload reports those that changed, and what waits once', async () => {
    const { config, write } = await loaded();
    write('app.json', TEXT.replace('"x": 1 },', '"x": 2 },').replace('http://b/', 'http://c/'));
    const { changes, waiting } = await config.reload();
    expect(changes.map(({ key, after }) => [key, after])).toEqual([['map', new Map([['x', 2]])]]);
    expect(waiting.map(({ key }) => key)).toEqual(['url']);
    const again: ChangeEvent = await config.reload();
    expect(again).toEqual({ changes: [], waiting: [] });
    expect(config.values.url).toEqual(new URL('http://b/'));
  });

  test.each([
    ['map', { x: 1 }, { x: 2 }],
    ['set', ['b'], ['c']],
    ['point', { x: 1 }, { x: 2 }],
    ['url', 'http://b/', 'http://c/'],
    ['date', '2026-02-03', '2026-02-04'],
  ] as const)('a snapshot tells different values of %s from equal ones', async (key, same, other) => {
    const { config } = await loaded();
    const before = config.snapshot().toJSON();
    config.set(key, same as never);
    expect(config.snapshot().fingerprint).toBe(before.fingerprint);
    config.set(key, other as never);
    const after = config.snapshot().toJSON();
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(compareSnapshots(before, after)).toMatchObject([{ key, before: same, after: other }]);
    await config.save();
    expect((await config.reload()).changes).toEqual([]);
    expect(config.toJSON()).toMatchObject({ [key]: other });
  });

  test('a snapshot has the same fingerprint whether a value comes from a variable or from the file', async () => {
    const fromFile = await loaded();
    const env = { P_MAP: '{"x":1}', P_DATE: '2026-02-03', P_URL: 'http://b/' };
    const fromEnv = await loaded(env);
    expect(fromEnv.config.snapshot().fingerprint).toBe(fromFile.config.snapshot().fingerprint);
  });

  test('set and update write what a date or a URL gives as JSON, and refuse what gives none', async () => {
    const { config, read } = await loaded();
    config.set('date', new Date('2027-05-06T00:00:00Z') as never);
    config.set('url', new URL('http://d/') as never);
    await config.save();
    expect(JSON.parse(read('app.json'))).toMatchObject({ date: '2027-05-06T00:00:00.000Z', url: 'http://d/' });
    expect(config.values.date).toEqual(new Date('2027-05-06'));
    expect(() => config.set('date', new Date(Number.NaN) as never)).toThrow(/must be a valid date/);
    expect(() => config.set('map', new Map([['x', 1]]) as never)).toThrow(/must be a value that JSON can hold/);
    const refused = config.update((draft: unknown) => {
      (draft as Record<string, unknown>)['set'] = new Set(['x']);
    });
    await expect(refused).rejects.toMatchObject({ issues: [{ code: 'INVALID_VALUE', key: 'set' }] });
  });
});

test('a value that waits for the next start is explained, and warned of, by its JSON', async () => {
  const { path, write } = folder({ 'app.json': '{ "map": { "x": 1 } }' });
  const format = z.record(z.string(), z.number()).transform((members) => new Map(Object.entries(members)));
  const settings = { map: { format, default: {}, reload: false } };
  const waits = defineConfig({ name: 'app', file: 'app.json', settings } as never);
  const config = await loadConfig(waits, { cwd: path, env: {}, argv: [], onWarning: false });
  write('app.json', '{ "map": { "x": 2 } }');
  await config.reload();
  expect(config.explain('map' as never)).toMatchObject({ value: { x: 1 }, atNextStart: { value: { x: 2 } } });
  expect(config.warnings.map(({ message }) => message)).toEqual(['changed to {"x":2}; restart to apply']);
  expect(config.values).toEqual({ map: new Map([['x', 1]]) });
});
