// Changes one configuration again and again, in the given way, as one of several processes or threads.
import { isMainThread, workerData } from 'node:worker_threads';

const { url, cwd, way, name, times } = workerData ?? JSON.parse(process.argv[2]);
if (isMainThread)
  process.stdin
    .on('end', () => process.exit(1))
    .resume()
    .unref();

const { loadConfig } = await import(url);
const { counting } = await import('./counting.mjs');
const config = await loadConfig(await counting(url), { cwd, env: {}, argv: [] });

/** Tries until no other writer was faster: a refused save has written nothing, and taking theirs drops ours. */
async function saveShared() {
  for (let conflicts = 0; ; conflicts += 1) {
    config.set('shared', { n: config.values.shared.n + 1, by: name });
    try {
      await config.save();
      return conflicts;
    } catch (error) {
      if (error.code !== 'CONFLICT') throw error;
      await config.save({ conflict: 'theirs' });
    }
  }
}

/** Continues from the number of a faster writer. */
async function saveMerged() {
  config.set('shared', { n: config.values.shared.n + 1, by: name });
  let conflicts = 0;
  const conflict = ({ theirs }) => {
    conflicts += 1;
    return { n: theirs.n + 1, by: name };
  };
  await config.save({ conflict });
  return conflicts;
}

const ways = {
  update: () =>
    config.update(async (draft) => {
      await new Promise(setImmediate);
      draft.count += 1;
    }),
  own: async (i) => {
    config.set(`own.${name}`, i + 1);
    await config.save();
  },
  shared: saveShared,
  merged: saveMerged,
};

let conflicts = 0;
for (let i = 0; i < times; i += 1) {
  const met = await ways[way](i);
  if (typeof met === 'number') conflicts += met;
}
if (isMainThread) process.stdout.write(`${conflicts}\n`);
