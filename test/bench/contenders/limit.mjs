// No library: one JSON.parse, one walk of the settings that checks and fills in defaults.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, watch, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseEnv } from 'node:util';
import { fromText, getIn, isValid, nest, setIn } from '../lib/model.mjs';

function treeOf(node) {
  return Object.entries(node).map(([name, inner]) =>
    inner.leaf ? [name, inner.leaf] : [name, undefined, treeOf(inner)],
  );
}

function prepare(leaves) {
  const byName = new Map(
    leaves.flatMap((leaf) => [
      [leaf.env, leaf],
      [`--${leaf.path}`, leaf],
    ]),
  );
  return { leaves, byName, tree: treeOf(nest(leaves.map((leaf) => [leaf.keys, { leaf }]))) };
}

function checked(leaf, value) {
  if (!isValid(leaf, value)) throw new Error(`${leaf.path} is invalid`);
  return value;
}

function fill(tree, values) {
  for (const [name, leaf, inner] of tree) {
    if (inner) {
      values[name] ??= {};
      fill(inner, values[name]);
    } else values[name] = values[name] === undefined ? leaf.default : checked(leaf, values[name]);
  }
  if (Object.keys(values).length !== tree.length) throw new Error('an unknown key');
}

function load({ tree, byName }, { file, envFile, argv }) {
  const values = JSON.parse(readFileSync(file, 'utf8'));
  const dotenv = parseEnv(readFileSync(envFile, 'utf8'));
  const flags = argv.map((word) => word.split('='));
  for (const [name, text] of [...Object.entries(dotenv), ...Object.entries(process.env), ...flags]) {
    const leaf = byName.get(name);
    if (leaf) setIn(values, leaf.keys, checked(leaf, fromText(leaf, text)));
  }
  fill(tree, values);
  return values;
}

export function frozen(value) {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner) frozen(inner);
  return Object.freeze(value);
}

/** A copy with another value at `keys`: only the groups on the way there are copied. */
function replaced(group, [name, ...rest], value) {
  return Object.freeze({ ...group, [name]: rest.length === 0 ? value : replaced(group[name], rest, value) });
}

/** What a careful save does: a crash leaves the old file or the new one, and a power cut too. */
export function writeDurably(file, text) {
  const temporary = `${file}.tmp`;
  const fd = openSync(temporary, 'w');
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(temporary, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

export default {
  does: 'all layers, checks',
  schema: ({ leaves }) => leaves,
  prepare,
  load,
  plain: (values) => values,
  getter: (values, { leaves }) => {
    const byPath = new Map(leaves.map(({ path, keys }) => [path, getIn(values, keys)]));
    return (path) => byPath.get(path);
  },
  setter: (values, { leaves }) => {
    const byPath = new Map(leaves.map((leaf) => [leaf.path, leaf]));
    let current = frozen(structuredClone(values));
    return (path, value) => {
      const leaf = byPath.get(path);
      current = replaced(current, leaf.keys, checked(leaf, value));
    };
  },
  saver: (_, { file }) => {
    const values = JSON.parse(readFileSync(file, 'utf8'));
    return (path, value) => {
      setIn(values, path.split('.'), value);
      writeDurably(file, JSON.stringify(values, null, 2));
    };
  },
  watcher: (_, { file }, seen) => {
    const watcher = watch(dirname(file), (_event, name) => {
      if (name !== basename(file)) return;
      try {
        seen(JSON.parse(readFileSync(file, 'utf8')));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    });
    return () => watcher.close();
  },
  types: async ({ model, used }) => {
    const { objectSource, tsType } = await import('../lib/source.mjs');
    const reads = used.map((leaf, i) => `export const v${i}: ${tsType(leaf)} = config.${leaf.path}`);
    return [`declare const config: ${objectSource(model, tsType)}`, ...reads].join('\n');
  },
};
