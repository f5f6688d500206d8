// A neutral configuration that every contender translates: n settings in groups of ten, three levels deep
// (section3.group1.port), with a file for 70 % of them, a .env file, variables and flags.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name, type, default, value in the file, value above it. */
const KINDS = [
  ['host', 'string', 'localhost', 'db.internal', 'edge.example'],
  ['port', 'port', 8080, 9090, 7070],
  ['enabled', 'boolean', true, true, false],
  ['timeoutMs', 'nat', 5000, 2500, 750],
  ['level', 'enum', 'info', 'warn', 'debug'],
  ['ratio', 'number', 0.5, 0.25, 0.75],
  ['name', 'string', 'svc', 'billing', 'checkout'],
  ['retries', 'int', 3, 5, -1],
  ['url', 'string', 'http://localhost/', 'https://example.org/a', 'https://example.org/b'],
  ['tags', 'array', ['a', 'b'], ['x', 'y', 'z'], ['q']],
];
const NOT_IN_FILE = new Set([2, 5, 8]);
export const LEVELS = ['debug', 'info', 'warn', 'error'];

/** Every second group has a list; 20 settings are given by variables, 20 have flags, 5 of those are given. */
export function makeModel(n) {
  const perSection = Math.ceil(Math.sqrt(n / 10));
  const leaves = Array.from({ length: n }, (_, i) => {
    const group = Math.floor(i / 10);
    const isText = KINDS[i % 10][1] === 'array' && group % 2 === 0;
    const [name, type, value, file, over] = isText ? ['tags', 'string', 'a,b', 'x,y,z', 'q'] : KINDS[i % 10];
    const keys = [`section${Math.floor(group / perSection)}`, `group${group % perSection}`, name];
    return {
      path: keys.join('.'),
      keys,
      type,
      default: value,
      file,
      over,
      env: `APP__${keys.join('__')}`,
      inFile: !NOT_IN_FILE.has(i % 10),
    };
  });
  const scalars = leaves.filter(({ type }) => type !== 'array');
  const few = Math.min(20, Math.floor(n / 3));
  const spread = (from) =>
    Array.from({ length: few }, (_, i) => scalars[Math.floor(((i + from) * scalars.length) / few)]);
  for (const leaf of spread(0.3)) leaf.inEnv = true;
  spread(0.8).forEach((leaf, i) => {
    leaf.arg = true;
    leaf.inCli = i % 4 === 0 && !leaf.inEnv;
  });
  return { n, leaves };
}

export function setIn(tree, keys, value) {
  let group = tree;
  for (const name of keys.slice(0, -1)) {
    group[name] ??= {};
    group = group[name];
  }
  group[keys.at(-1)] = value;
}

export const getIn = (tree, keys) => keys.reduce((group, name) => group?.[name], tree);

export function nest(pairs) {
  const tree = {};
  for (const [keys, value] of pairs) setIn(tree, keys, value);
  return tree;
}

/** What a user without a library writes to type the text of a variable. */
export function fromText({ type }, text) {
  if (type === 'port' || type === 'nat' || type === 'int') return Number.parseInt(text, 10);
  if (type === 'number') return Number.parseFloat(text);
  if (type === 'boolean') return text !== 'false';
  return type === 'array' ? text.split(',') : text;
}

export function isValid({ type }, value) {
  if (type === 'string') return typeof value === 'string';
  if (type === 'enum') return LEVELS.includes(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'number' || type === 'boolean') return typeof value === type;
  return Number.isInteger(value) && (type === 'int' || value >= 0) && (type !== 'port' || value <= 65535);
}

/** The values that the layers of a model come to. */
export function expected({ leaves }) {
  const value = (leaf) => {
    if (leaf.inCli || leaf.inEnv) return leaf.over;
    return leaf.inFile ? leaf.file : leaf.default;
  };
  return nest(leaves.map((leaf) => [leaf.keys, value(leaf)]));
}

/** Writes config.json and .env into a folder; these and the other inputs are what a contender loads from. */
export function makeSources({ leaves }, dir) {
  const file = join(dir, 'config.json');
  const envFile = join(dir, '.env');
  const inFile = leaves.filter((leaf) => leaf.inFile).map((leaf) => [leaf.keys, leaf.file]);
  writeFileSync(file, `${JSON.stringify(nest(inFile), null, 2)}\n`);
  const given = leaves.filter(({ inEnv }) => inEnv);
  const inDotenv = Math.ceil(given.length * 0.75);
  writeFileSync(
    envFile,
    given
      .slice(0, inDotenv)
      .map(({ env, over }) => `${env}=${over}\n`)
      .join(''),
  );
  const env = Object.fromEntries(given.slice(inDotenv).map(({ env: name, over }) => [name, String(over)]));
  const argv = leaves.filter(({ inCli }) => inCli).map(({ path, over }) => `--${path}=${over}`);
  return { dir, file, envFile, env, argv };
}

/** Puts variables and flags where libraries look for them. */
export function applyGlobals({ env, argv }) {
  Object.assign(process.env, env);
  process.argv = [...process.argv.slice(0, 2), ...argv];
}

/** How many settings have the value that they should. */
export function agreement(model, values) {
  const wanted = expected(model);
  const same = ({ keys }) => JSON.stringify(getIn(values, keys)) === JSON.stringify(getIn(wanted, keys));
  return `${model.leaves.filter(same).length}/${model.n}`;
}
