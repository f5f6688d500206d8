// What a feature adds to the load of 10,000 settings, each beside the same load without it; and a YAML file beside its parser.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, each, loadConfigSync, rule, variants } from 'varve';
import { parse, stringify } from 'yaml';
import varve from '../contenders/varve.mjs';
import { answering, freshFolder, inChild, inTurns } from '../lib/measure.mjs';
import { makeModel, makeSources } from '../lib/model.mjs';

const SETTINGS = 10_000;
const GROUPS = SETTINGS / 10;
const PLAIN = 'the same settings without a feature';

export default async function features({ whole }) {
  const budget = whole ? 12_000 : 2_500;
  const answer = (job) => inChild(import.meta.url, { ...job, budget }) ?? {};
  const groups = answer({ what: 'groups' });
  const text = answer({ what: 'text' });
  const ofPlain = (times) =>
    Object.entries(times).map(([what, { ms, first }]) => ({
      'load of 10,000 settings': what,
      ms,
      'first load, ms': first,
      'of the load without': ms / times[PLAIN].ms,
    }));
  const yaml = text['YAML, varve']?.ms / text['YAML, yaml alone (the limit)']?.ms;
  return {
    yaml,
    rules: groups['1,000 rules']?.ms / groups[PLAIN]?.ms,
    references: groups['1,000 references']?.ms / groups[PLAIN]?.ms,
    variants: groups['1,000 groups with variants']?.ms / groups[PLAIN]?.ms,
    tables: [
      { title: 'Rules, references, variants and groups by name: load of 10,000 settings', rows: ofPlain(groups) },
      {
        title: 'A file of 10,000 settings as JSON and as YAML',
        rows: Object.entries(text).map(([what, { ms, first }]) => ({ what, ms, 'first, ms': first })),
      },
    ],
  };
}

/** Ten settings: those of a group, with a name where a reference can be. */
const group = () => ({
  host: 'localhost',
  port: { format: 'port', default: 8080 },
  enabled: true,
  timeoutMs: { format: 'nat', default: 5000 },
  level: { format: ['debug', 'info', 'warn', 'error'], default: 'info' },
  ratio: 0.5,
  name: 'svc',
  retries: { format: 'int', default: 3 },
  limitMs: { format: 'nat', default: 9000 },
  mode: 'a',
});

/** What the file has for one group. */
const inFile = (name) => ({ host: 'db.internal', port: 9090, timeoutMs: 2500, level: 'warn', name, retries: 5 });

const named = (entry) => Object.fromEntries(Array.from({ length: GROUPS }, (_, i) => [`group${i}`, entry(i)]));

function groupLoads() {
  const dir = freshFolder('features');
  const load = (file, definition, content) => {
    writeFileSync(join(dir, file), JSON.stringify(content, null, 2));
    const defined = defineConfig({ name: 'bench', file, ...definition });
    return () => loadConfigSync(defined, { env: {}, argv: [], cwd: dir });
  };
  const { mode: _, ...others } = group();
  const settings = named(group);
  return {
    [PLAIN]: load(
      'plain.json',
      { settings },
      named(() => inFile('svc')),
    ),
    '1,000 rules': load(
      'rules.json',
      {
        settings,
        rules: Array.from({ length: GROUPS }, (_, i) =>
          rule([`group${i}.timeoutMs`, `group${i}.limitMs`], (one, limit) => one <= limit || 'above the limit'),
        ),
      },
      named(() => inFile('svc')),
    ),
    '1,000 references': load(
      'references.json',
      { settings, references: true },
      named((i) => inFile(`\${group${i}.host}-svc`)),
    ),
    '1,000 groups with variants': load(
      'variants.json',
      { settings: named(() => variants('mode', { a: others, b: { path: 'data' } })) },
      named(() => inFile('svc')),
    ),
    '1,000 members of a group by name': load(
      'each.json',
      { settings: { groups: each(group()) } },
      { groups: named(() => inFile('svc')) },
    ),
  };
}

function textLoads() {
  const model = makeModel(SETTINGS);
  const sources = makeSources(model, freshFolder('features-text'));
  const text = stringify(JSON.parse(readFileSync(sources.file, 'utf8')));
  writeFileSync(join(sources.dir, 'config.yaml'), text);
  const settings = varve.schema(model);
  const load = (file) => {
    const definition = defineConfig({ name: 'bench', file, settings });
    return () => loadConfigSync(definition, { env: {}, argv: [], cwd: sources.dir });
  };
  return {
    'JSON, JSON.parse alone': () => JSON.parse(readFileSync(sources.file, 'utf8')),
    'JSON, varve': load('config.json'),
    'YAML, yaml alone (the limit)': () => parse(readFileSync(join(sources.dir, 'config.yaml'), 'utf8')),
    'YAML, varve': load('config.yaml'),
  };
}

await answering(import.meta.url, async ({ what, budget }) =>
  inTurns(what === 'groups' ? groupLoads() : textLoads(), { budget, rounds: [3, 40], collect: true }),
);
