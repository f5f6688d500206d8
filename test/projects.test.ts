import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { skipLoudly } from './faults/harness/skip.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const isAsked = process.env['VARVE_PROJECTS'] === '1';

/** A fresh project of some kind: npm installs the packed package and these, and then its own test command has to pass. */
interface Project {
  readonly packages: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** For `sh -e`; `$VARVE` is the packed package. */
  readonly command: string;
}

/** The files of an example, by where the project has them. */
function example(name: string, to = '.'): Readonly<Record<string, string>> {
  const from = join(root, 'docs/examples', name);
  const paths = readdirSync(from, { recursive: true }).map(String);
  const files = paths.filter((path) => statSync(join(from, path)).isFile());
  return Object.fromEntries(files.map((path) => [join(to, path), readFileSync(join(from, path), 'utf8')]));
}

const SETTINGS = `
import { defineConfig } from 'varve';

export const definition = defineConfig({
  name: 'greeter',
  envPrefix: 'GREETER',
  settings: { port: { format: 'port', default: 3000 }, timeout: { format: 'duration', default: '1s' } },
});
`;

const SETTINGS_TEST = `
import { ConfigError, loadConfigSync } from 'varve';
import { configCommand } from 'varve/cli';
import { etcd } from 'varve/etcd';
import { inspector } from 'varve/inspector';
import { serveConfig } from 'varve/mcp';
import { postgresStore } from 'varve/postgres';
import { getConfigValue } from 'varve/recursive-learning';
import { definition } from './settings';

test('values are typed and checked', () => {
  const config = loadConfigSync(definition, { env: { GREETER_PORT: '8080' }, argv: [] });
  expect([config.values.port, config.values.timeout]).toEqual([8080, 1000]);
});

test('a mistake is a ConfigError, in every path of the package', () => {
  expect(() => loadConfigSync(definition, { env: { GREETER_PORT: '80a' }, argv: [] })).toThrow(ConfigError);
  expect(() => etcd({ endpoints: [], key: 'app' })).toThrow(ConfigError);
  expect([typeof configCommand, typeof getConfigValue]).toEqual(['function', 'function']);
});

test('stores load their clients', async () => {
  const stores = [
    etcd({ endpoints: ['http://127.0.0.1:1'], key: 'app' }),
    postgresStore({ connection: 'postgres://127.0.0.1:1/app', name: 'app' }),
  ];
  for (const store of stores) {
    await expect(store.read()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.not.stringContaining('installed') });
    await store.close();
  }
}, 30000);

test('the inspector and the server for assistants load their packages', async () => {
  const inspect = inspector(loadConfigSync(definition, { env: {}, argv: [] }));
  expect((await inspect(new Request('http://localhost/config/'))).status).toBe(200);
  const transport = { start: async () => undefined, send: async () => undefined, close: async () => undefined };
  const served = await serveConfig(definition, { env: {}, argv: [], transport });
  await served.close();
});
`;

const TS_JEST = {
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      module: 'commonjs',
      moduleResolution: 'node10',
      target: 'es2022',
      strict: true,
      types: ['jest'],
    },
  }),
  'jest.config.js': "module.exports = { preset: 'ts-jest' };\n",
  'settings.ts': SETTINGS,
  'settings.test.ts': SETTINGS_TEST,
};

/** What the stores, the inspector and the server for assistants need. */
const CLIENTS = ['@grpc/grpc-js@1', 'pg@8', '@types/pg@8', 'hono@4', '@modelcontextprotocol/server@2'];

const LAMBDA = `
import { loadConfigSync } from 'varve';
import { definition } from './settings';

const config = loadConfigSync(definition);

export async function handler() {
  return { statusCode: 200, body: String(config.values.port) };
}
`;

const CALL = "require('./OUT').handler().then(({ body }) => { if (body !== '8080') throw new Error(body); });\n";

