import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Config, defineConfig, loadConfigSync } from '../../src/index.ts';
import { inspector } from '../../src/inspector/index.ts';
import type { State } from '../../src/inspector/model.ts';
import { folder } from '../folder.ts';

const keysOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `setting_${i}`);

function load(keys: readonly string[], file: Readonly<Record<string, unknown>> = {}): Config {
  const settings = Object.fromEntries(keys.map((key) => [key, { format: String, default: '' }]));
  const definition = defineConfig({ name: 'large', file: 'app.json', settings, unknown: 'warn' });
  const options = { cwd: folder({ 'app.json': JSON.stringify(file) }).path, env: {}, argv: [] };
  return loadConfigSync(definition, { ...options, invalid: 'report', onWarning: false }) as unknown as Config;
}

/** What reads the messages of an event stream. */
async function events(handler: ReturnType<typeof inspector>) {
  const { body } = await handler(new Request('http://localhost/api/events'));
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  onTestFinished(() => reader.cancel().catch(() => undefined));
  const next = async (): Promise<string | undefined> => new TextDecoder().decode((await reader.read()).value);
  return { reader, next };
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test('the state of many problems costs no time that grows with problems times settings', async () => {
  const state = async (config: Config): Promise<State> =>
    (await (await inspector(config)(new Request('http://localhost/api/state'))).json()) as State;
  const keys = keysOf(10_000);
  const valid = load(keys);
  await state(valid);
  const least = await milliseconds(() => state(valid));
  const invalid = load(keys, Object.fromEntries(keys.map((key) => [key, 1])));
  expect(await milliseconds(() => state(invalid))).toBeLessThan(20 * least);
  const unknown = load(keys, Object.fromEntries(keys.map((key) => [`${key}x`, ''])));
  expect(await milliseconds(() => state(unknown))).toBeLessThan(20 * least);
  expect((await state(invalid)).issues[7]).toMatchObject({ key: 'setting_7' });
  expect((await state(unknown)).warnings[0]).toMatchObject({ key: 'setting_0' });
});

test('a value that JSON cannot hold is shown as the JSON that it was made of', async () => {
  class Cyclic {
    readonly self = this;
  }
  const formats = { cyclic: { validate: () => undefined, coerce: () => new Cyclic() } };
  const definition = defineConfig({
    name: 'cyclic',
    formats,
    settings: { value: { format: 'cyclic', default: 'text' } },
  });
  const config = loadConfigSync(definition, { env: {}, argv: [] }) as unknown as Config;
  const response = await inspector(config)(new Request('http://localhost/api/state'));
  expect(((await response.json()) as State).rows[0]).toMatchObject({ key: 'value', text: 'text' });
});

test('many changes at once are compared together', async () => {
  const keys = keysOf(3_000);
  const config = load(keys);
  const { next } = await events(inspector(config));
  await next();
  expect(await next()).toBe('event: ready\ndata:\n\n');
  const update = next();
  const used = await milliseconds(async () => {
    for (const key of keys.slice(0, 200)) config.override(key, 'changed');
    await pause(1);
    await update;
    await pause(500);
  });
  expect((JSON.parse((await update)?.slice('data: '.length) ?? '').rows as unknown[]).length).toBe(200);
  expect(used).toBeLessThan(2_000);
});

test('the stream of a page that does not read ends', async () => {
  const config = load(keysOf(3));
  const { next, reader } = await events(inspector(config));
  await next();
  await pause(200);
  for (let i = 0; i < 40; i += 1) {
    config.override('setting_0', `changed ${i}`);
    await pause(50);
  }
  const messages: unknown[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) messages.push(part.value);
  expect(messages.length).toBeGreaterThan(0);
  expect(messages.length).toBeLessThan(40);
});
