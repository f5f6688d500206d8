import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { type Folder, folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';
import { DEFINITION, FILES, VARVE } from './golden.ts';
import { inTerminal, needTerminal } from './terminal.ts';

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

const ENTER = '\r';
const DOWN = '\u001b[B';
const CTRL_C = '\u0003';

function project(): Folder {
  return folder({ ...FILES, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index) });
}

function typing(context: TestContext, line: string, typed: readonly string[], at: Folder = project(), env = {}) {
  needTerminal(context);
  const shown = inTerminal([process.execPath, built.main, ...line.split(' ')], { typed, at, env });
  return { ...shown, file: JSON.parse(readFileSync(join(at.path, 'config/app.json'), 'utf8')) };
}

test('edit finds a setting by what it is for, shows its layers, refuses a wrong value, and saves what is confirmed', (context) => {
  const steps = ['least tru', ENTER, ENTER, '\b\b\b\b7', ENTER, '\b0.9', ENTER, 'y'];
  const { text, code, file } = typing(context, 'edit', steps, project(), { RL_TRUST_THRESHOLD: '0.5' });
  expect(text).toMatch(/Which setting\?/);
  expect(text).toMatch(/> env +0\.5 +RL_TRUST_THRESHOLD="0\.5" +wins/);
  expect(text).toMatch(/Takes: number, 0 to 1/);
  expect(text).toMatch(/must be at most 1/);
  expect(text).toMatch(/~ trust_threshold {2}0\.85 -> 0\.9/);
  expect(text).toMatch(/warning: no effect now, overridden by env RL_TRUST_THRESHOLD=0\.5/);
  expect(text).toMatch(/config\/app\.json:3:22 {2}trust_threshold: 0\.85 -> 0\.9 {3}saved/);
  expect([code, file.trust_threshold]).toEqual([0, 0.9]);
}, 60_000);

test('edit asks again where no setting matches', (context) => {
  const { text, code, file } = typing(context, 'edit', ['zzz', ENTER, '\b\b\boverlap', ENTER, '\b9', ENTER, 'y']);
  expect(text).toMatch(/No setting has that in its name or description/);
  expect([code, file.overlap_days]).toEqual([0, 9]);
}, 60_000);

test('edit offers the values of an enumeration', (context) => {
  const { text, code, file } = typing(context, 'edit log.level', [DOWN + ENTER, 'y']);
  expect(text).toMatch(/log\.level: nothing -> warn {3}saved/);
  expect([code, file.log]).toEqual([0, { level: 'warn' }]);
}, 60_000);

test('edit hides what is typed for a secret', (context) => {
  const { text, code, file } = typing(context, 'edit tracker.token', ['hush-hush', ENTER, 'y']);
  expect(text).not.toMatch(/hush/);
  expect([code, file.tracker.token]).toEqual([0, 'hush-hush']);
}, 60_000);

test.each([
  ['tracker.token', [ENTER]],
  ['overlap_days', [ENTER]],
  ['log.level', [ENTER]],
  ['batch_size_days', [ENTER, ENTER]],
])(
  'edit %s changes nothing by Enter alone, whatever a variable provides',
  (key, typed, context?: TestContext) => {
    if (context) needTerminal(context);
    const at = project();
    const before = at.read('config/app.json');
    const env = { RL_TRACKER__TOKEN: 'other', RL_OVERLAP_DAYS: '77', RL_BATCH_SIZE_DAYS: '88', RL_LOG__LEVEL: 'warn' };
    const { code, text } = inTerminal([process.execPath, built.main, 'edit', key], { typed, at, env });
    expect(text).toMatch(/unchanged/);
    expect([code, at.read('config/app.json')]).toEqual([1, before]);
  },
  60_000,
);

test('edit takes a setting out of the file', (context) => {
  const { code, file } = typing(context, 'edit batch_size_days', [DOWN + ENTER, 'y']);
  expect([code, file]).toEqual([0, { trust_threshold: 0.85, tracker: { labels: { run: 7 } } }]);
}, 60_000);

test('edit writes nothing where the difference is not confirmed', (context) => {
  const { text, code, file } = typing(context, 'edit overlap_days', ['\b9', ENTER, 'n']);
  expect(text).toMatch(/nothing was written/);
  expect([code, file.overlap_days]).toEqual([1, undefined]);
}, 60_000);

test.each([
  ['edit', []],
  ['edit overlap_days', ['\b9']],
  ['edit overlap_days', ['\b9', ENTER]],
  ['reset --all', []],
  ['set tracker.token --stdin', ['hush']],
])(
  'Ctrl-C ends %s after %j, and nothing is written',
  (line, typed) => {
    const before = FILES['config/app.json'];
    const at = project();
    const { text, code } = inTerminal([process.execPath, built.main, ...line.split(' ')], {
      typed: [...typed, CTRL_C],
      at,
    });
    expect(text).not.toMatch(/Error|at .*:\d+|hush/);
    expect([code, at.read('config/app.json')]).toEqual([130, before]);
  },
  60_000,
);

test('a secret that is typed for --stdin is not shown', (context) => {
  const { text, code, file } = typing(context, 'set tracker.token --stdin', [`hush-hush${ENTER}`]);
  expect(text).not.toMatch(/hush/);
  expect([code, file.tracker.token]).toEqual([0, 'hush-hush']);
}, 60_000);

test('reset --all asks first', (context) => {
  expect(typing(context, 'reset --all', [`n${ENTER}`])).toMatchObject({ code: 1, file: { batch_size_days: 40 } });
  expect(typing(context, 'reset --all', [`y${ENTER}`])).toMatchObject({ code: 0, file: {} });
}, 60_000);

test.each(['edit', 'edit --no-input'])('%s without a terminal says what to write instead', (line) => {
  const { code, stdout, stderr } = built.run(line.split(' '), {
    cwd: project().path,
    env: { PATH: process.env['PATH'] },
  });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/edit asks, and there is no terminal\n {2}Write: varve set KEY VALUE/);
});

test('a table fits its terminal, and a wide character takes two cells', (context) => {
  needTerminal(context);
  const at = project();
  at.write('config/app.json', JSON.stringify({ tracker: { labels: { note: '日本語のとても長い値'.repeat(20) } } }));
  const { text } = inTerminal([process.execPath, built.main, 'list'], { typed: [], at });
  const lines = text.split('\r\n').filter((line) => line !== '');
  expect(lines).toHaveLength(8);
  expect(text).toMatch(/日本語.*….* file +config\/app\.json/);
}, 60_000);

test.each([
  ['String', 'null', [ENTER, ENTER], 1, null],
  ['String', 'null', [ENTER, '\b\b\b\bx', ENTER, 'y'], 0, 'x'],
  ['Number', '5', [ENTER, '\bnull', ENTER, 'y'], 0, null],
])(
  'edit of a nullable %s with %s in the file: %j',
  (format, text, typed, code, after, context?: TestContext) => {
    if (context) needTerminal(context);
    const at = project();
    const note = `settings: { note: { format: ${format}, nullable: true, default: ${format}(1) },`;
    at.write('varve.config.mjs', at.read('varve.config.mjs').replace('settings: {', note));
    at.write('config/app.json', `{ "note": ${text} }\n`);
    const shown = inTerminal([process.execPath, built.main, 'edit', 'note'], { typed, at });
    expect([shown.code, JSON.parse(at.read('config/app.json'))]).toEqual([code, { note: after }]);
  },
  60_000,
);
