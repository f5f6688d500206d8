import { expect, test } from 'vitest';
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
  ] as const)
    lists.push({ [method]: (await wire.ask(method, params)).result });
  const text = JSON.stringify(lists, (name, value) => (name === 'outputSchema' ? undefined : value), 2);
  await expect(`${text}\n`).toMatchFileSnapshot('golden/lists.json');
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
    { env: { SERVICE_PORT: '81', 'service.json': 'not a variable of the configuration' }, argv: ['--port', '82'] },
  );
  await expect(text).toMatchFileSnapshot('golden/reading.txt');
});

test('the tools that change answer as was approved', async () => {
  const nested = JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`);
  const text = await transcript(
    FILES,
    [
      ['save_config', { revision: 'none' }],
      ['set_config_value', { changes: '{' }],
      ['set_config_value', { changes: '[{ "key": 3 }]' }],
      ['set_config_value', { changes: ' '.repeat(1_000_001) }],
      ['set_config_value', { changes: [{ key: 'host', value: 'b', remove: true }, { key: 'tags' }] }],
      ['set_config_value', { changes: [{ key: 'labels', value: nested }] }],
      ['set_config_value', { changes: [{ key: 'host', value: 'b'.repeat(100_000) }] }],
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
    await transcript(unknown, [['describe_config', { key: 'b' }], ['get_config']]),
    await transcript(invalid, [['validate_config'], ['get_config'], ['get_config_value', { key: 'owner' }]], {
      env: { X_B: 'two' },
    }),
    await transcript(empty, [['get_config'], ['describe_config'], ['validate_config']]),
    await transcript(required, [['validate_config']]),
  ];
  await expect(text.join('\n')).toMatchFileSnapshot('golden/unusual.txt');
});
