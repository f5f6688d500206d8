import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { describeSettings } from '../../src/tools.ts';
import { skipLoudly } from '../faults/harness/skip.ts';
import { folder } from '../folder.ts';
import { FILES, golden, VARVE } from './golden.ts';
import { Shell } from './shell.ts';

/** Values that one of the formats would change, cut or refuse, if it were not quoted by that format's rules. */
const HOSTILE = {
  plain: 'spx_close',
  empty: '',
  spaces: '  two  ',
  hash: 'a # b',
  single: "it's",
  double: 'say "x"',
  both: `'"`,
  ticks: 'a `b` c',
  all: '\'"` $(id) # x',
  dollar: '$HOME $(id) $$',
  percent: '100% %d %%',
  backslash: 'C:\\new\\table\\',
  equals: 'a=b=c',
  newline: 'first\nsecond\n',
  literal_n: 'not\\na newline',
  unicode: 'Gebühr 日本 🎉 \u2028',
  yes: 'yes',
  null_text: 'null',
  number: '007',
  tab: 'a\tb',
  pipe: 'a|b <b>x</b> *y* [z](w)',
  colon: 'a: b, - c {d}',
} as const;

const SETTINGS = {
  ...Object.fromEntries(
    Object.entries(HOSTILE).map(([name, value]) => [name, { doc: `${value}`, format: 'String', default: value }]),
  ),
  list: { format: 'Array', default: ['a b', '"c"'] },
  labels: { format: 'Object', default: { team: 'r#l' } },
  limit: { format: 'nat', nullable: true, default: null },
  wait: { format: 'duration', default: '90s' },
  secret: { format: 'String', sensitive: true, default: 'very-secret' },
  needed: { format: 'String', default: null },
  hidden: { format: 'String', env: false, default: 'x' },
} as const;

const definition = defineConfig({ name: 'Hostile Values', envPrefix: 'H', settings: SETTINGS as never });
const DEFINITION_TEXT = `export default ${JSON.stringify({ name: 'Hostile Values', envPrefix: 'H', settings: SETTINGS })};\n`;

/** What every variable of the definition has to read back as: the default in a text that means it. */
const EXPECTED = Object.fromEntries(
  describeSettings(definition).flatMap(({ variable, defaultText }) =>
    variable === undefined || defaultText === undefined ? [] : [[variable, defaultText]],
  ),
);

async function docs(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Shell({ 'varve.config.mjs': DEFINITION_TEXT }).run(['docs', ...argv]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).not.toContain('very-secret');
  return stdout;
}

/** Without what the format says it cannot hold. */
function expected(...without: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(EXPECTED).filter(([name]) => !without.includes(name)));
}

test('what the definition expects holds the values as they are', () => {
  expect(EXPECTED).toMatchObject({
    H_NEWLINE: HOSTILE.newline,
    H_LIMIT: 'null',
    H_WAIT: '90s',
    H_LIST: '["a b","\\"c\\""]',
  });
  expect(Object.keys(EXPECTED)).not.toContain('H_SECRET');
  const { values } = loadConfigSync(definition, { argv: [], env: { ...EXPECTED, H_NEEDED: 'x' } });
  expect(values).toMatchObject(HOSTILE);
});

