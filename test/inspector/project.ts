import { type Folder, folder } from '../folder.ts';

const GROUPS = [
  'http',
  'database',
  'cache',
  'queue',
  'auth',
  'metrics',
  'tracing',
  'mail',
  'search',
  'billing',
] as const;

/** A definition of many settings in ten groups, with a value in every layer, a secret, and texts that are hard to show. */
export function definitionSource(index: string, perGroup = 30): string {
  const groups = GROUPS.map((group) => {
    const settings = Array.from(
      { length: perGroup },
      (_, i) => `option_${i}: { doc: 'Option ${i} of ${group}', format: 'nat', default: ${i} }`,
    );
    return `${group}: { ${settings.join(', ')} }`;
  });
  return `import { defineConfig } from ${JSON.stringify(index)};
export default defineConfig({
  name: 'shop',
  file: 'config/app.json',
  files: ['config/base.json'],
  envPrefix: 'SHOP',
  dotenv: true,
  settings: {
    trust_threshold: { doc: 'The least trust a rule needs', format: Number, min: 0, max: 1, default: 0.7 },
    token: { doc: 'The key of the payment service', format: String, default: '', sensitive: true },
    labels: { doc: 'Labels of every metric', format: Object, default: { team: 'shop' } },
    long: { doc: 'A long text', format: String, default: ${JSON.stringify('long '.repeat(400))} },
    greeting: { doc: '挨拶の文', format: String, default: 'こんにちは、世界' },
    shalom: { doc: 'Right to left', format: String, default: 'שלום עולם' },
    markup: { doc: '<img src=x onerror=alert(1)>', format: String, default: '<script>alert(1)</script>' },
    ${groups.join(',\n    ')}
  },
});
`;
}

export const SECRET = 'sk_live_do_not_show_me';

/** A project with all layers: base file, file, .env, environment and flags. */
export function project(index: string, perGroup?: number): Folder {
  return folder({
    'varve.config.mjs': definitionSource(index, perGroup),
    'config/base.json': JSON.stringify({ http: { option_1: 11, option_2: 12 }, cache: { option_3: 33 } }, null, 2),
    'config/app.json': `${JSON.stringify({ trust_threshold: 0.85, token: SECRET, http: { option_2: 22, option_4: 44 }, labels: { region: 'eu' } }, null, 2)}\n`,
    '.env': 'SHOP_HTTP__OPTION_4=404\nSHOP_DATABASE__OPTION_5=55\n',
  });
}

/** A project whose store is in the memory of its process and keeps every version, the last one with a secret. */
export function storeProject(index: string): Folder {
  return folder({
    'varve.config.mjs': `import { defineConfig } from ${JSON.stringify(index)};
const texts = ['{ "lr": 0.1 }', '{ broken', '{ "lr": 0.2 }', '{ "lr": 0.2, "token": "${SECRET}" }'];
const states = texts.map((text, i) => ({ text, revision: String(i + 1), by: 'ada', at: '2026-03-0' + (i + 1) + 'T12:00:00Z', note: 'note ' + (i + 1) }));
const handlers = new Set();
const store = {
  name: 'memory:shop',
  read: async () => states.at(-1),
  write: async (text, { expect, by, note }) => {
    if (expect !== states.at(-1).revision) return { ok: false, current: states.at(-1) };
    const stored = { text, revision: String(states.length + 1), by, note, at: new Date().toISOString() };
    states.push(stored);
    for (const handler of handlers) queueMicrotask(() => handler.stored(stored));
    return { ok: true, revision: stored.revision };
  },
  history: async ({ before, limit }) => {
    const end = before === undefined ? states.length : Number(before) - 1;
    return states.slice(Math.max(0, end - limit), end).reverse();
  },
  watch: (_from, handler) => {
    handlers.add(handler);
    return { close: async () => void handlers.delete(handler) };
  },
  close: async () => {},
};
export default defineConfig({
  name: 'shop',
  store,
  settings: { lr: 0.5, token: { format: String, default: '', sensitive: true } },
});
`,
  });
}
