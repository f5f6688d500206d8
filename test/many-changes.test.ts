import { expect, test } from 'vitest';
import { type Config, defineConfig, loadConfigSync, setAll } from '../src/index.ts';

test('thousands of unknown names cost no time that grows with names times settings', () => {
  const keys = Array.from({ length: 4_000 }, (_, i) => `setting_${i}`);
  const definition = defineConfig({ name: 'large', settings: Object.fromEntries(keys.map((key) => [key, 1])) });
  const config = loadConfigSync(definition, { env: {}, argv: [] }) as unknown as Config;
  const before = process.cpuUsage();
  expect(() => setAll(config, Object.fromEntries(keys.map((key) => [`${key}x`, 1])))).toThrow(
    'the changes after these were not checked',
  );
  const { user, system } = process.cpuUsage(before);
  expect(user + system).toBeLessThan(2_000_000);
});
