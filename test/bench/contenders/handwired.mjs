// What a careful user glues together: convict + dotenv + deepmerge + yargs. It saves the file layer only, without a sync.
import { readFileSync, writeFileSync } from 'node:fs';
import convict from 'convict';
import deepmerge from 'deepmerge';
import { parse } from 'dotenv';
import yargs from 'yargs';
import { fromText, nest, setIn } from '../lib/model.mjs';
import { convictSchema } from './convict.mjs';

const FLAGS = { port: 'number', nat: 'number', int: 'number', number: 'number', boolean: 'boolean', array: 'array' };

function layers(leaves, { file, envFile, argv }) {
  const variables = { ...parse(readFileSync(envFile)), ...process.env };
  const env = leaves.filter(({ env: name }) => variables[name] !== undefined);
  const flags = leaves.filter(({ arg }) => arg);
  const options = Object.fromEntries(
    flags.map(({ path, type }) => [path, { type: FLAGS[type] ?? 'string', describe: path }]),
  );
  const parser = yargs(argv).parserConfiguration({ 'dot-notation': false }).options(options);
  const given = parser.help(false).version(false).parseSync();
  return [
    JSON.parse(readFileSync(file, 'utf8')),
    nest(env.map((leaf) => [leaf.keys, fromText(leaf, variables[leaf.env])])),
    nest(flags.filter(({ path }) => given[path] !== undefined).map(({ keys, path }) => [keys, given[path]])),
  ];
}

function load({ leaves, schema }, sources) {
  const merged = deepmerge.all(layers(leaves, sources), { arrayMerge: (_, list) => list });
  return convict(schema, { env: {}, args: [] }).load(merged).validate({ allowed: 'strict' });
}

export default {
  does: 'all layers, checks',
  schema: (model) => ({ leaves: model.leaves, schema: convictSchema(model, { layers: false }) }),
  load,
  plain: (config) => config.getProperties(),
  saver(schema, sources) {
    const layer = JSON.parse(readFileSync(sources.file, 'utf8'));
    const config = load(schema, sources);
    return (path, value) => {
      config.set(path, value).validate({ allowed: 'strict' });
      setIn(layer, path.split('.'), value);
      writeFileSync(sources.file, JSON.stringify(layer, null, 2));
    };
  },
  async watcher(schema, sources, seen) {
    const { watch } = await import('chokidar');
    const watcher = watch(sources.file, { ignoreInitial: true }).on('all', () => {
      try {
        seen(load(schema, sources).getProperties());
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    });
    await new Promise((resolve) => watcher.on('ready', resolve));
    return () => watcher.close();
  },
  types: async ({ model, used }) => {
    const { objectSource, tsType } = await import('../lib/source.mjs');
    const formats = {
      string: 'String',
      number: 'Number',
      boolean: 'Boolean',
      array: 'Array',
      enum: "['debug', 'info', 'warn', 'error'] as Level[]",
    };
    const leaf = ({ type, default: value, env }) =>
      `{ doc: '', format: ${formats[type] ?? `'${type}'`}, default: ${JSON.stringify(value)}${type === 'enum' ? ' as Level' : ''}, env: '${env}' }`;
    return [
      "import convict from 'convict'",
      "type Level = 'debug' | 'info' | 'warn' | 'error'",
      `const config = convict(${objectSource(model, leaf)})`,
      ...used.map((one, i) => `export const v${i}: ${tsType(one)} = config.get('${one.path}')`),
    ].join('\n');
  },
};
