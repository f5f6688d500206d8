import { expect, test } from 'vitest';
import { answering } from '../../src/mcp/answers.ts';
import type { AssistantOptions } from '../../src/mcp/index.ts';
import { folder } from '../folder.ts';
import { assistantHere, type Reply } from './assistant.ts';
import { Wire } from './wire.ts';

type Call = readonly [tool: string, args?: Readonly<Record<string, unknown>>];

/** Settings with references, one with an earlier name. */
const SERVICE = `export default {
  name: 'service', file: 'service.json', envPrefix: 'SERVICE', dotenv: true, references: true,
  settings: {
    host: { doc: 'where it listens', default: 'localhost' },
    port: { format: 'port', default: 80, flag: 'port', aliases: ['listen'] },
    url: { default: 'http://\${host}:\${port}' },
    health: { default: '\${url}/health' },
    retries: { format: 'nat', default: 3 },
    token: { format: String, default: '', sensitive: true },
    tags: { format: Array, items: String, default: [] },
    labels: { format: Object, default: {} },
  },
};
`;

const FILES = {
  'varve.config.mjs': SERVICE,
  'service.json': '{ "host": "a.example", "listen": 8080, "labels": { "team": "a" } }',
  '.env': 'SERVICE_TOKEN=very-secret\nSERVICE_RETRIES=4\n',
};

/** Each call with its answer, as text and as data. */
async function transcript(
  files: Readonly<Record<string, string>>,
  calls: readonly Call[],
  { reply, ...options }: AssistantOptions & { readonly reply?: Reply } = {},
): Promise<string> {
  const client = await assistantHere('1.x', { cwd: folder(files).path, ...options }, { reply });
  const parts: string[] = [];
  let revision: unknown;
  for (const [tool, args = {}] of calls) {
    const given = tool === 'save_config' ? { revision, ...args } : args;
    const { isError, text, data } = await client.call(tool, given);
    revision = data['revision'] ?? revision;
    const shown = JSON.stringify(args).slice(0, 200);
    parts.push(`> ${tool} ${shown}${isError ? ' (an error)' : ''}\n${text}\n${JSON.stringify(data)}\n`);
  }
  return parts.join('\n');
}

test('the tools, prompts and resources are listed as they were approved', async () => {
  const wire = await Wire.here(folder(FILES), { allowWrite: ['host', 'labels'] });
  const { result } = await wire.initialize();
  const { capabilities, instructions } = result as unknown as Record<string, unknown>;
  const lists: unknown[] = [{ capabilities, instructions }];
  for (const [method, params] of [
    ['tools/list'],
    ['prompts/list'],
    ['prompts/get', { name: 'explain_setting', arguments: { key: 'host' } }],
    ['prompts/get', { name: 'review_configuration' }],
    ['resources/list'],
    ['resources/templates/list'],
    ['resources/read', { uri: 'varve://schema' }],
  ] as const)
    lists.push({ [method]: (await wire.ask(method, params)).result });
  const text = JSON.stringify(lists, (name, value) => (name === 'outputSchema' ? undefined : value), 2);
  await expect(`${text}\n`).toMatchFileSnapshot('golden/lists.json');
});

test('the tool that saves says whether it asks the user', async () => {
  for (const confirm of ['user', 'client'] as const) {
    const wire = await Wire.here(folder(FILES), { allowWrite: ['host'], confirm });
    await wire.initialize();
    const { result } = await wire.ask('tools/list');
    expect(JSON.stringify(result).includes('asks the user')).toBe(confirm === 'user');
  }
});

test.each<readonly [string, AssistantOptions, boolean]>([
  ['a pattern', { allowWrite: ['host'] }, true],
  ['no pattern', { allowWrite: [] }, false],
  ['no list of patterns', {}, false],
])('the tools that change something are offered with %s: %o', async (_, options, areOffered) => {
  const { tools } = await assistantHere('1.x', { cwd: folder(FILES).path, ...options }, {});
  expect((await tools()).includes('save_config')).toBe(areOffered);
});

