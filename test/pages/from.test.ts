import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineConfig, type LoadOptions, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { answer, type Node } from '../schema/doors.ts';
import { ROOT } from './project.ts';

/** Where the other libraries are installed; `VARVE_FROM` names a folder with those that are not among our packages. */
const FOLDERS = [ROOT, process.env['VARVE_FROM'] ?? ROOT];

/** A row of a table on a page, tried on both sides. */
interface Row {
  /** The beginning of its first cell. */
  readonly cell: string;
  /** An expression of the other library, and its value; a thrown error is `refused`. */
  readonly theirs: readonly [expression: string, value: unknown];
  /** The value of the setting in varve, and what it has to be. */
  readonly ours: readonly [value: () => unknown, expected: unknown];
}

/** The value of one setting by a text in the environment. */
function env(node: Node, text: string): () => unknown {
  return () => {
    const given = answer(node, { env: { IT: text } });
    return 'refused' in given ? 'refused' : given.value;
  };
}

/** The values of a definition with these inputs. */
const loaded =
  (definition: object, inputs: LoadOptions = {}, files: Readonly<Record<string, string>> = {}): (() => unknown) =>
  () => {
    try {
      const config = loadConfigSync(defineConfig({ name: 'app', ...definition } as never), {
        env: {},
        argv: [],
        cwd: folder(files).path,
        onWarning: false,
        ...inputs,
      });
      return config.values;
    } catch {
      return 'refused';
    }
  };

interface Page {
  readonly page: string;
  readonly packages: readonly string[];
  /** Statements before the expressions. */
  readonly begin: string;
  readonly rows: readonly Row[];
}

const NUMBER = { format: Number, default: 7 };

