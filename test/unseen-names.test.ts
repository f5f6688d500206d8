import { expect, test } from 'vitest';
import { defineConfig, each, type Issue, loadConfigSync } from '../src/index.ts';
import { folder } from './folder.ts';

const lines = (issues: readonly Issue[]): readonly string[] =>
  issues.map(({ key, message, origin }) => `${key} ${message}${origin ? ` (${origin.location})` : ''}`);

test.each([
  ['a zero-width space', '\u200B', '200B'],
  ['a bidirectional override', '\u202E', '202E'],
  ['a control character', '\u0007', '0007'],
  ['a byte order mark', '\uFEFF', 'FEFF'],
  ['a no-break space', '\u00A0', '00A0'],
  ['a Hangul filler', '\u3164', '3164'],
  ['a tag of plane 14', '\u{E0041}', 'E0041'],
])('%s in a name of the definition, its variable, or a member that a layer gives is a warning', (_, unseen, point) => {
  const { path } = folder({ 'app.json': JSON.stringify({ db: { [`e${unseen}u`]: { pool: 3 } } }) });
  const definition = defineConfig({
    name: 'app',
    file: 'app.json',
    settings: { [`po${unseen}rt`]: 80, host: { default: '', env: `HO${unseen}ST` }, db: each({ pool: 1 }) },
  });
  const column = 19 + JSON.stringify(unseen).length;
  const { warnings } = loadConfigSync(definition, { cwd: path, env: {}, argv: [], onWarning: false });
  const character = `has the character U+${point} in its`;
  expect(lines(warnings)).toEqual([
    `po${unseen}rt ${character} name, which a reader does not see`,
    `host ${character} "env", which a reader does not see`,
    `db.e${unseen}u ${character} name, which a reader does not see (app.json:1:${column})`,
  ]);
});

test.each(['größe', '名前', 'имя', 'λ', 'naïve', 'ключ-1', 'a b', '変数_2', 'عدد'])(
  '%s is a name like any other',
  (name) => {
    const { path } = folder({ 'app.json': JSON.stringify({ [name]: 3, db: { [name]: { pool: 3 } } }) });
    const definition = defineConfig({ name: 'app', file: 'app.json', settings: { [name]: 80, db: each({ pool: 1 }) } });
    const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [], onWarning: false });
    expect(config.warnings).toEqual([]);
    expect(config.values).toEqual({ [name]: 3, db: { [name]: { pool: 3 } } });
  },
);

test('a name of nothing but such characters is one too', () => {
  const definition = defineConfig({ name: 'app', settings: { ['\u3164']: 80 } });
  const { warnings } = loadConfigSync(definition, { env: {}, argv: [], onWarning: false });
  expect(lines(warnings)).toEqual(['\u3164 has the character U+3164 in its name, which a reader does not see']);
});