test('the tools that read answer as was approved', async () => {
  const text = await transcript(
    FILES,
    [
      ['get_config'],
      ['get_config', { prefix: 'labels' }],
      ['get_config', { prefix: 'port', modified_only: true, page: 9 }],
      ['get_config', { prefix: 'tags', modified_only: true }],
      ['get_config', { prefix: 'prt' }],
      ['get_config_value', { key: 'url' }],
      ['explain_config_value', { key: 'health' }],
      ['describe_config'],
      ['describe_config', { key: 'host' }],
      ['describe_config', { key: 'hst' }],
      ['describe_config', { prefix: 'hst' }],
      ['validate_config'],
    ],
    { env: { SERVICE_PORT: '81', SERVICE_LABELS__TIER: 'web', SERVICE_LABELS__ZONE: 'eu' }, argv: ['--port', '82'] },
  );
  await expect(text).toMatchFileSnapshot('golden/reading.txt');
});

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

test('the tools that change answer as was approved', async () => {
  const text = await transcript(
    FILES,
    [
      ['save_config', { revision: 'none' }],
      ['set_config_value', { changes: '{' }],
      ['set_config_value', { changes: '[{ "key": 3 }]' }],
      ['set_config_value', { changes: ' '.repeat(1_000_000) }],
      ['set_config_value', { changes: ' '.repeat(1_000_001) }],
      ['set_config_value', { changes: [{ key: 'host', value: 'b', remove: true }, { key: 'tags' }] }],
      ['set_config_value', { changes: [{ key: 'labels', value: nested(256) }] }],
      ['set_config_value', { changes: [{ key: 'labels', value: nested(257) }] }],
      // With its quotes, the first one has as many characters as are taken, but its diff is too long.
      ['set_config_value', { changes: [{ key: 'host', value: 'b'.repeat(99_998) }] }],
      ['set_config_value', { changes: [{ key: 'host', value: 'b'.repeat(99_999) }] }],
      ['set_config_value', { changes: [{ key: 'host', value: 'c'.repeat(19_980) }] }],
      ['set_config_value', { changes: [{ key: 'host', value: 'a.example' }] }],
      [
        'set_config_value',
        {
          changes: [
            { key: 'tags', value: ['a', 'b'] },
            { key: 'labels', remove: true },
            { key: 'retries', value: 6 },
          ],
        },
      ],
      ['save_config', { revision: 'none' }],
      ['save_config'],
      ['reset_to_defaults'],
      ['reset_to_defaults', { keys: ['host', 'retries'] }],
      ['save_config'],
    ],
    { allowWrite: ['**'], confirm: 'client', env: { SERVICE_RETRIES: '5' } },
  );
  await expect(text).toMatchFileSnapshot('golden/changing.txt');
});

test('a diff may have 20,000 characters', async () => {
  const { call } = await assistantHere('1.x', { cwd: folder(FILES).path, allowWrite: ['host'] }, {});
  const value = 'c'.repeat(19_979);
  const { isError, text } = await call('set_config_value', { changes: [{ key: 'host', value }] });
  expect([isError, text.split('\n')[1]?.length]).toEqual([false, 20_000]);
});

test('a value is shown to its bounds', async () => {
  const sized = (size: number): object => ({ a: 'x'.repeat(size - '{"a":""}'.length) });
  const list = (levels: number): unknown => (levels === 0 ? 1 : [list(levels - 1)]);
  const text = { json: sized(10_000), long: sized(10_001), deep: list(5), deeper: list(6), pattern: 'a'.repeat(2_001) };
  const at = folder({
    'varve.config.mjs': `export default { name: 'x', file: 'x.json', settings: {
      json: { format: Object, default: {} }, long: { format: Object, default: {} },
      deep: { format: Array, default: [] }, deeper: { format: Array, default: [] },
      pattern: { format: RegExp, default: /b/ } } };`,
    'x.json': JSON.stringify(text),
  });
  const { call } = await assistantHere('1.x', { cwd: at.path, allowWrite: ['**'], confirm: 'client' }, {});
  const value = async (key: string) => (await call('get_config_value', { key })).data['value'];
  expect(await value('json')).toEqual(text.json);
  expect(await value('long')).toBe('(10001 characters of JSON, too large to show)');
  expect(await value('deep')).toEqual([[[[[1]]]]]);
  expect(await value('deeper')).toBe('(nested too deeply to show)');
  expect(await value('pattern')).toBe(`${'a'.repeat(2_000)}… (2001 characters)`);
  // A client could not send the list as a value.
  const { data } = await call('set_config_value', { changes: [{ key: 'deeper', value: [] }] });
  const saved = await call('save_config', { revision: data['revision'] });
  expect(saved.data['undo']).toEqual([{ key: 'deeper', value: '[[[[[[1]]]]]]' }]);
});