const PAGES: readonly Page[] = [
  {
    page: 'from-zod.md',
    packages: ['zod'],
    begin: "import { z } from 'zod';",
    rows: [
      { cell: '`z.coerce.number()`', theirs: ["z.coerce.number().parse('')", 0], ours: [env(NUMBER, ''), 7] },
      {
        cell: '`z.coerce.number()`',
        theirs: ["z.coerce.number().parse('12abc')", 'refused'],
        ours: [env(NUMBER, '12abc'), 'refused'],
      },
      {
        cell: '`z.coerce.boolean()`',
        theirs: ["z.coerce.boolean().parse('false')", true],
        ours: [env({ format: Boolean, default: true }, 'false'), false],
      },
      {
        cell: "`z.enum(['a', 'b'])`",
        theirs: ["z.enum(['a', 'b']).parse('c')", 'refused'],
        ours: [env({ format: ['a', 'b'], default: 'a' }, 'c'), 'refused'],
      },
      {
        cell: '`.default(3000)`',
        theirs: ['z.number().default(3000).parse(undefined)', 3000],
        ours: [loaded({ settings: { port: 3000 } }), { port: 3000 }],
      },
      {
        cell: 'a required member',
        theirs: ['z.object({ a: z.string() }).parse({})', 'refused'],
        ours: [loaded({ settings: { a: { format: String, default: null } } }), 'refused'],
      },
      {
        cell: '`.optional()`',
        theirs: ['String(z.string().optional().parse(undefined))', 'undefined'],
        ours: [loaded({ settings: { a: { format: String, default: undefined } } }), { a: undefined }],
      },
      {
        cell: '`.nullable()`',
        theirs: ['z.number().nullable().parse(null)', null],
        ours: [env({ format: Number, nullable: true, default: 1 }, 'null'), null],
      },
    ],
  },
  {
    page: 'from-dotenv.md',
    packages: ['dotenv'],
    begin: `import dotenv from 'dotenv';
import { mkdtempSync, writeFileSync } from 'node:fs';
process.chdir(mkdtempSync('/tmp/varve-from-'));
writeFileSync('.env', 'A=1\\nURL=$A/x\\n');
writeFileSync('.env.local', 'A=2\\n');
const read = (path, processEnv = {}) => (dotenv.config({ path, processEnv, quiet: true }), processEnv);`,
    rows: [
      {
        cell: "`config({ path: ['.env.local', '.env'] })`",
        theirs: ["read(['.env.local', '.env']).A", '2'],
        ours: [
          loaded(
            { dotenv: ['.env', '.env.local'], settings: { a: { env: 'A', default: 0 } } },
            {},
            { '.env': 'A=1\n', '.env.local': 'A=2\n' },
          ),
          { a: 2 },
        ],
      },
      {
        cell: '`override: false`',
        theirs: ["read('.env', { A: '9' }).A", '9'],
        ours: [
          loaded({ dotenv: true, settings: { a: { env: 'A', default: 0 } } }, { env: { A: '9' } }, { '.env': 'A=1\n' }),
          { a: 9 },
        ],
      },
      {
        cell: '`dotenv-expand`',
        theirs: ["read('.env').URL", '$A/x'],
        ours: [
          loaded({ dotenv: true, settings: { url: { env: 'URL', default: '' } } }, {}, { '.env': 'A=1\nURL=$A/x\n' }),
          { url: '$A/x' },
        ],
      },
    ],
  },
  {
    page: 'from-node-config.md',
    packages: ['config'],
    begin: `import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
const folder = mkdtempSync('/tmp/varve-from-');
const write = (name, value) => writeFileSync(folder + '/' + name, JSON.stringify(value));
write('default.json', { port: '80', hosts: ['a', 'b'], db: { password: '' }, name: 'default' });
write('production.json', { hosts: ['c'] });
write('custom-environment-variables.json', { db: { password: 'DB_PASSWORD' }, name: 'NAME' });
Object.assign(process.env, { NODE_CONFIG_DIR: folder, NODE_ENV: 'production', DB_PASSWORD: 'x', NAME: '', SUPPRESS_NO_CONFIG_WARNING: '1' });
const config = (await import('config')).default;`,
    rows: [
      {
        cell: '`{NODE_ENV}.json`',
        theirs: ["config.get('hosts')", ['c']],
        ours: [
          loaded(
            { files: ['a.json', 'b.json'], settings: { hosts: { format: Array, default: [] } } },
            {},
            { 'a.json': '{"hosts":["a","b"]}', 'b.json': '{"hosts":["c"]}' },
          ),
          { hosts: ['c'] },
        ],
      },
      {
        cell: '`custom-environment-variables.json`',
        theirs: ["config.get('db.password')", 'x'],
        ours: [
          loaded(
            { settings: { db: { password: { env: 'DB_PASSWORD', default: '' } } } },
            { env: { DB_PASSWORD: 'x' } },
          ),
          { db: { password: 'x' } },
        ],
      },
      {
        cell: 'an empty variable is ignored',
        theirs: ["config.get('name')", 'default'],
        ours: [env({ format: String, default: 'default' }, ''), ''],
      },
      { cell: 'an empty variable is ignored', theirs: ["config.get('name')", 'default'], ours: [env(NUMBER, ''), 7] },
      {
        cell: '`config.has(key)`',
        theirs: ["config.has('nothing')", false],
        ours: [() => 'nothing' in (loaded({ settings: { a: 1 } })() as object), false],
      },
    ],
  },
  {
    page: 'from-convict.md',
    packages: ['convict', 'convict-format-with-validator', 'convict-format-with-moment'],
    begin: `import convict from 'convict';
import { url } from 'convict-format-with-validator';
import { duration } from 'convict-format-with-moment';
convict.addFormats({ url, duration });
const env = (node, text) => convict({ it: { env: 'IT', ...node } }, { env: { IT: text }, args: [] }).validate({ allowed: 'strict' }).get('it');`,
    rows: [
      {
        cell: "`'8080abc'` → 8080",
        theirs: ["env({ format: 'port', default: 1 }, '8080abc')", 8080],
        ours: [env({ format: 'port', default: 1 }, '8080abc'), 'refused'],
      },
      {
        cell: "`'8080abc'` → 8080",
        theirs: ["env({ format: 'int', default: 1 }, '3.7')", 3],
        ours: [env({ format: 'int', default: 1 }, '3.7'), 'refused'],
      },
      {
        cell: "`'8080abc'` → 8080",
        theirs: ["env({ format: 'int', default: 1 }, '0x1F90')", 0],
        ours: [env({ format: 'int', default: 1 }, '0x1F90'), 'refused'],
      },
      {
        cell: 'the text `1e5` for an `int`',
        theirs: ["env({ format: 'int', default: 2 }, '1e5')", 1],
        ours: [env({ format: 'int', default: 2 }, '1e5'), 'refused'],
      },
      {
        cell: 'every text except `false` is true',
        theirs: ["env({ format: Boolean, default: false }, '0')", true],
        ours: [env({ format: Boolean, default: true }, '0'), false],
      },
      {
        cell: 'an empty variable gives a number `NaN`',
        theirs: ["String(env({ format: Number, default: 1 }, ''))", 'NaN'],
        ours: [env(NUMBER, ''), 7],
      },
      {
        cell: 'a list is split at commas',
        theirs: ['env({ format: Array, default: [] }, \'["a,b"]\').length', 2],
        ours: [env({ format: Array, default: [] }, '["a,b"]'), ['a,b']],
      },
      {
        cell: '`url` accepts',
        theirs: ["env({ format: 'url', default: 'http://a.example' }, 'example.com')", 'example.com'],
        ours: [env({ format: 'url', default: 'http://a.example' }, 'example.com'), 'refused'],
      },
      {
        cell: '`url` accepts',
        theirs: ["env({ format: 'duration', default: '1s' }, '5 parsecs')", 0],
        ours: [env({ format: 'duration', default: '1s' }, '5 parsecs'), 'refused'],
      },
    ],
  },
  {
    page: 'from-envalid.md',
    packages: ['envalid', '@t3-oss/env-core', 'zod'],
    begin: `import { bool, cleanEnv, json, num, port, str, url } from 'envalid';
import { createEnv } from '@t3-oss/env-core';
import { z } from 'zod';
const reporter = ({ errors }) => { if (Object.keys(errors).length > 0) throw new Error('refused'); };
const env = (validator, text) => cleanEnv({ IT: text }, { IT: validator }, { reporter }).IT;`,
    rows: [
      { cell: '`str`, `num`', theirs: ["env(num(), '1.5')", 1.5], ours: [env(NUMBER, '1.5'), 1.5] },
      {
        cell: '`str`, `num`',
        theirs: ["env(bool(), '0')", false],
        ours: [env({ format: Boolean, default: true }, '0'), false],
      },
      {
        cell: '`str`, `num`',
        theirs: ["env(port(), '65536')", 'refused'],
        ours: [env({ format: 'port', default: 1 }, '65536'), 'refused'],
      },
      {
        cell: '`str`, `num`',
        theirs: ["env(url(), 'example')", 'refused'],
        ours: [env({ format: 'url', default: 'http://a.example' }, 'example'), 'refused'],
      },
      {
        cell: '`str`, `num`',
        theirs: ['env(json(), \'{"a":1}\')', { a: 1 }],
        ours: [env({ format: Object, default: {} }, '{"a":1}'), { a: 1 }],
      },
      {
        cell: '`choices`',
        theirs: ["env(str({ choices: ['a'] }), 'b')", 'refused'],
        ours: [env({ format: ['a'], default: 'a' }, 'b'), 'refused'],
      },
      {
        cell: 'a validator without `default`',
        theirs: ['env(str(), undefined)', 'refused'],
        ours: [loaded({ settings: { a: { format: String, default: null } } }), 'refused'],
      },
      {
        cell: 'the proxy',
        theirs: ["cleanEnv({ A: '1' }, { A: num() }).B", 'refused'],
        ours: [() => (loaded({ settings: { a: 1 } })() as { b?: unknown }).b, undefined],
      },
      {
        cell: 't3-env: `server`',
        theirs: ["createEnv({ server: { A: z.string().min(1) }, runtimeEnv: { A: 'x' } }).A", 'x'],
        ours: [env({ format: String, default: '' }, 'x'), 'x'],
      },
    ],
  },
  {
    page: 'from-c12.md',
    packages: ['c12'],
    begin: `import { loadConfig } from 'c12';
import { mkdtempSync, writeFileSync } from 'node:fs';
const cwd = mkdtempSync('/tmp/varve-from-');
writeFileSync(cwd + '/app.config.mjs', "export default { server: { port: 80 }, hosts: ['b'] }");
const { config } = await loadConfig({ name: 'app', cwd, defaults: { server: { port: 3000, host: 'x' }, hosts: ['a'] } });`,
    rows: [
      {
        cell: '`defaults`',
        theirs: ['config.server', { port: 80, host: 'x' }],
        ours: [
          loaded(
            { file: 'app.config.json', settings: { server: { port: 3000, host: 'x' } } },
            {},
            { 'app.config.json': '{"server":{"port":80}}' },
          ),
          { server: { port: 80, host: 'x' } },
        ],
      },
      {
        cell: 'lists from several layers are joined',
        theirs: ['config.hosts', ['b', 'a']],
        ours: [
          loaded(
            { file: 'app.json', settings: { hosts: { format: Array, default: ['a'] } } },
            {},
            { 'app.json': '{"hosts":["b"]}' },
          ),
          { hosts: ['b'] },
        ],
      },
    ],
  },
];

