import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folder } from '../folder.ts';
import { issues, loaded, told } from './loaded.ts';

const settings = { a: { default: 'none' }, b: { default: 'none' }, c: { default: 'none' } };

/** Each variable as it is resolved, with the place it is said to stand in. */
function read(text: string | Buffer): Record<string, readonly [unknown, string | undefined]> {
  const { path } = folder();
  writeFileSync(join(path, '.env'), text);
  const config = loaded({ settings, cwd: path, dotenv: true });
  const found = config.explainAll().filter(({ winner }) => winner?.layer === '.env');
  return Object.fromEntries(found.map(({ key, value, winner }) => [key, [value, winner?.location] as const]));
}

describe('which files are read', () => {
  const files = {
    '.env': 'RL_A=.env',
    '.env.local': 'RL_A=.env.local',
    '.env.staging': 'RL_A=.env.staging',
    '.env.staging.local': 'RL_A=.env.staging.local',
    'config/deploy.env': 'RL_A=config/deploy.env',
  };

  test.each([
    [['.env'], 'staging', '.env'],
    [['.env', '.env.local'], 'staging', '.env.local'],
    [['.env', '.env.local', '.env.staging'], 'staging', '.env.staging'],
    [['.env', '.env.local', '.env.staging', '.env.staging.local'], 'staging', '.env.staging.local'],
    [['.env', '.env.staging', '.env.staging.local'], undefined, '.env'],
    [['.env', '.env.staging', '.env.staging.local'], '', '.env'],
    [['.env', '.env.staging', '.env.staging.local'], 'production', '.env'],
    [[], 'staging', 'none'],
  ])('of %j with NODE_ENV=%s the highest is %s', (names, mode, highest) => {
    const { path, write } = folder();
    for (const name of names) write(name, files[name as keyof typeof files]);
    const config = loaded({ settings, cwd: path, dotenv: true, env: { NODE_ENV: mode } });
    expect(config.get('a')).toBe(highest);
    expect(config.warnings).toEqual([]);
    if (highest !== 'none')
      expect(config.explain('a').winner).toEqual({ layer: highest, name: 'RL_A', location: `${highest}:1` });
  });

  test('none unless the definition says so', () => {
    const { path } = folder(files);
    expect(loaded({ settings, cwd: path }).get('a')).toBe('none');
    expect(loaded({ settings, cwd: path, dotenv: false }).get('a')).toBe('none');
  });

  test('those of a list, later ones over earlier ones; one that is missing is warned of', () => {
    const { path } = folder(files);
    const config = loaded({ settings, cwd: path, dotenv: ['.env.local', 'gone.env', 'config/deploy.env'] });
    expect(config.explain('a').winner?.location).toBe('config/deploy.env:1');
    expect(told(config.warnings)).toEqual(['gone.env does not exist']);
  });

  test('an absolute path keeps its name outside of the working directory', () => {
    const [here, there] = [folder(), folder(files)];
    const file = join(there.path, '.env');
    expect(loaded({ settings, cwd: here.path, dotenv: [file] }).explain('a').winner?.location).toBe(`${file}:1`);
  });

  test('a real variable wins over all of them, an empty one too', () => {
    const { path } = folder(files);
    expect(loaded({ settings, cwd: path, dotenv: true, env: { RL_A: 'real' } }).explain('a').winner?.location).toBe(
      'process.env',
    );
    expect(loaded({ settings, cwd: path, dotenv: true, env: { RL_A: '' } }).get('a')).toBe('');
  });
});