test('an .env.example is read back by dotenv', async () => {
  const text = await docs('--format', 'env');
  const uncommented = text.replace(/^#(?=H_)/gm, '');
  const { H_NEEDED, H_SECRET, ...variables } = parseDotenv(uncommented);
  expect([H_NEEDED, H_SECRET]).toEqual(['', '']);
  // A line has no way to quote all three kinds of quotes.
  expect(variables).toEqual(expected('H_ALL'));
  expect(text).toContain('# no line of a .env file can hold it');
  expect(Object.keys(parseDotenv(text))).toEqual(['H_NEEDED']);
});

test('an .env.example has the defaults of members of a group by name', async () => {
  const definition = `import { defineConfig, each } from '${VARVE}';
    const member = { user: { format: String, default: 'a b' }, pool: 10, url: { format: 'url', default: null } };
    export default defineConfig({ name: 'app', envPrefix: 'APP', settings: { databases: each(member) } });`;
  const { stdout } = await new Shell({ 'varve.config.mjs': definition }).run(['docs', '--format', 'env']);
  expect(stdout.match(/^#?APP_.*/gm)).toEqual([
    "#APP_DATABASES__*__USER='a b'",
    '#APP_DATABASES__*__POOL=10',
    '#APP_DATABASES__*__URL=',
  ]);
});

test('an .env.example copied to .env masks nothing', async () => {
  const files = folder({ '.env': await docs('--format', 'env') });
  const file = { ...definition, dotenv: true, file: 'app.json' } as const;
  files.write('app.json', '{ "plain": "mine" }');
  const config = loadConfigSync(file, { argv: [], env: {}, cwd: files.path, invalid: 'report' });
  expect(
    config
      .explainAll()
      .filter(({ winner }) => winner?.layer === 'env')
      .map(({ key }) => key),
  ).toEqual([]);
});

test('a ConfigMap and its Secret are read back by a YAML parser, of version 1.1 too', async () => {
  const text = await docs('--format', 'configmap');
  const secrets = await docs('--format', 'secret');
  expect([text.includes('H_SECRET'), secrets.includes('H_PLAIN')]).toEqual([false, false]);
  const uncommented = text.replace(/^ {2}# (?="?H_)/gm, '  ');
  const uncommentedSecrets = secrets.replace(/^ {2}# (?="?H_)/gm, '  ');
  for (const version of ['1.1', '1.2'] as const) {
    const documents = [uncommented, uncommentedSecrets].flatMap((one) => parseAllDocuments(one, { version }));
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    const [map, secret] = documents.map((document) => document.toJS());
    expect(parseAllDocuments(text, { version })[0]?.toJS().data).toEqual({ H_NEEDED: '' });
    expect(map).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'hostile-values' },
      data: { ...EXPECTED, H_NEEDED: '' },
    });
    expect(secret).toMatchObject({ kind: 'Secret', type: 'Opaque', stringData: { H_SECRET: '' } });
  }
});

/** `docker run --env-file`, as its command line reads it: no quotes, no escapes; blank lines and `#` at the start are skipped. */
function readDockerEnvFile(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const left = line.replace(/^[ \t]+/, '');
    if (left === '' || left.startsWith('#')) continue;
    const at = left.indexOf('=');
    expect(left.slice(0, at)).toMatch(/^[^\s]+$/);
    variables[left.slice(0, at)] = left.slice(at + 1);
  }
  return variables;
}

test('a docker env file is read back by its rules', async () => {
  const text = await docs('--format', 'docker');
  expect(readDockerEnvFile(text)).toEqual({ H_NEEDED: '' });
  const { H_SECRET_FILE: _, ...variables } = readDockerEnvFile(text.replace(/^#(?=H_)/gm, ''));
  expect(variables).toEqual({ ...expected('H_NEWLINE'), H_NEEDED: '' });
  expect(text).toContain('cannot hold the line breaks');
  expect(text).toContain('#H_SECRET_FILE=/run/secrets/secret');
});

/** The assignments of `Environment=` lines by systemd.syntax(7): quotes, C escapes, doubled percent signs. */
function readEnvironmentLines(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [, quoted = ''] of text.matchAll(/^Environment="((?:[^"\\]|\\.)*)"$/gm)) {
    const escapes: Record<string, string> = { n: '\n', t: '\t', '\\': '\\', '"': '"' };
    const plain = quoted
      .replace(/\\(?:u(.{4})|U(.{8})|(.))/g, (_, short: string, long: string, letter: string) =>
        letter === undefined ? String.fromCodePoint(Number.parseInt(short ?? long, 16)) : (escapes[letter] ?? '?'),
      )
      .replace(/%%/g, '%');
    variables[plain.slice(0, plain.indexOf('='))] = plain.slice(plain.indexOf('=') + 1);
  }
  return variables;
}

