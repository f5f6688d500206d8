import { expect, test } from 'vitest';
import { type Config, defineConfig, eachOf, loadConfigSync, setAll } from '../src/index.ts';
import { folder } from './folder.ts';

const LETTERS = ['a', 'b', 'c', 'd'];

/** Lists of the same elements: of a setting, of a group, inside an object, and of unknown keys. */
const LISTS = ['list', 'servers', 'options.list', 'unknown', 'other.list'];

function open(): Config {
  const servers = LETTERS.map((host) => ({ host }));
  const inside = { list: LETTERS };
  const text = JSON.stringify({ list: LETTERS, servers, options: inside, unknown: LETTERS, other: inside });
  const settings = {
    list: { format: Array, default: [] },
    servers: eachOf({ host: '' }),
    options: { format: Object, default: {} },
  };
  const definition = defineConfig({ name: 'app', file: 'app.json', unknown: 'allow', settings });
  const inputs = { cwd: folder({ 'app.json': text }).path, env: {}, argv: [], onWarning: false as const };
  return loadConfigSync(definition, inputs) as unknown as Config;
}

function elementsOf(config: Config, list: string): unknown {
  const elements = config.get(list) as readonly ({ readonly host: string } | string)[];
  return elements.map((element) => (typeof element === 'string' ? element : element.host));
}

/** The key of an element, and the new value for it. */
function change(list: string, [position, value]: readonly [number, string | undefined]): readonly [string, unknown] {
  const key = `${list}.${position}`;
  return list === 'servers' && value !== undefined ? [`${key}.host`, value] : [key, value];
}

const CHANGES: readonly [changes: readonly (readonly [number, string | undefined])[], elements: readonly string[]][] = [
  [
    [
      [0, undefined],
      [1, undefined],
    ],
    ['c', 'd'],
  ],
  [
    [
      [1, undefined],
      [0, undefined],
    ],
    ['c', 'd'],
  ],
  [
    [
      [0, undefined],
      [3, undefined],
    ],
    ['b', 'c'],
  ],
  [
    [
      [0, undefined],
      [1, 'x'],
    ],
    ['x', 'c', 'd'],
  ],
  [
    [
      [1, 'x'],
      [0, undefined],
    ],
    ['x', 'c', 'd'],
  ],
  [
    [
      [0, undefined],
      [4, 'x'],
    ],
    ['b', 'c', 'd', 'x'],
  ],
  [
    [
      [0, undefined],
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ],
    [],
  ],
];

test.each(LISTS.flatMap((list) => CHANGES.map(([changes, elements]) => [list, changes, elements] as const)))(
  'a position in a key counts the elements before all changes: %s %j',
  async (list, changes, elements) => {
    const config = open();
    setAll(config, Object.fromEntries(changes.map((one) => change(list, one))) as never);
    expect(elementsOf(config, list)).toEqual(elements);
    await config.save();
    await config.reload();
    expect(elementsOf(config, list)).toEqual(elements);
  },
);

test('an element is not removed and changed together', () => {
  const settings = { options: { format: Object, default: { list: [{ x: 1 }, { x: 2 }] } } };
  const config = loadConfigSync(defineConfig({ name: 'app', file: 'app.json', settings }), {
    cwd: folder({}).path,
    env: {},
    argv: [],
  }) as unknown as Config;
  const changes = { 'options.list.0': undefined, 'options.list.0.x': 3 };
  const message = 'must not be changed, because list.0 is removed by another change';
  expect(() => setAll(config, changes as never)).toThrow(message);
  expect(config.get('options.list')).toEqual([{ x: 1 }, { x: 2 }]);
});

test('a layer that appends removes its own elements by their positions in the whole list', () => {
  const settings = { list: { format: Array, default: ['a', 'b'] as string[], merge: 'append' as const } };
  const at = folder({ 'app.json': '{ "list": ["c", "d", "e"] }' });
  const definition = defineConfig({ name: 'app', file: 'app.json', settings });
  const config = loadConfigSync(definition, { cwd: at.path, env: {}, argv: [] }) as unknown as Config;
  setAll(config, { 'list.2': undefined, 'list.3': undefined } as never);
  expect(config.values).toEqual({ list: ['a', 'b', 'e'] });
});