/** A configuration with so many settings, each with a text of so many characters. */
function settings(count: number, length: number, rest = ''): Readonly<Record<string, string>> {
  const names = Array.from({ length: count }, (_, i) => `s${1_000 + i}: '${'x'.repeat(length)}'`);
  return {
    'varve.config.mjs': `export default { name: 'many', file: 'many.json', settings: { ${names.join(', ')}, ${rest} } };`,
  };
}

test('a page has 22,000 characters, of text and of JSON', async () => {
  // Each row of get_config has 1,375 characters then: as JSON, as text, and what divides them.
  const at = folder(settings(33, 633));
  const { call } = await assistantHere('1.x', { cwd: at.path }, {});
  const first = await call('get_config', {});
  expect([first.data['pages'], (first.data['settings'] as unknown[]).length]).toEqual([3, 16]);
  expect(((await call('get_config', { page: 3 })).data['settings'] as unknown[]).length).toBe(1);
  expect(first.text).toContain('\n(page 1 of 3)\n');
  const described = await call('describe_config');
  expect([described.data['pages'], (described.data['settings'] as unknown[]).length]).toEqual([3, 15]);
});

test('as many issues are shown as a page has room for', async () => {
  const unknown = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`unknown${1_000 + i}`, 1]));
  const at = folder({ ...settings(1, 1), 'many.json': JSON.stringify(unknown) });
  const { call } = await assistantHere('1.x', { cwd: at.path }, {});
  const { data, text } = await call('validate_config');
  expect((data['warnings'] as unknown[]).length).toBe(71);
  expect(text).toContain('\n… and 229 more\n');
});

test('1,000 settings are listed, and a resource has a million characters', async () => {
  const at = folder(settings(1_001, 882, "rest: ''"));
  const wire = await Wire.here(at);
  await wire.initialize();
  const { result } = await wire.ask('resources/list');
  expect((result as unknown as { resources: unknown[] }).resources).toHaveLength(1_002);
  const values = async (rest: number) => {
    at.write('many.json', JSON.stringify({ rest: 'x'.repeat(rest) }));
    return wire.ask('resources/read', { uri: 'varve://values' });
  };
  expect((await values(881)).result?.contents?.[0]?.text).toHaveLength(1_000_000);
  expect((await values(882)).error?.message).toBe(
    'varve://values has 1000001 characters, more than 1000000: call get_config with a prefix',
  );
});

test('an error that is not one of the configuration is not an answer', async () => {
  const failing = () => Promise.reject(new TypeError('a defect'));
  await expect(answering({} as never, failing)).rejects.toThrow('a defect');
});

test('a configuration with unknown keys, with issues, or without settings is described', async () => {
  const definition = (rest: string): string => `export default { name: 'x', file: 'x.json', envPrefix: 'X', ${rest} };`;
  const unknown = { 'varve.config.mjs': definition("unknown: 'allow', settings: { a: 1 }"), 'x.json': '{ "b": 2 }' };
  const invalid = {
    'varve.config.mjs': definition('settings: { a: 1, b: 2, owner: { format: String, default: null } }'),
    'x.json': '{ "a": "one", "c": 3 }',
  };
  const empty = { 'varve.config.mjs': definition('settings: {}') };
  const required = { 'varve.config.mjs': definition('settings: { owner: { format: String, default: null } }') };
  const text = [
    await transcript(
      unknown,
      [['describe_config', { key: 'b' }], ['get_config'], ['set_config_value', { changes: [{ key: 'c', value: 3 }] }]],
      {
        allowWrite: ['c'],
      },
    ),
    await transcript(invalid, [['validate_config'], ['get_config'], ['get_config_value', { key: 'owner' }]], {
      env: { X_B: 'two' },
    }),
    await transcript(empty, [['get_config'], ['describe_config'], ['validate_config']]),
    await transcript(required, [
      ['validate_config'],
      ['get_config_value', { key: 'owner' }],
      ['get_config', { modified_only: true }],
    ]),
  ];
  await expect(text.join('\n')).toMatchFileSnapshot('golden/unusual.txt');
});
