// Counts up one setting through a configuration, and reports how long each update took.
import { defineConfig, loadConfig } from 'varve';
import { answerParent } from './answer.mjs';

const { opening, count } = JSON.parse(process.argv[2]);
const store = (await import(opening.module))[opening.name](opening.options);
const definition = defineConfig({ name: 'fleet', store, settings: { count: { format: 'nat', default: 0 } } });
const retried = async (work) => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error.code !== 'UNAVAILABLE') throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
};
const config = await retried(() => loadConfig(definition, { argv: [], env: {} }));

answerParent(async () => {
  const took = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await retried(() =>
      config.update((draft) => {
        draft.count += 1;
      }),
    );
    took.push(performance.now() - started);
  }
  return took;
});
