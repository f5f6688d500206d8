import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadPeer } from '../../src/formats/peer.ts';
import { ConfigError, defineConfig, loadConfig, loadConfigSync } from '../../src/index.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'varve-formats-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function definition(file: string, files: readonly string[] = []) {
  return defineConfig({
    name: 'service',
    file,
    files,
    settings: {
      port: { format: 'port', default: 80 },
      host: { format: String, default: 'localhost' },
      debug: false,
      db: { url: { format: String, default: 'memory:' }, pool: { max: { format: 'nat', default: 10 } } },
      labels: { format: Object, default: {} },
    },
  });
}

const inputs = { argv: [], env: {} };

test('reads files of every format, each value with its line and column', () => {
  write('a.toml', 'port = 8080\n[db.pool]\nmax = 5\n');
  write('b.json5', "{\n  host: 'example.org', // public\n}\n");
  write('c.jsonc', '{ "debug": true } // c\n');
  write('d.yml', 'labels:\n  team: blue\n');
  write('app.yaml', 'db:\n  url: file.db\n');
  const config = loadConfigSync(definition('app.yaml', ['a.toml', 'b.json5', 'c.jsonc', 'd.yml']), {
    ...inputs,
    cwd: folder,
  });
  expect(config.values).toMatchObject({
    port: 8080,
    host: 'example.org',
    debug: true,
    db: { url: 'file.db', pool: { max: 5 } },
    labels: { team: 'blue' },
  });
  const locations = (['port', 'host', 'debug', 'db.url', 'db.pool.max'] as const).map(
    (key) => config.explain(key).winner?.location,
  );
  expect(locations).toEqual(['a.toml:1:8', 'b.json5:2:9', 'c.jsonc:1:12', 'app.yaml:2:8', 'a.toml:3:7']);
});

test('saves into a YAML file and keeps its comments and layout', async () => {
  write('app.yaml', '# The service\nport: 8080 # public\n\ndb:\n    url: "file.db"   # local\n');
  const config = await loadConfig(definition('app.yaml'), { ...inputs, cwd: folder });
  await config.set('db.url', 'other.db');
  await config.set('db.pool.max', 3);
  await config.set('host', 'no');
  await config.save();
  expect(readFileSync(join(folder, 'app.yaml'), 'utf8')).toBe(
    '# The service\nport: 8080 # public\n\ndb:\n    url: "other.db"   # local\n    pool:\n        max: 3\nhost: "no"\n',
  );
  expect(config.explain('db.pool.max').winner?.location).toBe('app.yaml:7:14');
  const again = await loadConfig(definition('app.yaml'), { ...inputs, cwd: folder });
  expect(again.values).toEqual(config.values);
});

test('creates a YAML file', async () => {
  const config = await loadConfig({ ...definition('new.yaml'), create: true }, { ...inputs, cwd: folder });
  await config.set('port', 1234);
  await config.save();
  expect(readFileSync(join(folder, 'new.yaml'), 'utf8')).toBe('---\nport: 1234\n');
});

test('refuses to save into a TOML file, and leaves it as it is', async () => {
  write('app.toml', 'port = 8080\n');
  const config = await loadConfig(definition('app.toml'), { ...inputs, cwd: folder });
  await config.set('port', 1234);
  await expect(config.save()).rejects.toMatchObject({ code: 'READ_ONLY' });
  expect(readFileSync(join(folder, 'app.toml'), 'utf8')).toBe('port = 8080\n');
});

test.each([
  ['app.json', '{\n  // c\n}\n', 'app.json:2:3', 'Rename the file to .jsonc'],
  ['app.json', '# c\n{}', 'app.json:1:1', 'not valid JSON'],
  ['app.json', 'port: 80\n', 'app.json:1:1', 'Rename the file to .yaml'],
  ['app.json', '---\nport: 80\n', 'app.json:1:2', 'it looks like YAML'],
  ['app.json', 'port = 80\n', 'app.json:1:1', 'Rename the file to .toml'],
  ['app.json', '[db.pool]\nmax = 1\n', 'app.json:1:2', 'it looks like TOML'],
  ['app.yaml', 'port: 80\n host: x\n', 'app.yaml:', 'is not valid YAML'],
  ['app.toml', 'port = \n', 'app.toml:', 'is not valid TOML'],
  ['app.json5', '{port: }', 'app.json5:1:8', 'is not valid JSON5'],
  ['app.yaml', 'port: no\n', 'app.yaml:1:7', 'must be an integer, got "no"'],
  ['app.yaml', '- a\n', 'app.yaml:1:1', 'must be a YAML object'],
])('reports what is wrong in %s: %j', (name, text, location, message) => {
  write(name, text);
  let error: unknown;
  try {
    loadConfigSync(definition(name), { ...inputs, cwd: folder });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ConfigError);
  const [issue] = (error as ConfigError).issues;
  expect(`${issue?.message} ${issue?.suggestion}`).toContain(message);
  expect(issue?.origin?.location.startsWith(location)).toBe(true);
});

test('names the package that is not installed', () => {
  expect(() => loadPeer({ name: 'varve-no-such-package', format: 'YAML' })).toThrow(
    expect.objectContaining({
      code: 'UNAVAILABLE',
      issues: [expect.objectContaining({ suggestion: 'Run: npm install varve-no-such-package' })],
    }),
  );
});