test('a systemd drop-in is read back by its rules', async () => {
  const text = await docs('--format', 'systemd');
  expect(readEnvironmentLines(text)).toEqual({ H_NEEDED: '' });
  const { H_SECRET_FILE: _, ...variables } = readEnvironmentLines(text.replace(/^#(?=Environment=)/gm, ''));
  expect(variables).toEqual({ ...EXPECTED, H_NEEDED: '' });
  expect(text).toContain('#Environment="H_SECRET_FILE=%d/secret"');
});

test('systemd itself finds nothing wrong with the drop-in', async (context) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) skipLoudly(context, 'systemd-analyze is not here');
  const units = folder({
    'hostile.service': '[Service]\nType=oneshot\nExecStart=/bin/true\n',
    'hostile.service.d/varve.conf': (await docs('--format', 'systemd')).replace(/^#(?=Environment=)/gm, ''),
  });
  const path = join(units.path, 'hostile.service');
  const verify = (): string => spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' }).stderr;
  expect(verify()).not.toContain('varve.conf');
  writeFileSync(join(units.path, 'hostile.service.d/varve.conf'), '[Service]\nEnvironment="H_A=\\q\n');
  expect(verify()).toContain('varve.conf');
});

describe('the Markdown reference', () => {
  const cells = (token: Token): readonly Tokens.TableCell[][] =>
    token.type === 'table' ? (token as Tokens.Table).rows : [];
  const text = (cell: Tokens.TableCell | undefined): string =>
    (cell?.tokens ?? [])
      .map((token) =>
        token.type === 'codespan'
          ? token.text
          : token.type === 'html'
            ? '\n'
            : ((token as { text?: string }).text ?? ''),
      )
      .join('');

  test('has a row for every setting, whose cells a Markdown parser reads back', async () => {
    const rows = marked.lexer(await docs()).flatMap(cells);
    const byKey = new Map(rows.map((row) => [text(row[0]), row]));
    expect([...byKey.keys()]).toEqual(Object.keys(SETTINGS));
    for (const [name, value] of Object.entries(HOSTILE)) {
      const row = byKey.get(name);
      expect(row).toHaveLength(6);
      const shown = /^[^\r\n\u2028]+$/.test(value) ? value : JSON.stringify(value).replace('\u2028', '\\u2028');
      expect(text(row?.[2])).toBe(shown.replace(/^ (.*) $/, ' $1 '));
      expect(text(row?.[3])).toBe(`H_${name.toUpperCase()}`);
    }
    expect([text(byKey.get('secret')?.[2]), text(byKey.get('needed')?.[2])]).toEqual(['secret', 'required']);
  });
});

test('any text survives each format that can hold it', async () => {
  const { dotenvLine } = await import('../../src/cli/docs/dotenv.ts');
  const { environmentLine } = await import('../../src/cli/docs/systemd.ts');
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab \'"`\\#$%=\n\r\tn', 'é', '日') }), (value) => {
      const line = dotenvLine('X', value);
      const others = ["'# c'", '"# c"', '`# c`', '2'].map((text, i) => `B${i}=${text}`).join('\n');
      if (line !== undefined)
        for (const text of [`A=1\n${line}\n${others}\n`, `${others}\nA=1\n${line}`])
          expect(parseDotenv(text)).toEqual({ A: '1', X: value, B0: '# c', B1: '# c', B2: '# c', B3: '2' });
      const unit = environmentLine('X', value);
      if (unit !== undefined) expect(readEnvironmentLines(unit)).toEqual({ X: value });
    }),
    // A backslash before the last quote, and a next line with quotes.
    { examples: [['\\\\'], ['<\\'], ['# \\'], ['"\\'], ["`'\\"]] },
  );
});

test('a default with characters that a reader does not see is shown by their escapes', async () => {
  const settings = { name: { format: 'String', default: 'a\u202ea\u{e0041}\u3164\u2800 \u2600\ufe0f' } };
  const shell = new Shell({
    'varve.config.mjs': `export default ${JSON.stringify({ name: 'x', settings, envPrefix: 'E' })};\n`,
  });
  const lineOf = async (format: string): Promise<string | undefined> =>
    (await shell.run(['docs', '--format', format])).stdout.split('\n').find((line) => line.includes('E_NAME'));
  expect(await lineOf('systemd')).toBe('#Environment="E_NAME=a\\u202ea\\U000e0041\\u3164\\u2800 \u2600\ufe0f"');
  const escaped =
    '# with characters that a reader does not see: E_NAME=a\\u202ea\\udb40\\udc41\\u3164\\u2800 \u2600\ufe0f';
  expect([await lineOf('docker'), (await lineOf('env'))?.replaceAll("'", '')]).toEqual([escaped, escaped]);
});

