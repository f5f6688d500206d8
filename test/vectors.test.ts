import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ConfigError, defineConfig, loadConfigSync, type SnapshotJson } from '../src/index.ts';
import { describeSettings, isSnapshot, snapshotFingerprint } from '../src/tools.ts';
import { skipLoudly } from './faults/harness/skip.ts';
import { folder } from './folder.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const vectors = (name: string) => JSON.parse(readFileSync(path(`vectors/${name}.json`), 'utf8'));

/** The settings of a snapshot; with its `identity` where its settings are in groups, or where it repeats a run. */
interface FingerprintVector extends Partial<Pick<SnapshotJson, 'identity' | 'secrets' | 'definitionChanges'>> {
  readonly values: Record<string, unknown>;
  readonly fingerprint: string;
}

describe('the vectors that other languages share', () => {
  test.each<{ setting: object; text: string; value?: unknown; refused?: true }>(vectors('text-to-value'))(
    '$setting takes "$text"',
    ({ setting, text, ...expected }) => {
      const settings = { x: { default: undefined, ...setting } } as never;
      const definition = defineConfig({ name: 'vectors', envPrefix: 'V', settings });
      const load = (): unknown =>
        loadConfigSync(definition, { env: { V_X: text }, argv: [], onWarning: false }).get('x' as never);
      if (expected.refused) expect(load).toThrow(ConfigError);
      else expect(load()).toEqual(expected.value);
    },
  );

  test.each<{ prefix: string; key: string; variable: string; flag: string }>(vectors('names'))(
    '$key is $variable',
    ({ prefix, key, variable, flag }) => {
      const settings = key.split('.').reduceRight<object>((inner, name) => ({ [name]: inner }), { default: 1 });
      const [described] = describeSettings(
        defineConfig({ name: 'vectors', envPrefix: prefix, settings: settings as never }),
      );
      expect([described?.variable, described?.flag]).toEqual([variable, flag]);
    },
  );

  test.each<{ layers: Record<string, unknown>; value: number; layer: string }>(vectors('precedence'))(
    '$layers is $value',
    ({ layers, value, layer }) => {
      const { file, env, flag, override } = layers;
      const at = folder({ 'x.json': JSON.stringify(file === undefined ? {} : { x: file }) });
      const definition = defineConfig({
        name: 'vectors',
        file: 'x.json',
        envPrefix: 'V',
        settings: { x: { format: Number, default: 1 } },
      });
      const config = loadConfigSync(definition, {
        cwd: at.path,
        env: env === undefined ? {} : { V_X: String(env) },
        argv: flag === undefined ? [] : [`--x=${flag}`],
        onWarning: false,
      });
      if (override !== undefined) config.override('x', Number(override));
      expect([config.values.x, config.explain('x').winner?.layer]).toEqual([value, layer]);
    },
  );

  test.each<FingerprintVector>(vectors('fingerprints'))(
    '$values has the fingerprint $fingerprint',
    ({ values, fingerprint, ...repeated }) => {
      if ('identity' in repeated) {
        const snapshot = { varve: 1, name: 'vectors', fingerprint, values, origins: {}, secrets: {}, ...repeated };
        expect(isSnapshot(snapshot) && snapshotFingerprint(snapshot)).toBe(fingerprint);
        return;
      }
      const settings = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, { format: '*', nullable: true, default: value }]),
      );
      const definition = defineConfig({ name: 'vectors', settings });
      expect(loadConfigSync(definition, { env: {}, argv: [] }).snapshot().fingerprint).toBe(fingerprint);
    },
  );

  test('are passed by Python', (context) => {
    const fingerprints = path('../docs/examples/training');
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    const args = [path('vectors/check.py'), path('vectors'), fingerprints];
    const { error, status, stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8', env });
    if (error) return skipLoudly(context, 'there is no python3');
    expect([status, stderr, stdout]).toEqual([0, '', expect.stringMatching(/^\d+ vectors\n$/)]);
  });
});
