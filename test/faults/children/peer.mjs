// Counts up in a document with the given library, and writes every number down once its save was acknowledged.
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const { library, url, path, padding, times, log } = JSON.parse(process.argv[2]);
process.stdin
  .on('end', () => process.exit(1))
  .resume()
  .unref();

const loaded = await import(url);
const next = (count) => ({ count, padding: 'x'.repeat(padding), end: count });

/** How a user of each library counts up; each gives the number that was saved. */
const increments = {
  async varve() {
    const { after } = await loaded
      .jsonFile(path)
      .local.edit(({ text }) => JSON.stringify(next(text === null ? 1 : JSON.parse(text).count + 1)));
    return JSON.parse(after.text).count;
  },
  async conf() {
    const conf = new loaded.default({ cwd: dirname(path), configName: basename(path, '.json') });
    const document = next(conf.get('count', 0) + 1);
    conf.set(document);
    return document.count;
  },
  async 'write-file-atomic'() {
    const document = next(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).count + 1 : 1);
    await loaded.default(path, JSON.stringify(document));
    return document.count;
  },
};

const acknowledged = openSync(log, 'a');
process.stdout.write('ready\n');
for (let i = 0; i < (times ?? Infinity); i += 1) writeSync(acknowledged, `${await increments[library]()}\n`);