test('bash reads the variables of an .env.example the same, where it can', async () => {
  const { dotenvLine } = await import('../../src/cli/docs/dotenv.ts');
  for (const value of [HOSTILE.hash, HOSTILE.dollar, HOSTILE.double, HOSTILE.spaces, `${HOSTILE.backslash}a`]) {
    const script = `${dotenvLine('X', value)}\nprintf %s "$X"`;
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe(value);
  }
  // bash would need quotes, and dotenv takes a backslash before the last one for a part of the value.
  expect(dotenvLine('X', HOSTILE.backslash)).toBe(`X=${HOSTILE.backslash}`);
});

test('docs', () =>
  golden('docs', [
    'docs',
    'docs --format env',
    'docs --format configmap',
    'docs --format secret',
    'docs --format systemd',
    'docs --format docker',
    'docs -o reference.md',
    'docs --output reference.md',
    'docs --check reference.md',
    'docs --check reference.md --json',
    'docs -o reference.md --check',
    (shell) => shell.folder.write('reference.md', 'old\n'),
    'docs --check reference.md',
    'docs --format env --check nowhere',
    'docs -o .env.example',
    'docs --check .env.example',
    'docs --format env --check .env.example',
    'docs -o k8s/config.yaml',
    'docs --format configmap --check k8s/config.yaml',
    'docs -o app.env',
    'docs -o varve.conf',
    'docs --format systemd --check varve.conf',
    'docs --check',
    'docs --format yaml',
    'docs -o env.example',
    'docs -o env.example --format env',
    'docs --check env.example',
    'docs --check env.example --format env',
    'docs -o notes.md.bak',
    'docs --check reference.md .env.example',
    'docs --check reference.md .env.example k8s/config.yaml --json',
    'docs --check .env.example nowhere.yaml',
    'docs -o .env.example reference.md',
  ]));

test('docs of a definition without variables', () =>
  golden('docs-bare', ['docs --format env', 'docs --format configmap', 'docs'], {
    'varve.config.mjs': `import { defineConfig } from '${VARVE}';\nexport default defineConfig({ name: 'bare', settings: { level: 3 } });\n`,
  }));

test('docs never have the values of this machine', async () => {
  const shell = new Shell(FILES);
  for (const format of ['markdown', 'env', 'configmap', 'secret', 'systemd', 'docker']) {
    const { stdout } = await shell.run(['docs', '--format', format], { env: { RL_BATCH_SIZE_DAYS: '777' } });
    expect(stdout).toMatch(format === 'secret' ? /RL_TRACKER__TOKEN: ""/ : /\b30\b/);
    expect(stdout).not.toMatch(/777|very-secret|\b40\b/);
  }
});

test('names and descriptions end no comment, row or line', async () => {
  const evil = 'a\nEVIL=1\r\nEVIL=2\rEVIL=3\u2028EVIL=4\u0085EVIL=5 */ --> """ \u001b[31m\u202e';
  const secret = { format: 'String', sensitive: true, default: '', doc: evil };
  const settings = { [evil]: { doc: evil, format: 'String', default: evil }, [`s${evil}`]: secret };
  const definition = `export default ${JSON.stringify({ name: evil, settings, envPrefix: 'E' })};\n`;
  const shell = new Shell({ 'varve.config.mjs': definition });
  for (const format of ['markdown', 'env', 'configmap', 'systemd', 'docker', 'python']) {
    const { code, stdout } = await shell.run(['docs', '--format', format]);
    const lines = stdout.split(/[\n\r\u2028\u2029]/);
    expect([format, code, lines.filter((line) => line.startsWith('EVIL'))]).toEqual([format, 0, []]);
    const comments = format === 'markdown' ? stdout : lines.filter((line) => line.includes('#')).join('\n');
    expect([format, comments.match(/[^\P{C}\n]/gu)]).toEqual([format, null]);
  }
});
