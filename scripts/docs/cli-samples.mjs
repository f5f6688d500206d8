// What the commands print, for the page of the command line. Each command runs in a folder of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createJiti } from 'jiti';

const { runCommandLine } = await createJiti(import.meta.url).import('../../src/cli/program.ts');

/** The definition that the samples use; the page shows it. */
export const DEFINITION = `import { defineConfig } from 'varve';

export default defineConfig({
  name: 'shop',
  file: 'shop.json',
  envPrefix: 'SHOP',
  settings: {
    port: { doc: 'Port of the server', format: 'port', default: 8080 },
    log: { level: { doc: 'Lowest level that is logged', format: ['debug', 'info', 'warn'], default: 'info' } },
    db: {
      pool: { doc: 'Connections to the database', format: 'nat', max: 100, default: 10 },
      password: { doc: 'Password of the database', format: String, sensitive: true, default: 'postgres' },
    },
  },
});
`;

/** The file layer that the samples begin with; the page shows it. */
export const FILE = `{
  "log": { "level": "debug" },
  "db": { "pool": 20 }
}
`;

/** A store that keeps its history in memory: what `log` and `rollback` need, without a server. */
const HISTORY = `
const states = [
  { text: '{ "db": { "pool": 30 } }', revision: '2', by: 'ben', at: '2026-05-02T09:30:00Z' },
  { text: '{ "db": { "pool": 20 } }', revision: '1', by: 'anna', at: '2026-05-01T08:00:00Z', note: 'more traffic' },
];
export const store = {
  name: 'apps/shop',
  read: async () => states[0],
  write: async (text, { by, note }) => {
    const revision = String(states.length + 1);
    states.unshift({ text, revision, by, note, at: '2026-05-03T10:00:00Z' });
    return { ok: true, revision };
  },
  watch: () => ({ close: async () => {} }),
  close: async () => {},
  history: async ({ before, limit }) => {
    const at = before === undefined ? 0 : states.findIndex(({ revision }) => revision === before) + 1;
    return states.slice(at, at + limit);
  },
};
`;
const WITH_HISTORY = {
  'store.mjs': HISTORY,
  'varve.config.mjs': DEFINITION.replace(
    "from 'varve';",
    "from 'varve';\nimport { store } from './store.mjs';",
  ).replace("file: 'shop.json',", 'store,'),
};
const WITH_POSTGRES = {
  'varve.config.mjs': DEFINITION.replace(
    "from 'varve';",
    "from 'varve';\nimport { postgresStore } from 'varve/postgres';",
  ).replace(
    "file: 'shop.json',",
    "store: postgresStore({ connection: 'postgres://db.example/shop', name: 'apps/shop' }),",
  ),
};

/** Of each command: lines to run one after the other; `files` to write first; `lines` to show, where the output is long. */
const SAMPLES = {
  init: {
    run: ['varve init --name shop --language js', 'varve list'],
    files: { 'varve.config.mjs': undefined, 'shop.json': undefined },
  },
  list: { run: ['SHOP_DB__POOL=30 varve list', 'varve list --modified --prefix log'] },
  get: { run: ['varve get db.pool', 'varve get log --json', 'varve get db.pol'] },
  explain: { run: ['SHOP_DB__POOL=30 varve explain db.pool'] },
  set: {
    run: [
      'varve set log.level=info db.pool=25',
      'SHOP_DB__POOL=30 varve set db.pool 40',
      'varve set db.pool 500',
      'varve set port 80 --dry-run',
    ],
  },
  unset: { run: ['varve unset db.pool'] },
  edit: { run: ['varve edit db.pool'] },
  reset: { run: ['varve reset db.pool', 'varve reset --all --yes'] },
  diff: { run: ['varve diff'] },
  log: { run: ['varve log'], files: WITH_HISTORY },
  rollback: { run: ['varve rollback 1 --yes --by carl'], files: WITH_HISTORY },
  store: { run: ['varve store init --sql'], files: WITH_POSTGRES, lines: 6 },
  validate: { run: ['varve validate', 'SHOP_PORT=80a SHOP_LOG__LEVEL=inf varve validate'] },
  doctor: { run: ['varve doctor'] },
  export: { run: ['varve export --format shell'] },
  docs: { run: ['varve docs --format env'] },
  schema: { run: ['varve schema -o shop.schema.json', 'varve schema'], lines: 12 },
  contract: {
    run: ['varve contract --against v1.mjs'],
    files: {
      'v1.mjs': DEFINITION.replace("'debug', 'info', 'warn'", "'debug', 'info', 'warn', 'error'")
        .replace('max: 100, default: 10', 'default: 5')
        .replace("port: { doc: 'Port of the server', format: 'port', default: 8080 },", 'port: 80, host: "::",'),
    },
  },
  run: {
    run: [`varve run --set db.pool=7 -- sh -c 'echo "$SHOP_DB__POOL connections, log level $SHOP_LOG__LEVEL"'`],
    process: true,
  },
  sweep: {
    // The supervisor of a run is a program of the built package.
    process: true,
    run: [
      `varve sweep --db.pool 10,20 -- sh -c 'echo "{ \\"seconds\\": $SHOP_DB__POOL }" > $VARVE_RUN_FOLDER/result.json'`,
      'varve sweep status',
      'varve sweep results',
    ],
  },
  ui: { run: ['varve ui'], process: true, until: /works once/ },
  mcp: { run: ['varve mcp --print-config'] },
  completion: { run: ['varve completion bash'], lines: 2 },
};

