import type { Definition, DefinitionInput } from './definition.ts';
import type { Issue } from './errors.ts';
import { isPlainObject } from './json/value.ts';
import { didYouMean } from './key.ts';
import { lastKnownGoodMistakes } from './last-known-good-mistakes.ts';
import { LAYERS } from './layer.ts';
import type { OwnFormat } from './schema/format.ts';
import { shownValue } from './schema/refusal.ts';
import type { SettingsDefinition } from './schema/types.ts';
import type { Source } from './sources/source.ts';
import type { UnknownKeys } from './unknown-keys.ts';

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
  const { name, envPrefix, unknown, layout, file, store, formats, references, resolvers } = definition;
  if (typeof name !== 'string' || name === '')
    mistakes.push('"name" must be a text, which messages use for the configuration');
  if (envPrefix !== undefined && !/^[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9])?$/.test(envPrefix)) {
    mistakes.push(`"envPrefix" must be a name without "_" at its end, got ${JSON.stringify(envPrefix)}`);
  }
  mistakes.push(...unknownMistakes(unknown, definition));
  if (references !== undefined && typeof references !== 'boolean' && !isTexts(references))
    mistakes.push('"references" must be true, false or a list of layers');
  if (resolvers !== undefined && !isPlainObject(resolvers))
    mistakes.push('"resolvers" must be an object of resolvers by their schemes');
  if (layout !== undefined && !['sparse', 'full'].includes(layout))
    mistakes.push('"layout" must be "sparse" or "full"');
  if (file !== undefined && store !== undefined)
    mistakes.push('"file" and "store" exclude each other: the file layer has one store');
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

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

const POLICIES: readonly unknown[] = ['warn', 'error', 'allow'];

function unknownMistakes(unknown: UnknownKeys | undefined, { layers = [] }: Definition): readonly string[] {
  if (unknown === undefined || POLICIES.includes(unknown)) return [];
  if (!isPlainObject(unknown)) return ['"unknown" must be "warn", "error" or "allow", or such policies by source'];
  const own = layers.map((layer) => (typeof layer === 'string' ? layer : layer.name));
  return Object.entries(unknown).flatMap(([layer, rule]) => {
    const isPatterns = layer === 'allow' && Array.isArray(rule) && rule.every((pattern) => typeof pattern === 'string');
    const wrong = isPatterns ? rule.find((pattern) => !KEY_PATTERN.test(pattern)) : undefined;
    if (wrong !== undefined)
      return [`"unknown" must have keys such as "plugins.**" for "allow", got ${shownValue(wrong)}`];
    const known = [...LAYERS, 'allow', ...own];
    // The layer of a file has the path of the file as its name, which is not known before the start.
    if (!known.includes(layer) && !/[./\\]/.test(layer)) {
      const suggestion = didYouMean(layer, known);
      return [`"unknown" has no layer ${shownValue(layer)}${suggestion === undefined ? '' : `. ${suggestion}`}`];
    }
    if (rule === undefined || isPatterns || (layer !== 'allow' && POLICIES.includes(rule))) return [];
    const expected = layer === 'allow' ? 'a list of keys such as "plugins.**"' : '"warn", "error" or "allow"';
    return [`"unknown" must have ${expected} for "${layer}"`];
  });
}

/** The segments of a key, each a name, `*` or `**`. */
const KEY_PATTERN = /^(?:\*\*?|[^.*]+)(?:\.(?:\*\*?|[^.*]+))*$/;

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
  const { name, read } = Object(layer) as Partial<Source>;
  return typeof name === 'string' && name !== '' && typeof read === 'function';
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
