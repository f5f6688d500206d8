// Holds the lock until a line comes; then writes a last text, if one was given, and releases.
import { once } from 'node:events';

const { url, path, text, options } = JSON.parse(process.argv[2]);
const { jsonFile } = await import(url);
const store = jsonFile(path, options);
await store.local.edit(async () => {
  process.stdout.write('held\n');
  await once(process.stdin, 'data');
  if (text !== undefined) await store.write(text, { expect: (await store.read()).revision, id: 'hold' });
  return undefined;
});
process.stdout.write('released\n');
process.stdin.unref();
