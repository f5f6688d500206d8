// In a process of its own: it counts what the engine runs.
import { expect, test } from 'vitest';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { executedBlocks } from '../executed-blocks.ts';

/** How many blocks of `src` run for each member that an object has, when another one is set: the passes over the object. */
const MOST_FOR_EACH_MEMBER = 19;

test('a change of one member passes over the others a few times', async () => {
  await blocksOfChange(10);
  const few = await blocksOfChange(1_000);
  const many = await blocksOfChange(2_000);
  expect((many - few) / 1_000).toBeLessThanOrEqual(MOST_FOR_EACH_MEMBER);
}, 60_000);

/** The blocks for a new member of an object with so many, all of which were set. */
async function blocksOfChange(members: number): Promise<number> {
  const options = { format: Object, default: {} };
  const definition = defineConfig({
    name: 'app',
    layers: ['default', 'file'],
    file: 'absent.json',
    settings: { options },
  });
  const config = loadConfigSync(definition, { argv: [], env: {}, onWarning: false });
  config.set('options', Object.fromEntries(Array.from({ length: members }, (_, i) => [`k${i}`, i])));
  return executedBlocks(() => config.set('options.new' as never, 1 as never));
}
