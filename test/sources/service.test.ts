import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Explanation } from '../../src/index.ts';
import { type Folder, folder } from '../folder.ts';
import { dockerVariables, systemdVariables, type Variables } from './environment-files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLE = join(ROOT, 'docs/examples/service');
const KEY = { GREETER_SIGNING__KEY: 'a long secret' };

const deployed = (name: string): string => readFileSync(join(EXAMPLE, 'deploy', name), 'utf8');

/** A copy of the example in a folder of its own, as it would lie on a server. */
function installed(files: Readonly<Record<string, string>> = {}): Folder {
  const place = folder(files);
  for (const name of ['service.mjs', 'varve.config.mjs']) cpSync(join(EXAMPLE, name), join(place.path, name));
  mkdirSync(join(place.path, 'node_modules'));
  symlinkSync(ROOT, join(place.path, 'node_modules', 'varve'), 'junction');
  return place;
}

interface Deployment {
  readonly place?: Folder;
  readonly env?: Variables;
  readonly flags?: readonly string[];
}

interface Service {
  ask(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** What the service says of a setting. */
  explain(key: string): Promise<Explanation>;
  /** What `varve explain` says of it in the same place. */
  told(key: string): unknown;
}

/** Starts the service for real at a port that is free. */
async function started({ place = installed(), env = {}, flags = [] }: Deployment): Promise<Service> {
  const argv = ['-p', '0', ...flags];
  const options = { cwd: place.path, env: { PATH: process.env['PATH'], ...env } };
  const child = spawn(process.execPath, ['service.mjs', ...argv], options);
  onTestFinished(() => ended(child));
  const url = await address(child);
  const ask: Service['ask'] = (path, headers = {}) => fetch(new URL(path, url), { headers });
  return {
    ask,
    explain: async (key) => ((await (await ask('/config')).json()) as Explanation[]).find((one) => one.key === key)!,
    told: (key) => {
      const words = [join(ROOT, 'dist/cli/main.js'), 'explain', key, '--json', '--', ...argv];
      const { stdout, stderr } = spawnSync(process.execPath, words, { ...options, encoding: 'utf8' });
      return stdout === '' ? stderr : JSON.parse(stdout);
    },
  };
}

function address({ stdout, stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += String(chunk);
      const [, url] = /listening at (\S+)\n/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    };
    stdout?.on('data', listen);
    stderr?.on('data', listen);
    stdout?.on('end', () => reject(new Error(`it did not start: ${said}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** Asks the service and the command line where a setting comes from, and expects one answer. */
async function winner(service: Service, key: string): Promise<unknown> {
  const { schemaVersion, ...told } = service.told(key) as Explanation & { schemaVersion: number };
  expect(schemaVersion).toBe(1);
  expect(told).toEqual(await service.explain(key));
  const { value, winner: from, candidates } = told;
  return [value, from?.name, from?.location, candidates[0]?.raw].filter((part) => part !== undefined);
}

describe('the service, deployed by', () => {
  test('plain environment', async () => {
    const env = {
      ...KEY,
      GREETER_GREETING: 'Hi {name}',
      GREETER_ORIGINS: 'https://a.example/,https://b.example/',
      GREETER_LIMITS__NAME_LENGTH: '3',
    };
    const service = await started({ env });
    const hello = await (await service.ask('/hello?name=Annabel')).json();
    expect(hello).toEqual({
      text: 'Hi Ann',
      signature: createHmac('sha256', 'a long secret').update('Hi Ann').digest('hex'),
    });
    const allowed = await service.ask('/hello', { origin: 'https://b.example/' });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://b.example/');
    expect(await winner(service, 'greeting')).toEqual(['Hi {name}', 'GREETER_GREETING', 'process.env', 'Hi {name}']);
    expect(await winner(service, 'limits')).toEqual([
      { perMinute: 60, nameLength: 3 },
      'GREETER_LIMITS__NAME_LENGTH',
      'process.env',
      '3',
    ]);
    expect(await winner(service, 'signing.key')).toEqual([
      '********',
      'GREETER_SIGNING__KEY',
      'process.env',
      '********',
    ]);
    expect(await winner(service, 'http.port')).toEqual([0, '-p', 'command line', '0']);
  });

  test('.env files', async () => {
    const place = installed({ '.env': deployed('dotenv'), '.env.production': 'GREETER_LIMITS__PER_MINUTE=6\n' });
    const service = await started({ place, env: { NODE_ENV: 'production', GREETER_LOG__LEVEL: 'info' } });
    expect(((await (await service.ask('/hello')).json()) as { text: string }).text).toBe('Hello,\nworld!');
    expect(await winner(service, 'greeting')).toEqual([
      'Hello,\n{name}!',
      'GREETER_GREETING',
      '.env:3',
      'Hello,\n{name}!',
    ]);
    expect(await winner(service, 'signing.key')).toEqual(['********', 'GREETER_SIGNING__KEY', '.env:2', '********']);
    expect(await winner(service, 'log.level')).toEqual(['info', 'GREETER_LOG__LEVEL', 'process.env', 'info']);
    expect(await winner(service, 'limits')).toEqual([
      { perMinute: 6, nameLength: 40 },
      'GREETER_LIMITS__PER_MINUTE',
      '.env.production:1',
      '6',
    ]);
  });

  test('mounted secrets', async () => {
    const place = installed({ 'run/secrets/signing-key': 'a long secret\n' });
    const service = await started({ place, env: { GREETER_SIGNING__KEY_FILE: 'run/secrets/signing-key' } });
    const { text, signature } = (await (await service.ask('/hello')).json()) as { text: string; signature: string };
    expect(signature).toBe(createHmac('sha256', 'a long secret').update(text).digest('hex'));
    expect(await winner(service, 'signing.key')).toEqual([
      '********',
      'GREETER_SIGNING__KEY_FILE',
      'run/secrets/signing-key',
      '********',
    ]);
  });

  test('flags', async () => {
    const flags = [
      '--greeting',
      '-{name}-',
      '--no-log.requests',
      '--limits.perMinute=1e2',
      '--set',
      'log.level=debug',
      '--origins=https://a.example/',
    ];
    const service = await started({ env: { ...KEY, GREETER_GREETING: 'Hi', GREETER_LOG__REQUESTS: '1' }, flags });
    expect(await winner(service, 'greeting')).toEqual(['-{name}-', '--greeting', 'command line', '-{name}-']);
    expect(await service.explain('greeting')).toMatchObject({ without: { layer: 'env', value: 'Hi' } });
    expect(await winner(service, 'log.requests')).toEqual([false, '--no-log.requests', 'command line', 'false']);
    expect(await winner(service, 'limits')).toEqual([
      { perMinute: 100, nameLength: 40 },
      '--limits.perMinute',
      'command line',
      '1e2',
    ]);
    expect(await winner(service, 'log.level')).toEqual(['debug', '--set log.level', 'command line', 'debug']);
  });

  test('a systemd EnvironmentFile', async () => {
    const place = installed({ 'signing-key': 'a long secret' });
    const unit = deployed('greeter.service').replaceAll('%d', place.path);
    const [, name = '', value = ''] = /^Environment=(\w+)=(.*)$/m.exec(unit) ?? [];
    const service = await started({ place, env: { ...systemdVariables(deployed('greeter.env')), [name]: value } });
    expect(await winner(service, 'greeting')).toEqual([
      'Good day, "{name}"',
      'GREETER_GREETING',
      'process.env',
      'Good day, "{name}"',
    ]);
    expect((await service.explain('origins')).value).toEqual(['https://a.example/', 'https://b.example/']);
    expect((await service.explain('limits')).value).toEqual({ perMinute: 30, nameLength: 40 });
    expect((await service.explain('log.requests')).value).toBe(true);
    expect(await winner(service, 'signing.key')).toEqual([
      '********',
      'GREETER_SIGNING__KEY_FILE',
      'signing-key',
      '********',
    ]);
  });

  test('docker --env-file', async () => {
    const service = await started({
      env: { ...dockerVariables(deployed('docker.env'), KEY), GREETER_HTTP__HOST: '127.0.0.1' },
    });
    expect(await winner(service, 'greeting')).toEqual([
      'Hello, {name} # from docker',
      'GREETER_GREETING',
      'process.env',
      'Hello, {name} # from docker',
    ]);
    expect((await service.explain('origins')).value).toEqual(['https://a.example/', 'https://b.example/']);
    expect(await winner(service, 'signing.key')).toEqual([
      '********',
      'GREETER_SIGNING__KEY',
      'process.env',
      '********',
    ]);
  });

  test('a file with a former key', async () => {
    const place = installed({ 'greeter.json': '{\n  "log_level": "error",\n  "greeting": "Hi"\n}\n' });
    const service = await started({ place, env: KEY, flags: ['--log.level=info'] });
    expect(await service.explain('log.level')).toMatchObject({
      value: 'info',
      without: { layer: 'file', value: 'error' },
    });
    expect(await winner(service, 'greeting')).toEqual(['Hi', 'greeting', 'greeter.json:3:15']);
  });
});

describe('the service does not start, and tells everything at once', () => {
  const failed = ({ place = installed(), env = {}, flags = [] }: Deployment): readonly [number | null, string] => {
    const options = { cwd: place.path, env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync(process.execPath, ['service.mjs', ...flags], options);
    return [status, stderr.trimEnd().replace(/ +/g, ' ')];
  };

  test('without its secret', () => {
    expect(failed({})).toEqual([
      78,
      'signing.key: is required, and no layer gives it. Set GREETER_SIGNING__KEY, or GREETER_SIGNING__KEY_FILE to a file that holds it.',
    ]);
  });

  test('with mistakes in every layer', () => {
    const env = {
      GREETER_SIGNING__KEY_FILE: 'gone',
      GREETER_HTPP__PORT: '80',
      GREETER_LIMITS: '60',
      GREETER_ORIGINS: 'a.example',
    };
    const [status, told] = failed({ env, flags: ['--log.levle=debug', '-p', '80x'] });
    expect(status).toBe(78);
    expect(told).toMatch(/^6 problems in the configuration of greeter:/);
    for (const part of [
      'signing.key must name a file that exists env GREETER_SIGNING__KEY_FILE',
      'GREETER_HTPP__PORT matches no setting env GREETER_HTPP__PORT Did you mean GREETER_HTTP__PORT?',
      'limits must be a JSON object, got "60" env GREETER_LIMITS',
      'env GREETER_ORIGINS',
      '--log.levle is not a setting flag --log.levle Did you mean --log.level?',
      'http.port must be an integer, got "80x" flag -p',
    ])
      expect(told).toContain(part);
  });
});

describe('one line, read in three ways', () => {
  const line = 'GREETER_GREETING="Hello" # hi\n';

  test.each([
    ['.env', line, 'Hello', '.env:1'],
    ['systemd', systemdVariables(line), 'Hello# hi', 'process.env'],
    ['docker', dockerVariables(line, {}), '"Hello" # hi', 'process.env'],
  ])('%s', (_, given, value, location) => {
    const place = installed(typeof given === 'string' ? { '.env': given } : {});
    const env = { PATH: process.env['PATH'], ...KEY, ...(typeof given === 'string' ? {} : given) };
    const words = [join(ROOT, 'dist/cli/main.js'), 'explain', 'greeting', '--json'];
    const { stdout } = spawnSync(process.execPath, words, { cwd: place.path, env, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ value, winner: { location }, candidates: [{ raw: value }, {}] });
  });
});
