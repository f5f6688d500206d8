import { expect, test } from 'vitest';
import { defineConfig, loadConfig } from '../src/index.ts';
import { folder } from './folder.ts';

const settings = {
  lr: 1,
  n: 1,
  token: { format: String, default: '', sensitive: true },
  labels: { format: Object, default: { team: 't' } },
  tags: { format: Array, default: ['a'], merge: 'append' },
} as const;

const env = { RL_LR: '5', RL_TOKEN: 'hunter2', RL_LABELS__TEAM: 'env', RL_TAGS: 'e' };
const definition = defineConfig({ name: 'app', file: 'app.json', envPrefix: 'RL', settings });

test('a save, an update and a reset return which higher layer overrides what they wrote', async () => {
  const { path: cwd } = folder();
  const config = await loadConfig(definition, { cwd, env, argv: [] });
  const overridden = async (saved: ReturnType<typeof config.save>): Promise<object> =>
    Object.fromEntries((await saved).written.map(({ key, overriddenBy }) => [key, overriddenBy?.name]));

  config.set('lr', 2);
  config.set('n', 2);
  expect(config.pending.map(({ overriddenBy }) => overriddenBy?.name)).toEqual(['RL_LR', undefined]);
  expect(await overridden(config.save())).toEqual({ lr: 'RL_LR', n: undefined });

  const update = config.update((draft) => {
    draft.token = 'other';
    draft.labels['team'] = 'file';
    draft.tags = ['a', 'f'];
  });
  expect(await overridden(update)).toEqual({ token: 'RL_TOKEN', labels: 'RL_LABELS__TEAM', tags: undefined });
  expect(JSON.stringify(await update)).not.toMatch(/hunter2|other/);

  const beside = config.update((draft) => {
    draft.labels['run'] = 7;
  });
  expect(await overridden(beside)).toEqual({ labels: undefined });
  expect(await overridden(config.reset('lr'))).toEqual({ lr: 'RL_LR' });
});