/** The values of their expressions, computed by one process. */
function theirs({ begin, rows }: Page, cwd: string): readonly unknown[] {
  const attempts = rows.map(({ theirs: [expression] }) => `attempt(() => ${expression})`);
  const code = `${begin}
const attempt = (run) => { try { return run(); } catch { return 'refused'; } };
process.stdout.write(JSON.stringify([${attempts.join(',\n')}]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd,
    encoding: 'utf8',
  });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout);
}

const isInstalled = (folder: string, packages: readonly string[]): boolean =>
  packages.every((name) => existsSync(join(folder, 'node_modules', name)));

describe.each(PAGES.map((page) => [page.page, page] as const))('docs/%s', (name, page) => {
  const cwd = FOLDERS.find((at) => isInstalled(at, page.packages));

  test.each(page.rows)('$cell: varve', ({ ours: [value, expected] }) => expect(value()).toEqual(expected));

  test('has these rows', () => {
    const text = readFileSync(join(ROOT, 'docs', name), 'utf8');
    expect(page.rows.map(({ cell }) => cell).filter((cell) => !text.includes(`| ${cell}`))).toEqual([]);
  });

  test('the other library', (context) => {
    if (cwd === undefined) {
      const message = `docs/${name} is NOT tried on the other side: ${page.packages.join(', ')} not installed; VARVE_FROM names a folder with them.`;
      console.warn(message);
      return context.skip(message);
    }
    expect(theirs(page, cwd)).toEqual(page.rows.map(({ theirs: [, value] }) => value));
  });
});