describe('the content of a file', () => {
  test.each<[string, string, string, string]>([
    ['plain', 'RL_A=1.10', '1.10', '.env:1'],
    ['spaces around', '  RL_A =  x y  ', 'x y', '.env:1'],
    ['a colon', 'RL_A: x', 'x', '.env:1'],
    ['export', 'export RL_A=x', 'x', '.env:1'],
    ['export and a tab', '\texport\tRL_A=x', 'x', '.env:1'],
    ['double quotes', 'RL_A="x y"', 'x y', '.env:1'],
    ['escapes in double quotes', 'RL_A="x\\ny\\tz"', 'x\ny\\tz', '.env:1'],
    ['no escapes in single quotes', "RL_A='x\\ny'", 'x\\ny', '.env:1'],
    ['backticks', 'RL_A=`x "y" \'z\'`', 'x "y" \'z\'', '.env:1'],
    ['quotes inside', 'RL_A={"k": "v"}', '{"k": "v"}', '.env:1'],
    ['an inline comment', 'RL_A=x # y', 'x', '.env:1'],
    ['a hash without a space', 'RL_A=x#y', 'x', '.env:1'],
    ['a hash in quotes', 'RL_A="x#y" # z', 'x#y', '.env:1'],
    ['an equals sign', 'RL_A=x=y==', 'x=y==', '.env:1'],
    ['nothing', 'RL_A=', '', '.env:1'],
    ['empty quotes', 'RL_A=""', '', '.env:1'],
    ['spaces in quotes', 'RL_A="  "', '  ', '.env:1'],
    ['a comment before', '# RL_A=no\n\n#\nRL_A=x', 'x', '.env:4'],
    ['CRLF', '# c\r\n\r\nRL_A=x\r\nRL_B=y', 'x', '.env:3'],
    ['CR alone', '# c\rRL_A=x\rRL_B=y', 'x', '.env:2'],
    ['a byte order mark', '\uFEFFRL_A=x', 'x', '.env:1'],
    ['a byte order mark and a comment', '\uFEFF# c\nRL_A=x', 'x', '.env:2'],
    ['twice', 'RL_A=x\nRL_B=y\nRL_A=z\n', 'z', '.env:3'],
    ['several lines', 'RL_B="1\n2\n3"\nRL_A="x\ny"\n', 'x\ny', '.env:4'],
    ['several lines with CRLF', 'RL_A="x\r\ny"', 'x\ny', '.env:1'],
    ['a key', 'RL_A="-----BEGIN-----\nab==\n-----END-----"\nRL_B=x', '-----BEGIN-----\nab==\n-----END-----', '.env:1'],
    ['an assignment inside a value', 'RL_B="\nRL_A=no\n"\nRL_A=x', 'x', '.env:4'],
    ['an assignment inside a later value', 'RL_A=x\nRL_B="\nRL_A=no\n"', 'x', '.env:1'],
    ['its own name inside its value', 'RL_A="\nRL_A=no\n"', '\nRL_A=no\n', '.env:1'],
    ['a quote that is not closed', 'RL_A="x\nRL_B=y', '"x', '.env:1'],
    ['the value on the next line', 'RL_B=y\nRL_A=\n"x"', 'x', '.env:2'],
    ['the equals sign on the next line', 'RL_B=y\nRL_A\n=x', 'x', '.env:2'],
    ['export on a line of its own', 'export\nRL_A=x', 'x', '.env:2'],
    ['a line separator in a value', 'RL_A="x\u2028RL_A=y"', 'x\u2028RL_A=y', '.env:1'],
    ['a number at the end of a name', 'RL_A.3=no\nRL_A=x\n', 'x', '.env:2'],
  ])('%s', (_, text, value, location) => {
    expect(read(text)['a']).toEqual([value, location]);
  });

  test.each([
    ['$(touch pwned)'],
    ['`touch pwned`'],
    ['$\x7bHOME}'],
    ['$RL_B'],
    ['pa$$word'],
    ['$1'],
    ['%PATH%'],
    ['~'],
    ['a\\$b'],
  ])('%s is neither expanded nor executed', (text) => {
    const { path } = folder({ '.env': `RL_B=other\nRL_A='${text}'\nRL_C="${text}"\n` });
    const before = { ...process.env };
    const config = loaded({ settings, cwd: path, dotenv: true });
    expect([config.get('a'), config.get('c')]).toEqual([text, text]);
    expect(readdirSync(path)).toEqual(['.env']);
    expect(process.env).toEqual(before);
  });

  test('nothing in the environment decides how it is parsed', () => {
    const { path } = folder({ '.env': 'RL_A=x', other: 'RL_A=y' });
    const env = {
      DOTENV_PATH: 'other',
      DOTENV_CONFIG_PATH: 'other',
      DOTENV_OVERRIDE: 'true',
      DOTENV_DEBUG: 'true',
      RL_B: 'real',
    };
    expect(loaded({ settings, cwd: path, dotenv: true, env }).values).toEqual({ a: 'x', b: 'real', c: 'none' });
  });

  test('names of Object.prototype change nothing', () => {
    const { path } = folder({ '.env': '__proto__=x\n__proto__.a=y\nconstructor=x\nprototype=y\nRL_A=z\n' });
    expect(loaded({ settings, cwd: path, dotenv: true }).get('a')).toBe('z');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('any text in single or double quotes is the value, with its line', () => {
    const text = fc.array(
      fc.constantFrom('a', ' ', '\n', '=', 'RL_A=', 'export RL_C=', '#', ':', '$', '{', 'ü', '\n\n'),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(text, text, fc.constantFrom('"', "'", '`'), ([...before], [...value], quote) => {
        const [first, second] = [before.join(''), value.join('')];
        expect(read(`RL_B=${quote}${first}${quote}\nRL_A=${quote}${second}${quote}\n`)).toEqual({
          b: [first, '.env:1'],
          a: [second, `.env:${first.split('\n').length + 1}`],
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('a line that is left out', () => {
  const dropped = (text: string): readonly string[] => {
    const { path } = folder({ '.env': text });
    return loaded({ settings, cwd: path, dotenv: true }).warnings.map(({ message }) => message);
  };
  const at = (...lines: readonly number[]): readonly string[] =>
    lines.map((line) => `.env:${line} is not NAME=VALUE and is not read`);

  test.each([
    ['RL_A=1\nnonsense\nRL_B=2', at(2)],
    ['RL_A=1\rnonsense\rRL_B=2', at(2)],
    ['export RL_A\r\n\r\n  no name = 1\r\nRL_B=2\r\n', at(1, 3)],
    ['=1\n"RL_A"=1\n- RL_A=1\n$RL_A=1', at(1, 2, 3, 4)],
    ['RL_A="one\nnonsense\nthree"\nnonsense', at(4)],
    ["RL_A='one\nnonsense'\nRL_B='again\n\nnonsense\n# none\n'\n'", at(8)],
    ['# one\n\n  # two\nRL_A=1 # three\nRL_B: 2\nexport RL_C=3\nrl.x-y=4\n', []],
    ['', []],
  ])('of %j is warned of', (text, warnings) => expect(dropped(text)).toEqual(warnings));

  test.each<[string, string, readonly string[]]>([
    ['ab#cd', 'ab', ['.env:1 RL_A ends before "#", which begins a comment']],
    ['#ff0000', '', ['.env:1 RL_A is empty, because "#" begins a comment']],
    ['https://example.org/x#top', 'https://example.org/x', ['.env:1 RL_A ends before "#", which begins a comment']],
    ['"not closed', '"not closed', ['.env:1 RL_A keeps its opening quote, because nothing ends after the closing one']],
    ['"x"y', '"x"y', ['.env:1 RL_A keeps its opening quote, because nothing ends after the closing one']],
    [`'x' 'y'`, `x' 'y`, ['.env:1 RL_A keeps quotes that are inside the outer ones']],
    ['"say \\"x\\""', 'say \\"x\\"', ['.env:1 RL_A keeps the backslash before a quote']],
    [`"it's"`, "it's", []],
    ['"ab#cd"', 'ab#cd', []],
    ['ab # cd', 'ab', []],
    ['ab #cd#ef', 'ab', []],
    ["'it is' # 'quoted'", 'it is', []],
    ['"', '"', ['.env:1 RL_A keeps its opening quote, because nothing ends after the closing one']],
    [' "x"y', '"x"y', ['.env:1 RL_A keeps its opening quote, because nothing ends after the closing one']],
    ['{"k":"v"}', '{"k":"v"}', []],
  ])('RL_A=%s gives %j', (text, value, warnings) => {
    const { path } = folder({ '.env': `RL_A=${text}` });
    const config = loaded({ settings, cwd: path, dotenv: true });
    expect(config.get('a')).toBe(value);
    expect(config.warnings.map(({ message }) => message)).toEqual(warnings);
  });

  test.each([
    ['export RL_A="x"y', ['.env:1 RL_A keeps its opening quote, because nothing ends after the closing one']],
    ['RL_B=plain\nRL_A="x"y', ['.env:2 RL_A keeps its opening quote, because nothing ends after the closing one']],
    ['RL_B=plain\rRL_A=ab#cd', ['.env:2 RL_A ends before "#", which begins a comment']],
    ['RL_B=plain\rRL_A=1\rRL_A=2', ['RL_A is also set in line 2: the last one counts']],
  ])('is not one that is read in another way than it looks: %j', (text, warnings) =>
    expect(dropped(text)).toEqual(warnings),
  );

  test.each<[string, (i: number) => string, string]>([
    [
      'names that are set more than once',
      (i) => `RL_X${i}=1\nRL_X${i}=2\n`,
      'RL_X1 is also set in line 1: the last one counts',
    ],
    [
      'values that differ from their lines',
      (i) => `RL_X${i}=a#b\n`,
      '.env:1 RL_X1 ends before "#", which begins a comment',
    ],
  ])('as %s, 20 are listed and the others counted', (what, line, first) => {
    const all = (count: number) => dropped(Array.from({ length: count }, (_, i) => line(i + 1)).join(''));
    const found = (count: number) => all(count).filter((message) => !message.includes('matches no setting'));
    expect(found(1)).toEqual([first]);
    expect(found(20)).toHaveLength(20);
    expect(found(22)).toHaveLength(21);
    expect(found(22).at(-1)).toBe(`.env has 2 more ${what}`);
  });

  test('does not show its content', () => {
    const [first, ...others] = dropped(`${'very secret\n'.repeat(30)}`);
    expect([first, ...others].join('\n')).not.toContain('very');
    expect(others.at(-1)).toBe('.env has 10 more lines that are not read');
  });
});

describe('a file that cannot be read', () => {
  test.each<[string, (path: string) => void, RegExp]>([
    ['a folder', (path) => mkdirSync(path), /^\.env cannot be read: it is a folder/],
    [
      'Latin-1',
      (path) => writeFileSync(path, Buffer.from('RL_A=\xe4', 'latin1')),
      /^\.env is not UTF-8 text \| Save it as UTF-8\.$/,
    ],
    [
      'UTF-16, as PowerShell writes it',
      (path) => writeFileSync(path, Buffer.from('\uFEFFRL_A=x', 'utf16le')),
      /^\.env is not UTF-8 text/,
    ],
    [
      'more than 1 MiB',
      (path) => writeFileSync(path, `RL_A=x\n${'#'.repeat(1024 * 1024)}`),
      /^\.env is larger than 1 MiB and was not read$/,
    ],
  ])('%s is an issue', (_, make, message) => {
    const { path } = folder();
    make(join(path, '.env'));
    const found = told(issues({ settings, cwd: path, dotenv: true }));
    expect(found).toEqual([expect.stringMatching(message)]);
  });

  test.skipIf(process.platform === 'win32')('a link to itself is an issue with the code of the system', () => {
    const { path } = folder();
    symlinkSync('.env', join(path, '.env'));
    expect(issues({ settings, cwd: path, dotenv: true })).toEqual([
      { code: 'UNAVAILABLE', message: expect.stringMatching(/^\.env cannot be read: ELOOP/) },
    ]);
  });

  test.skipIf(process.getuid?.() !== 0)('a mode that forbids it is an issue', () => {
    const { path, write } = folder({ '.env': 'RL_A=x' });
    write('load.mjs', unprivilegedLoad(path));
    chmodSync(path, 0o755);
    chmodSync(join(path, '.env'), 0o600);
    const answer = execFileSync(process.execPath, [join(path, 'load.mjs')], { cwd: path, encoding: 'utf8' });
    expect(JSON.parse(answer)).toEqual([
      { code: 'DENIED', message: expect.stringMatching(/^\.env cannot be read: EACCES/) },
    ]);
  });

  test('up to 1 MiB is read, whatever it is full of', () => {
    const filler = ['\n', ' ', 'A="', '=', 'export ', "X='\n", '\\"'].map((part) =>
      part.repeat(Math.floor(100_000 / part.length)),
    );
    for (const text of filler) expect(read(`RL_A=x\n${text}`)['a']).toEqual(['x', '.env:1']);
  });
});

/** A program that gives up its rights and then loads the settings. */
function unprivilegedLoad(cwd: string): string {
  const index = new URL('../../dist/index.mjs', import.meta.url).href;
  return `
    import { defineConfig, loadConfigSync } from ${JSON.stringify(index)};
    process.setgid(65534);
    process.setuid(65534);
    const definition = defineConfig({ name: 'app', envPrefix: 'RL', dotenv: true, settings: { a: 'none' } });
    const config = loadConfigSync(definition, { argv: [], env: {}, cwd: ${JSON.stringify(cwd)}, invalid: 'report' });
    console.log(JSON.stringify(config.issues.map(({ code, message }) => ({ code, message }))));`;
}
