// Writes one text and says what became of it; with `mode`, the file gets that mode after it was read.
import { chmodSync } from 'node:fs';

const { url, path, text, times = 1, options, mode } = JSON.parse(process.argv[2]);
const { jsonFile } = await import(url);
const store = jsonFile(path, options);
const write = async () => {
  const { revision } = await store.read();
  return store.write(text.repeat(times), { expect: revision, id: 'write' });
};
const edit = async () => {
  const { warning } = await store.local.edit(() => {
    chmodSync(path, mode);
    return text.repeat(times);
  });
  return { ok: true, warning };
};
const outcome = await (mode === undefined ? write() : edit()).catch((error) => {
  return { ok: false, code: error.code, message: error.message, cause: error.cause?.code };
});
process.stdout.write(`${JSON.stringify(outcome)}\n`);
