// The packages that the library calls, as parts of its one file: how they get in, what stays out, and their licences.
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

/** What the library calls of packages, each a function. */
const CALLED = {
  convict: ['default'],
  deepmerge: ['default'],
  dotenv: ['parse'],
  'fastest-levenshtein': ['distance'],
  ms: ['default'],
};

/**
 * What of convict's own packages is left out, and what stands there: together they are five times as long as convict, and
 * took a seventh of the time that a program with its configuration takes to start.
 */
const IN_PLACE_OF = {
  // It is called whenever a convict is made, which here is never given a command line: flags are a layer of varve's own.
  'yargs-parser': `module.exports = (args) => {
    if (args.length > 0) throw new Error('convict is given no command line');
    return { _: [] };
  };`,
  // convict is given settings that hold a format and no default: plain objects, and lists of options, which may be objects.
  'lodash.clonedeep': `const clone = (value, seen = new Map()) => {
    const isList = Array.isArray(value);
    const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    if (!isList && !isPlain) return value;
    if (seen.has(value)) return seen.get(value);
    const copy = isList ? [] : {};
    seen.set(value, copy);
    const define = (name, inner) =>
      Object.defineProperty(copy, name, { value: inner, writable: true, enumerable: true, configurable: true });
    for (const [name, inner] of Object.entries(value)) define(name, clone(inner, seen));
    return copy;
  };
  module.exports = (value) => clone(value);`,
};

const LATE = '\0late:';
const BUILTIN = '\0builtin:';
const IN_PLACE = '\0in-place-of:';

/** Puts each of these packages into the bundle, to be run when it is first called and not when the library is imported. */
export const fromPackages = {
  name: 'from-packages',
  resolveId(id, importer = '') {
    if (importer.startsWith(LATE)) return undefined;
    if (Object.hasOwn(CALLED, id)) return `${LATE}${id}`;
    if (!isPackage(importer)) return undefined;
    if (Object.hasOwn(IN_PLACE_OF, id)) return `${IN_PLACE}${id}`;
    return isBuiltin(id) ? `${BUILTIN}${id}` : undefined;
  },
  load(id) {
    if (id.startsWith(IN_PLACE)) return IN_PLACE_OF[id.slice(IN_PLACE.length)];
    if (id.startsWith(BUILTIN)) return `module.exports = process.getBuiltinModule('${id.slice(BUILTIN.length)}');`;
    return id.startsWith(LATE) ? late(id.slice(LATE.length)) : undefined;
  },
};

function late(name) {
  const exports = CALLED[name].map((member) =>
    member === 'default'
      ? 'export default (...args) => required()(...args);'
      : `export const ${member} = (...args) => required().${member}(...args);`,
  );
  return ['let loaded;', `const required = () => (loaded ??= require('${name}'));`, ...exports].join('\n');
}

const isPackage = (path) => /[\\/]node_modules[\\/]/.test(path);

/** Where a package's module stands: the name of the package, its folder, and the path in it. */
function placeOf(path) {
  const [, folder, name, inside] = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/](.*)$/.exec(path);
  return { folder, name, inside };
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** A source map that names the packages' versions and holds their sources. Our own are in the package already. */
export function mapWithPackages(map) {
  const sources = map.sources.map((path) => {
    if (!isPackage(path)) return path;
    const { folder, name, inside } = placeOf(path);
    return `${name}@${manifestOf(join('dist', folder)).version}/${inside}`;
  });
  const sourcesContent = map.sources.map((path, i) => (isPackage(path) ? map.sourcesContent[i] : null));
  return { ...map, sources, sourcesContent };
}

/** The licences of the packages that these modules are of, each with its version. Throws where one has none. */
export function licences(moduleIds) {
  const folders = new Map(
    moduleIds.filter((id) => !id.startsWith('\0') && isPackage(id)).map((id) => [placeOf(id).name, placeOf(id).folder]),
  );
  const texts = [...folders].sort().map(([name, folder]) => {
    const { version, license } = manifestOf(folder);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
    if (license === undefined || file === undefined) throw new Error(`${name} has no licence to bring along`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  if (texts.some((text) => text.includes('Apache License'))) texts.push(APACHE);
  return [ABOUT, ...texts].join(`\n${'-'.repeat(120)}\n\n`);
}

/** convict's licence is a reference to this text, which has to come with it. */
const APACHE = readFileSync(new URL('apache-2.0.txt', import.meta.url), 'utf8').replace(/^\n+/, '');

const ABOUT = `dist/index.js holds these packages. They are as their authors published them, without comments, but for two changes:
modules of Node.js are had by process.getBuiltinModule, and in the place of what convict requires, ${Object.keys(IN_PLACE_OF).join(' and ')},
stand functions of varve that do what is needed of them here.
`;
