import { resolve } from 'node:path';

/** The functions that our modules import from packages. */
const IMPORTED = {
  convict: ['default'],
  deepmerge: ['default'],
  dotenv: ['parse'],
  'fastest-levenshtein': ['distance'],
  ms: ['default'],
  'string-width': ['default'],
  yargs: ['default'],
};

const LAZY = '\0lazy:';

export const isLazyPackage = (id) => Object.hasOwn(IMPORTED, id);

/** A package is loaded by the first call of one of its functions, not by the import of varve. */
export const lazyPackages = lazyPackagesBy(
  (name) => `let loaded;\nconst load = () => (loaded ??= require('${name}'));`,
);

/** The same for the library, whose `loadAll` loads them too; except yargs, which only writes the help at a start. */
export const lazyPackagesOfLibrary = lazyPackagesBy((name) =>
  name === 'yargs'
    ? `const load = () => require('${name}');`
    : `import { onDemand } from ${JSON.stringify(resolve('src/on-demand.ts'))};\nconst load = onDemand(() => require('${name}'));`,
);

/** A plugin of rolldown that replaces a package by functions; `loader` is the code of the function `load`. */
function lazyPackagesBy(loader) {
  return {
    name: 'lazy-packages',
    resolveId(id, importer) {
      if (!isLazyPackage(id)) return undefined;
      return importer.startsWith(LAZY) ? { id, external: true } : `${LAZY}${id}`;
    },
    load(id) {
      if (!id.startsWith(LAZY)) return undefined;
      const name = id.slice(LAZY.length);
      return [loader(name), ...IMPORTED[name].map(lazyExport)].join('\n');
    },
  };
}

function lazyExport(member) {
  return member === 'default'
    ? // An ES module that is required has its default export as a member.
      'export default (...args) => (load().default ?? load())(...args);'
    : `export const ${member} = (...args) => load().${member}(...args);`;
}
