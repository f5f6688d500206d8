import type { Definition, DefinitionInput } from './definition.ts';
import type { Issue } from './errors.ts';
import { isPlainObject } from './json/value.ts';
import { lastKnownGoodMistakes } from './last-known-good-mistakes.ts';
import { LAYERS } from './layer.ts';
import { didYouMean } from './near-names.ts';
import { POLICIES } from './policies.ts';
import { isOptionalBoolean } from './schema/declaration.ts';
import type { OwnFormat } from './schema/format.ts';
import { shownValue } from './schema/refusal.ts';
import type { SettingsDefinition } from './schema/types.ts';
import type { Source } from './sources/source.ts';
import { unknownMistakes } from './unknown-mistakes.ts';

/** The options of a definition. */
const OPTIONS: readonly (keyof DefinitionInput<SettingsDefinition>)[] = [
  'name',
  'settings',
  'rules',
  'root',
  'file',
  'files',
  'profile',
  'profiles',
  'dotenv',
  'overlayFlag',
  'store',
  'lastKnownGood',
  'envPrefix',
  'unknown',
  'layout',
  'create',
  'strictEnv',
  'strictFlags',
  'formats',
  'references',
  'extends',
  'resolvers',
  'version',
  'migrations',
  'layers',
  'lockTimeout',
  'inPlace',
];

/** What is wrong with the options of a definition, apart from its settings and rules. */
export function optionMistakes(definition: Definition): readonly Issue[] {
  const mistakes: string[] = [];
  const { name, envPrefix, unknown, layout, file, store, formats, references, resolvers, lockTimeout } = definition;
  if (typeof name !== 'string' || name === '')
    mistakes.push('"name" must be a text, which messages use for the configuration');
  const isPrefix = typeof envPrefix === 'string' && /^[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9])?$/.test(envPrefix);
  if (envPrefix !== undefined && !isPrefix)
    mistakes.push(`"envPrefix" must be a name without "_" at its end, got ${shownValue(envPrefix)}`);
  for (const option of SWITCHES)
    if (!isOptionalBoolean(definition[option])) mistakes.push(`"${option}" must be true or false`);
  if (lockTimeout !== undefined && !(typeof lockTimeout === 'number' && lockTimeout >= 0))
    mistakes.push('"lockTimeout" must be a number of milliseconds');
  if (unknown !== undefined && !POLICIES.includes(unknown)) mistakes.push(...unknownMistakes(unknown, definition));
  if (references !== undefined && typeof references !== 'boolean' && !isTexts(references))
    mistakes.push('"references" must be true, false or a list of layers');
  if (resolvers !== undefined && !isPlainObject(resolvers))
    mistakes.push('"resolvers" must be an object of resolvers by their schemes');
  if (layout !== undefined && !['sparse', 'full'].includes(layout))
    mistakes.push('"layout" must be "sparse" or "full"');
  if (file !== undefined && store !== undefined)
    mistakes.push('"file" and "store" exclude each other: the file layer has one store');
  if (store !== undefined && typeof Object(store).read !== 'function')
    mistakes.push('"store" must be a store, with a function "read"');
  if (definition.lastKnownGood !== undefined) mistakes.push(...lastKnownGoodMistakes(definition));
  for (const [format, own] of Object.entries(formats ?? {})) {
    const { validate, coerce } = (own ?? {}) as Partial<OwnFormat>;
    if (typeof validate !== 'function') mistakes.push(`the format "${format}" has no function "validate"`);
    if (coerce !== undefined && typeof coerce !== 'function')
      mistakes.push(`"coerce" of the format "${format}" must be a function`);
  }
  return [
    ...[...mistakes, ...layerMistakes(definition)].map((message): Issue => ({ code: 'INVALID_DEFINITION', message })),
    ...unknownOptions(definition),
  ];
}

/** The options that are true, false or absent. */
const SWITCHES = ['strictEnv', 'strictFlags', 'create', 'inPlace', 'extends'] as const;

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function layerMistakes({ layers }: Definition): readonly string[] {
  if (layers === undefined) return [];
  if (!Array.isArray(layers)) return ['"layers" must be a list of layers and sources'];
  const wrong = layers.findIndex((layer) => typeof layer !== 'string' && !isSource(layer));
  if (wrong >= 0) return [`"layers" has an element ${wrong + 1} without a "name" and a function "read"`];
  const names = layers.map((layer) => (typeof layer === 'string' ? layer : layer.name));
  const twice = names.filter((name, i) => names.indexOf(name) < i);
  const unknown = layers.filter((layer) => typeof layer === 'string' && !(LAYERS as readonly string[]).includes(layer));
  return [
    ...twice.map((name) => `"layers" has the layer "${name}" twice`),
    ...unknown.map((name) => `"layers" has no source for "${String(name)}"; the names are ${LAYERS.join(', ')}`),
  ];
}

function isSource(layer: unknown): boolean {
  const { name, read, watch = read } = Object(layer) as Partial<Source>;
  return typeof name === 'string' && name !== '' && [read, watch].every((one) => typeof one === 'function');
}

function unknownOptions(definition: Definition): readonly Issue[] {
  if (!isPlainObject(definition)) return [];
  return Object.keys(definition)
    .filter((option) => !(OPTIONS as readonly string[]).includes(option))
    .map((option) => {
      const suggestion = didYouMean(option, OPTIONS);
      const issue: Issue = { code: 'INVALID_DEFINITION', message: `"${option}" is not an option of a definition` };
      return suggestion === undefined ? issue : { ...issue, suggestion };
    });
}