const PROJECTS: Readonly<Record<string, Project>> = {
  'ts-jest on Jest 30': {
    packages: ['jest@30', 'ts-jest@29', 'typescript@5', '@types/jest@30', '@types/node@20', ...CLIENTS],
    files: TS_JEST,
    command: 'npx jest',
  },
  'ts-jest on Jest 29': {
    packages: ['jest@29', 'ts-jest@29', 'typescript@5', '@types/jest@29', '@types/node@20', ...CLIENTS],
    files: TS_JEST,
    command: 'npx jest',
  },
  'babel-jest': {
    packages: ['jest@30', 'babel-jest@30', '@babel/core@7', '@babel/preset-env@7', ...CLIENTS],
    files: {
      'babel.config.js': "module.exports = { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] };\n",
      'settings.js': SETTINGS,
      'settings.test.js': SETTINGS_TEST,
    },
    command: 'npx jest',
  },
  'Jest with ES modules': {
    packages: ['jest@30', ...CLIENTS],
    files: {
      'jest.config.mjs': "export default { transform: {}, testMatch: ['**/*.test.mjs'] };\n",
      'settings.mjs': SETTINGS,
      'settings.test.mjs': SETTINGS_TEST.replace("'./settings'", "'./settings.mjs'"),
    },
    command: 'NODE_OPTIONS=--experimental-vm-modules npx jest',
  },
  'nest new': {
    packages: ['@nestjs/cli@11'],
    files: example('nestjs/src', 'example'),
    command: `npx nest new app --skip-git --skip-install --package-manager npm --language ts
      rm app/src/* app/test/* && cp example/* app/src/ && cd app
      npm install --no-audit --no-fund --prefer-offline "$VARVE"
      npm run build
      npm test
      GREETER_SIGNING__KEY=short node dist/main || test $? = 3
      npx varve set greeting=Moin
      test "$(GREETER_SIGNING__KEY='a long secret' npx varve get greeting)" = Moin
      npx varve validate || test $? = 3`,
  },
  Express: {
    packages: ['express@5'],
    files: example('express'),
    command: 'npm test',
  },
  'Next.js, as standalone output': {
    packages: ['next@16', 'react@19', 'react-dom@19', 'typescript@5', '@types/react@19', '@types/node@20'],
    files: example('nextjs'),
    command: 'NEXT_TELEMETRY_DISABLED=1 npm test',
  },
  'two services with a shared definition': {
    packages: ['typescript@5', '@types/node@20'],
    files: example('monorepo'),
    command: `npx tsc -b api worker
      test "$(API_LOG__LEVEL=debug node api/dist/index.js)" = 'debug 3000'
      test "$(WORKER_JOBS=4 node worker/dist/index.js)" = 'info 4'`,
  },
  'a handler in one file, bundled by esbuild': {
    packages: ['esbuild@0', 'typescript@5'],
    files: { 'settings.ts': SETTINGS, 'handler.ts': LAMBDA, 'call.cjs': CALL.replace('OUT', 'out/handler.cjs') },
    command:
      'npx esbuild handler.ts --bundle --platform=node --format=cjs --outfile=out/handler.cjs && mv node_modules away && GREETER_PORT=8080 node call.cjs',
  },
  // The injection is that of Linux; docs/examples/executable says what others need.
  ...(process.platform === 'linux' && {
    'a single executable': {
      packages: ['esbuild@0', 'postject@^1.0.0-alpha.6'],
      files: example('executable'),
      command: `npm run build && mv node_modules away
        test "$(TOOL_PORT=8080 out/tool --tags a,b)" = '{"port":8080,"tags":["a","b"]} TOOL_PORT'`,
    },
  }),
  'a server, bundled by Vite': {
    packages: ['vite@7'],
    files: {
      'settings.ts': SETTINGS,
      'handler.ts': LAMBDA,
      'vite.config.mjs':
        "export default { build: { ssr: 'handler.ts' }, ssr: { noExternal: true, target: 'node' } };\n",
      'call.mjs': `import { handler } from './dist/handler.js';\nif ((await handler()).body !== '8080') throw new Error('wrong');\n`,
      'package.json': '{ "private": true, "type": "module" }',
    },
    command: 'npx vite build && mv node_modules away && GREETER_PORT=8080 node call.mjs',
  },
};

let tarball: string;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'varve-projects-'));
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }));
  tarball = join(folder, filename);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }), 300_000);

test.for(Object.entries(PROJECTS))(
  'varve works in a project with %s',
  { timeout: 600_000 },
  ([name, { packages, files, command }], context) => {
    if (!isAsked) skipLoudly(context, 'it installs hundreds of packages; VARVE_PROJECTS=1 runs it');
    const path = join(folder, name.replaceAll(/\W+/g, '-'));
    for (const [file, text] of Object.entries({ 'package.json': '{ "private": true }', ...files })) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    }
    const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...packages];
    const installed = spawnSync('npm', install, { cwd: path, encoding: 'utf8', timeout: 240_000 });
    expect(installed.status, installed.stderr).toBe(0);
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], CI: '1', VARVE: tarball };
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', command], { cwd: path, env, encoding: 'utf8' });
    expect(status, `${stdout}${stderr}`).toBe(0);
  },
);
