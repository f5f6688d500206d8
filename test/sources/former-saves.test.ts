import { describe, expect, test } from 'vitest';
import { ConfigError, renameDeprecatedKeys } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { loaded } from './loaded.ts';

const settings = {
  batch_size: { format: 'nat', default: 1, aliases: ['batchSize', 'old.batch'] },
  other: { format: 'nat', default: 1 },
};

const TEXT = '{\n  "batchSize": 7, // why\n  "x": 1.0\n}\n';

function opened(text: string = TEXT, more: object = {}) {
  const { path, read, write } = folder({ 'app.jsonc': text });
  const config = loaded({ settings, cwd: path, file: 'app.jsonc', ...more });
  return { config, text: () => read('app.jsonc'), write: (next: string) => write('app.jsonc', next) };
}

describe('a former key in the file', () => {
  test('survives a save of another key byte for byte', async () => {
    const { config, text } = opened();
    config.set('other', 2);
    await config.save();
    expect(text()).toBe('{\n  "batchSize": 7, // why\n  "x": 1.0,\n  "other": 2\n}\n');
    expect(config.get('batch_size')).toBe(7);
  });

  test('stays beside the present key, which wins', async () => {
    const { config, text } = opened();
    config.set('batch_size', 8);
    expect(config.pending).toEqual([{ key: 'batch_size', before: 7, after: 8, redacted: false }]);
    await config.save();
    expect(text()).toContain('"batchSize": 7');
    await config.reload();
    expect(config.get('batch_size')).toBe(8);
  });

  test.each(['unset', 'reset'] as const)('goes by %s', async (how) => {
    const { config, text } = opened();
    if (how === 'reset') await config.reset('batch_size');
    else {
      config.unset('batch_size');
      await config.save();
    }
    expect(text()).not.toContain('batch');
    await config.reload();
    expect(config.get('batch_size')).toBe(1);
  });

  test('that another writer changed is a conflict', async () => {
    const { config, write } = opened();
    config.set('batch_size', 8);
    write('{ "batchSize": 9 }');
    await expect(config.save()).rejects.toThrow(/it is 9 in the store, and 8 here/);
  });

  test('is what an update begins with', async () => {
    const { config } = opened();
    await config.update((draft) => {
      (draft as { batch_size: number }).batch_size += 1;
    });
    expect(config.get('batch_size')).toBe(8);
  });

  test('is not joined by a default in the full layout', async () => {
    const { config, text } = opened(TEXT, { layout: 'full' });
    config.set('other', 2);
    await config.save();
    expect(text()).not.toContain('batch_size');
    await config.reload();
    expect(config.get('batch_size')).toBe(7);
  });

  test('is renamed when it is asked for', async () => {
    const { config, text } = opened();
    expect(await renameDeprecatedKeys(config)).toEqual([{ from: 'batchSize', to: 'batch_size', dropped: false }]);
    expect(text()).toBe(TEXT.replace('batchSize', 'batch_size'));
    expect(config.get('batch_size')).toBe(7);
    await config.reload();
    expect(config.warnings.map(({ key }) => key)).toEqual(['x']);
    expect(await renameDeprecatedKeys(config)).toEqual([]);
  });

  test('a broken file is left as it is', async () => {
    const { config, text } = opened('{ "batchSize": ', { invalid: 'report' });
    await expect(renameDeprecatedKeys(config)).rejects.toThrow(ConfigError);
    expect(text()).toBe('{ "batchSize": ');
  });
});

test.each(['warn', 'allow'])('a program gets the present name, also under unknown: %s', (unknown) => {
  const { config } = opened(TEXT, { unknown });
  expect(() => config.set('batchSize', 3)).toThrow('batchSize: is a deprecated key. Use batch_size.');
});
