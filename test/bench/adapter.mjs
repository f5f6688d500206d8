// What the benchmark harness knows of varve. Its contract is that of the harness: a default export of these functions.
import { defineConfig, loadConfigSync } from 'varve';

const FORMATS = {
  string: String,
  number: Number,
  boolean: Boolean,
  array: Array,
  enum: ['debug', 'info', 'warn', 'error'],
};

const setIn = (tree, path, value) => {
  let group = tree;
  for (const name of path.slice(0, -1)) group = group[name] ??= {};
  group[path.at(-1)] = value;
};

/** The settings as a user writes them. */
function settingsOf(model) {
  const settings = {};
  for (const { keys, path, type, default: value, env } of model.leaves) {
    setIn(settings, keys, { doc: path, format: FORMATS[type] ?? type, default: value, env });
  }
  return settings;
}

const inputs = (src) => ({ env: process.env, argv: src.argv, cwd: src.dir });

const definitionOf = (settings) =>
  defineConfig({ name: 'bench', file: 'config.json', dotenv: ['.env'], unknown: 'error', settings });

export default {
  ready: true,
  layers: 'defaults file env cli validate provenance',
  schema: settingsOf,
  prepare: definitionOf,
  load: (definition, src) => loadConfigSync(definition, inputs(src)),
  plain: (config) => config.values,
  getter: (config) => (key) => config.get(key),
  setter: (config) => (key, value) => config.set(key, value),
  saver(definition, src) {
    const config = loadConfigSync(definition, { ...inputs(src), argv: [] });
    return (key, value) => {
      config.set(key, value);
      return config.save();
    };
  },
  async watcher(definition, src, seen) {
    const config = loadConfigSync(definition, { ...inputs(src), argv: [] });
    config.subscribe(() => seen(config.values));
    const watcher = config.watch();
    await watcher.ready;
    return () => watcher.close();
  },
  async types(model, used) {
    const { objectSource, tsType } = await import('../lib/source.mjs');
    const formats = {
      string: 'String',
      number: 'Number',
      boolean: 'Boolean',
      array: 'Array',
      enum: "['debug', 'info', 'warn', 'error']",
    };
    const leaf = ({ type, default: value, env }) =>
      `{ doc: '', format: ${formats[type] ?? `'${type}'`}, default: ${JSON.stringify(value)}, env: '${env}' }`;
    const reads = used.map((one, i) => `export const v${i}: ${readonly(tsType(one))} = config.get('${one.path}')`);
    return [
      "import { defineConfig, loadConfigSync } from 'varve'",
      `const config = loadConfigSync(defineConfig({ name: 'bench', settings: ${objectSource(model, leaf)} }))`,
      ...reads,
    ].join('\n');
  },
};

const readonly = (type) => (type.endsWith('[]') ? `readonly ${type}` : type);