/** The samples of a command as a block of a page. */
export async function sampleOf(name, root) {
  const sample = SAMPLES[name];
  if (sample === undefined)
    throw new Error(`varve ${name} has no sample: add one to SAMPLES in scripts/docs/cli-samples.mjs`);
  const folder = project({ 'varve.config.mjs': DEFINITION, 'shop.json': FILE, ...sample.files }, root);
  try {
    const shown = [];
    for (const line of sample.run) {
      const { output, code } = await (sample.process
        ? printedByProcess(line, { folder, root, ...sample })
        : printed(line, folder));
      shown.push(`$ ${line}`, ...cut(neutral(output, folder), sample.lines), ...(code ? [`exit ${code}`] : []));
    }
    return `\`\`\`console\n${shown.join('\n')}\n\`\`\``;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function project(files, root) {
  const folder = mkdtempSync(join(tmpdir(), 'varve-sample-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/varve'));
  for (const [name, text] of Object.entries(files)) if (text !== undefined) writeFileSync(join(folder, name), text);
  return folder;
}

const ENVIRONMENT = { PATH: '/usr/bin:/bin', USER: 'anna', NO_COLOR: '1', CI: '1' };

/** The words of a line, variables first; single quotes hold one word together. */
function wordsOf(line) {
  const words = [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
  const at = words.indexOf('varve');
  return { env: Object.fromEntries(words.slice(0, at).map((word) => word.split('='))), argv: words.slice(at + 1) };
}

/** What a line prints on both streams, and its exit code. */
async function printed(line, folder) {
  let output = '';
  const stream = { write: (text) => (output += text) };
  const { env, argv } = wordsOf(line);
  const terminal = {
    env: { ...ENVIRONMENT, ...env },
    cwd: folder,
    stdout: stream,
    stderr: stream,
    stdin: Readable.from([]),
  };
  const code = await runCommandLine(argv, terminal);
  return { output, code };
}

/** The same by a process of its own, for a command whose child prints, or that is stopped once it has printed `until`. */
function printedByProcess(line, { folder, root, until }) {
  const { env, argv } = wordsOf(line);
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...argv], {
    cwd: folder,
    env: { ...ENVIRONMENT, ...env },
  });
  return new Promise((resolve) => {
    let output = '';
    const add = (text) => {
      output += text;
      if (until?.test(output)) child.kill();
    };
    child.stdout.setEncoding('utf8').on('data', add);
    child.stderr.setEncoding('utf8').on('data', add);
    child.on('close', (code) => resolve({ output, code: until === undefined ? code : 0 }));
  });
}

/** An output without what differs between machines and runs. */
const neutral = (output, folder) =>
  output
    .replaceAll(folder, '/home/anna/shop')
    .replace(/127\.0\.0\.1:\d+\/\?token=[\w-]+/, '127.0.0.1:40321/?token=5dY…')
    .replaceAll(/\b\d+(\.\d+)? ?m?s\b/g, '0.1 s')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z/g, '2026-05-03T10:00:00.000Z')
    .trimEnd();

function cut(output, lines = Number.POSITIVE_INFINITY) {
  const all = output.split('\n');
  return all.length <= lines ? all : [...all.slice(0, lines), '…'];
}
