import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  ConfigError,
  type Definition,
  describeIssues,
  type ErrorCode,
  history,
  jsonFile,
  loadConfig,
  loadConfigSync,
} from '../../src/index.ts';
import { type Folder, folder } from '../folder.ts';
import { blocksOf } from './blocks.ts';
import { ROOT } from './project.ts';

const SETTINGS = {
  lr: { doc: 'Learning rate', format: Number, min: 0, default: 0.1, aliases: ['rate'] },
  epochs: { doc: 'Passes over the data', format: 'nat', default: 10 },
  workers: { doc: 'Processes that load data', format: 'nat', default: 2, reload: false },
};

const BASE: Definition<typeof SETTINGS> = {
  name: 'trainer',
  file: 'trainer.json',
  envPrefix: 'TRAINER',
  settings: SETTINGS,
};

const load = (at: Folder, env: Readonly<Record<string, string>> = {}, definition: object = {}) =>
  loadConfig({ ...BASE, ...definition }, { cwd: at.path, env, argv: [] });

/** Causes each code: throws the error, or returns the text of the warning. */
const CASES: Readonly<Record<string, (at: Folder) => unknown>> = {
  INVALID_DEFINITION: (at) =>
    load(at, {}, { settings: { epochs: { format: 'nat', default: -1 }, lr: { format: 'numbr', default: 1 } } }),
  INVALID_VALUE: (at) => {
    at.write('trainer.json', '{\n  "lr": -3\n}\n');
    return load(at, { TRAINER_EPOCHS: 'ten' });
  },
  UNKNOWN_KEY: async (at) => (await load(at)).get('epoch' as never),
  DEPRECATED: async (at) => describeIssues((await load(at, { TRAINER_RATE: '0.5' })).warnings),
  NEEDS_RESTART: async (at) => {
    const config = await load(at);
    at.write('trainer.json', '{ "workers": 8 }\n');
    await config.reload();
    return describeIssues(config.warnings);
  },
  IDENTITY_CHANGED: async (at) => {
    at.write('run.json', JSON.stringify((await load(at)).snapshot()));
    return loadConfig(BASE, { cwd: at.path, env: { TRAINER_LR: '0.2' }, argv: [], resume: 'run.json' });
  },
  CONFLICT: async (at) => {
    at.write('trainer.json', '{ "epochs": 20 }\n');
    const [ours, theirs] = [await load(at), await load(at)];
    ours.set('epochs', 30);
    theirs.set('epochs', 40);
    await theirs.save();
    return ours.save();
  },
  READ_ONLY: async (at) => {
    const config = loadConfigSync({ name: 'trainer', settings: SETTINGS }, { cwd: at.path, env: {}, argv: [] });
    config.set('epochs', 30);
    return config.save();
  },
  LOCKED: async (at) => {
    const [ours, theirs] = [await load(at, {}, { lockTimeout: 50 }), await load(at)];
    let release = (): void => undefined;
    const updating = theirs.update(() => new Promise<void>((done) => (release = done)));
    ours.set('epochs', 30);
    return ours.save().finally(() => {
      release();
      return updating;
    });
  },
  CORRUPT: (at) => {
    at.write('trainer.json', '{\n  "lr": 0.2\n  "epochs": 20\n}\n');
    return load(at);
  },
  DENIED: async (at) => {
    at.write('trainer.json', '{ "epochs": 20 }\n');
    chmodSync(join(at.path, 'trainer.json'), 0o444);
    chmodSync(at.path, 0o555);
    const config = await load(at);
    config.set('epochs', 30);
    // root may write any file.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    return config.save().finally(() => {
      if (isRoot) process.seteuid?.(0);
      chmodSync(at.path, 0o755);
    });
  },
  TOO_LARGE: (at) => {
    at.write('trainer.json', `{ "epochs": ${' '.repeat(2000)}20 }\n`);
    const store = jsonFile(join(at.path, 'trainer.json'), { name: 'trainer.json', maxBytes: 1000 });
    return load(at, {}, { file: undefined, store });
  },
  UNAVAILABLE: (at) => {
    at.write('trainer.json/x', '');
    return load(at);
  },
  GONE: async (at) => history(await load(at)),
  CLOSED: async (at) => {
    const store = jsonFile(join(at.path, 'trainer.json'), { name: 'trainer.json' });
    await store.close();
    return load(at, {}, { file: undefined, store });
  },
};

async function messageOf(code: string, at: Folder): Promise<string> {
  try {
    const message = await CASES[code]?.(at);
    if (typeof message === 'string') return message;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.code).toBe(code);
    return error.message;
  }
  throw new Error(`no message has the code ${code}`);
}

const CODES = [...readFileSync(join(ROOT, 'src/errors.ts'), 'utf8').matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(
  ([, code]) => code as ErrorCode,
);

test.each(CODES)('docs/errors.md explains %s, its remedy, and shows its message', async (code) => {
  const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
  const part = page.split(`\n## ${code}\n`)[1]?.split('\n## ')[0] ?? '';
  expect(part).toMatch(/^\n\S.*\n/);
  expect(part).toMatch(/^\*\*Do:\*\* \S/m);
  const example = blocksOf(part).find(({ language }) => language === 'text');
  if (CASES[code] === undefined) expect(part).toMatch(/no example here: /i);
  else expect(await messageOf(code, folder())).toBe(example?.text.trimEnd());
});
