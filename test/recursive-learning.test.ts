import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Issue } from '../src/index.ts';
import {
  configure,
  getConfig,
  getConfigValue,
  recursiveLearning,
  resetToDefaults,
  saveConfig,
  setConfigValue,
} from '../src/recursive-learning/index.ts';
import { skipLoudly } from './faults/harness/skip.ts';
import { type Folder, folder } from './folder.ts';

const FILE = 'config/recursive_learning_config.json';

const DEFAULTS = {
  variables: ['spx_close', 'us_10y_yield', 'wb_gdp_growth_annual', 'wb_unemployment_total'],
  batch_size_days: 30,
  max_workers: null,
  overlap_days: 5,
  metrics_retention_days: 30,
  trust_threshold: 0.7,
  enable_visualizations: true,
};

/** The behaviour that the analysis of the original describes, section by section. */
describe('the configuration of recursive learning', () => {
  let here: Folder;
  let warnings: Issue[] = [];
  const open = (env: Record<string, string> = {}, argv: readonly string[] = []): void => {
    warnings = [];
    configure({ cwd: here.path, env, argv, onWarning: (warning) => warnings.push(warning) });
  };
  const saved = (): unknown => JSON.parse(here.read(FILE));

  beforeEach(() => {
    here = folder();
    open();
  });

  describe('loading', () => {
    test('creates a file with all defaults, and its folder, where there is none', () => {
      expect(existsSync(join(here.path, 'config'))).toBe(false);
      expect(getConfig()).toEqual(DEFAULTS);
      expect(here.read(FILE)).toBe(`${JSON.stringify(DEFAULTS, null, 2)}\n`);
    });

    test('lets the file override the defaults, so that every key is there', () => {
      here.write(FILE, '{ "trust_threshold": 0.9 }');
      expect(getConfig()).toEqual({ ...DEFAULTS, trust_threshold: 0.9 });
      expect(here.read(FILE)).toBe('{ "trust_threshold": 0.9 }');
    });

    test('happens once, at the first use', () => {
      getConfig();
      here.write(FILE, '{ "trust_threshold": 0.9 }');
      expect(getConfigValue('trust_threshold')).toBe(0.7);
      expect(recursiveLearning()).toBe(recursiveLearning());
    });

    test('of a broken file is an error with its location, and the file is left as it is', async () => {
      here.write(FILE, '{\n  "trust_threshold": 0.9\n  "overlap_days": 3\n}\n');
      expect(() => getConfig()).toThrow(/config\/recursive_learning_config\.json:3:3/);
      await expect(saveConfig()).rejects.toThrow(/not valid JSON/);
      expect(here.read(FILE)).toContain('0.9\n  "overlap_days"');
    });

    test('takes the environment and flags over the file', () => {
      open({ RL_TRUST_THRESHOLD: '0.85' }, ['--batch-size-days', '60']);
      expect(getConfig()).toEqual({ ...DEFAULTS, trust_threshold: 0.85, batch_size_days: 60 });
    });

    test.each([
      ['RL_TRUST_THRESHOLD', '1.5', 'must be at most 1'],
      ['RL_MAX_WORKERS', '0', 'must be at least 1'],
      ['RL_VARIABLES', '', 'must have at least 1 element'],
      ['RL_ENABLE_VISUALIZATIONS', 'maybe', 'must be true or false'],
    ])('refuses %s=%s', (name, text, message) => {
      open({ [name]: text });
      expect(() => getConfig()).toThrow(message);
    });
  });

  describe('access', () => {
    test('returns all values, single ones, and a fallback for a key that no layer has', () => {
      expect(getConfig().batch_size_days).toBe(30);
      expect(getConfigValue('batch_size_days')).toBe(30);
      expect(getConfigValue('max_workers')).toBe(null);
      expect(getConfigValue('new_setting', 'fallback')).toBe('fallback');
      expect(getConfigValue('new_setting')).toBeUndefined();
    });

    test('gives no way to change what other readers have', () => {
      expect(() => Object.assign(getConfig(), { batch_size_days: 1 })).toThrow(TypeError);
      expect(() => (getConfig().variables as string[]).push('x')).toThrow(TypeError);
    });
  });

  describe('modifying and saving', () => {
    test('a change is in memory until it is saved; then every setting is listed', async () => {
      setConfigValue('batch_size_days', 60);
      expect(getConfigValue('batch_size_days')).toBe(60);
      expect(saved()).toEqual(DEFAULTS);
      await saveConfig();
      expect(saved()).toEqual({ ...DEFAULTS, batch_size_days: 60 });
    });

    test('takes new keys, and finds them again', async () => {
      setConfigValue('new_feature_enabled', true);
      await saveConfig();
      open();
      expect(getConfigValue('new_feature_enabled')).toBe(true);
      expect(getConfig()).toMatchObject({ new_feature_enabled: true });
    });

    test('warns once of a key that is nearly a known one', () => {
      setConfigValue('batch_size_day', 60);
      getConfigValue('trust_treshold', 0.5);
      getConfigValue('trust_treshold', 0.5);
      setConfigValue('new_feature_enabled', true);
      setConfigValue('batch_size_days', 60);
      expect(warnings.map(({ code, key, suggestion }) => [code, key, suggestion])).toEqual([
        ['UNKNOWN_KEY', 'batch_size_day', 'Did you mean batch_size_days?'],
        ['UNKNOWN_KEY', 'trust_treshold', 'Did you mean trust_threshold?'],
      ]);
    });

    test('never saves a value of the environment or of a flag', async () => {
      open({ RL_TRUST_THRESHOLD: '0.85' }, ['--batch-size-days', '60']);
      setConfigValue('overlap_days', 7);
      await saveConfig();
      expect(saved()).toEqual({ ...DEFAULTS, overlap_days: 7 });
    });

    test('explains what overrides a change', () => {
      open({ RL_TRUST_THRESHOLD: '0.85' });
      expect(setConfigValue('trust_threshold', 0.8)).toMatchObject({
        value: 0.85,
        winner: { name: 'RL_TRUST_THRESHOLD' },
      });
    });

    test('refuses a wrong value, and keeps the old one', () => {
      expect(() => setConfigValue('trust_threshold', 2)).toThrow('must be at most 1');
      expect(getConfigValue('trust_threshold')).toBe(0.7);
    });
  });

  describe('resetting', () => {
    test('puts the defaults into memory and into the file, and gives them', async () => {
      setConfigValue('trust_threshold', 0.8);
      setConfigValue('mine', 1);
      await saveConfig();
      expect(await resetToDefaults()).toEqual(DEFAULTS);
      expect(getConfig()).toEqual(DEFAULTS);
      expect(saved()).toEqual(DEFAULTS);
    });

    test('repairs a broken file, and keeps it beside', async () => {
      const broken = '{\n  "trust_threshold": 0.9\n  "overlap_days": 3\n}\n';
      here.write(FILE, broken);
      expect(() => getConfig()).toThrow('not valid JSON');
      expect(await resetToDefaults()).toEqual(DEFAULTS);
      expect([getConfig(), saved()]).toEqual([DEFAULTS, DEFAULTS]);
      const [warning] = warnings;
      expect(warning).toMatchObject({ code: 'CORRUPT', message: expect.stringContaining('it is kept as') });
      const kept = readdirSync(join(here.path, 'config')).find((name) => name.includes('.invalid-'));
      expect(here.read(`config/${kept}`)).toBe(broken);
    });

    test('repairs a file with wrong values', async () => {
      here.write(FILE, '{ "trust_threshold": 7 }');
      expect(await resetToDefaults()).toEqual(DEFAULTS);
      expect(saved()).toEqual(DEFAULTS);
    });
  });

  describe('a folder that cannot be written', () => {
    test('is a warning; the defaults are in effect', (context) => {
      if (process.geteuid === undefined) return skipLoudly(context, 'there are no user ids');
      chmodSync(here.path, 0o555);
      // The rights of a folder are no obstacle to root.
      const isRoot = process.geteuid?.() === 0;
      if (isRoot) process.seteuid?.(65_534);
      try {
        expect(getConfig()).toEqual(DEFAULTS);
        expect(warnings).toMatchObject([{ message: expect.stringContaining('was not created') }]);
      } finally {
        if (isRoot) process.seteuid?.(0);
        chmodSync(here.path, 0o755);
      }
    });
  });

  describe('the location of the file', () => {
    test('can be given by an option or by a variable', () => {
      configure({ cwd: here.path, env: {}, argv: [], file: 'elsewhere/rl.json' });
      expect(getConfig()).toEqual(DEFAULTS);
      expect(existsSync(join(here.path, 'elsewhere/rl.json'))).toBe(true);
      open({ RECURSIVE_LEARNING_CONFIG: 'by-variable.json' });
      expect(getConfig()).toEqual(DEFAULTS);
      expect(existsSync(join(here.path, 'by-variable.json'))).toBe(true);
      expect(existsSync(join(here.path, FILE))).toBe(false);
    });
  });
});
