import { type Config, type Explanation, LAYERS, type Origin } from '../../index.ts';
import { didYouMean, isVariable, jsonValue } from '../../tools.ts';
import { issuesText } from '../../words/issue-text.ts';
import { table } from '../../words/table.ts';
import { locationText, shadowedLayers, shadowedText, valueText } from '../../words/values.ts';
import { type Context, EXIT, printJson, warn } from '../command.ts';
import { canReveal } from '../reveal.ts';
import { widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { valueTree } from '../value-tree.ts';

export interface ListOptions {
  /** Only settings that a layer above the default provides. */
  readonly modified: boolean;
  /** Only sensitive settings. */
  readonly sensitive: boolean;
  /** Only settings whose value this layer provides. */
  readonly from: string | undefined;
  /** Only settings of this group. */
  readonly prefix: string | undefined;
  /** Only settings whose key or description contains this text, in any case. */
  readonly grep: string | undefined;
  /** The resolved values as one JSON document. */
  readonly values: boolean;
  /** Whether `values` contains secrets. */
  readonly reveal: boolean;
  /** Whether no column is cut. */
  readonly wide: boolean;
}

/** Lists settings with their values and where each comes from. */
export async function list(context: Context, options: ListOptions): Promise<number> {
  if (options.reveal && !options.values)
    throw new UsageError('--reveal needs --values', 'varve list --values --reveal');
  const config = await context.load({ invalid: 'report', warnings: 'return' });
  requireKnownGroup(config, options.prefix);
  await requireKnownLayer(context, config, options.from);
  const settings = config.explainAll().filter((setting) => isListed(setting, options));
  const { issues, warnings } = config;
  const width = options.wide ? Number.POSITIVE_INFINITY : widthOf(context.terminal.stdout);
  if (options.values) {
    if (!(await printValues(context, config, { settings, reveal: options.reveal }))) return EXIT.no;
  } else if (context.json) printJson(context, { settings, warnings, ...(issues.length > 0 && { issues }) });
  else {
    const { text, hasShadowed } = settingsTable(settings, width, context.paint);
    if (settings.length > 0) context.print(text);
    context.print(context.paint('dim', summary(settings)));
    if (!hasShadowed && settings.some((setting) => shadowedLayers(setting) !== ''))
      context.note('varve: --wide shows the shadowed layers');
  }
  const noteWidth = widthOf(context.terminal.stderr);
  if (warnings.length > 0 && !context.json)
    warn(context, issuesText(warnings, { title: config.name, width: noteWidth }));
  if (issues.length > 0) {
    context.note(issuesText(issues, { title: `the configuration of ${config.name}`, width: noteWidth }));
    return EXIT.invalid;
  }
  return settings.length === 0 && options.grep !== undefined ? EXIT.no : EXIT.ok;
}

const HEAD = ['KEY', 'VALUE', 'FROM', 'WHERE', 'SHADOWED'];

/** VALUE is cut first, then SHADOWED, then WHERE; KEY and FROM never are. SHADOWED is left out where it is empty or still too wide. */
const CUT_ORDER = [HEAD.indexOf('VALUE'), HEAD.indexOf('SHADOWED'), HEAD.indexOf('WHERE')];

interface SettingsTable {
  readonly text: string;
  /** Whether the column SHADOWED had room. */
  readonly hasShadowed: boolean;
}

function settingsTable(settings: readonly Explanation[], width: number, paint: Context['paint']): SettingsTable {
  const full = table([HEAD, ...settings.map((setting) => row(setting, shadowedText(setting)))]).split('\n');
  const fits = full.every((line) => line.length <= width);
  const short = (): readonly string[] => {
    const rows = [HEAD, ...settings.map((setting) => shortRow(setting))];
    const lines = table(rows, width, CUT_ORDER).split('\n');
    const isUseful = settings.some((setting) => shadowedLayers(setting) !== '');
    if (isUseful && lines.every((line) => line.length <= width)) return lines;
    const others = rows.map((cells) => cells.slice(0, -1));
    return table(others, width, CUT_ORDER).split('\n');
  };
  const [head = '', ...rows] = fits ? full : short();
  return { text: [paint('bold', head), ...rows].join('\n'), hasShadowed: head.includes('SHADOWED') };
}

interface ValueSelection {
  readonly settings: readonly Explanation[];
  readonly reveal: boolean;
}

/** Prints values as a document; returns `false` if the person at the terminal did not want to see secrets. */
async function printValues(context: Context, config: Config, { settings, reveal }: ValueSelection): Promise<boolean> {
  const secrets = settings.filter(({ redacted }) => redacted).length;
  if (reveal && secrets > 0 && !(await canReveal(context, `${secrets} secrets`))) return false;
  const values = settings.map(({ key, value }) => [key, reveal ? jsonValue(config, key) : value] as const);
  const { jsonMember } = await import('../../words/values.ts');
  const present = values.filter(([, value]) => value !== undefined);
  context.printRaw(JSON.stringify(valueTree(present, config.values), jsonMember, 2));
  return true;
}

function isListed({ key, winner, doc = '', redacted }: Explanation, options: ListOptions): boolean {
  const { modified, sensitive, from, prefix, grep } = options;
  if (modified && (winner === undefined || winner.layer === 'default')) return false;
  if (sensitive && !redacted) return false;
  if (from !== undefined && !(winner && isFrom(winner, from))) return false;
  if (grep !== undefined && !`${key}\n${doc}`.toLowerCase().includes(grep.toLowerCase())) return false;
  return prefix === undefined || isWithin(key, prefix);
}

/** Whether a value comes from a layer; `env` includes `.env` files, and a file may be named without its folder. */
function isFrom(winner: Origin, from: string): boolean {
  return winner.layer === from || fileName(winner.layer) === from || (from === 'env' && isVariable(winner));
}

function isWithin(key: string, prefix: string): boolean {
  return key === prefix || key.startsWith(`${prefix}.`);
}

/** A group that does not exist would list nothing, as if it were empty. */
function requireKnownGroup(config: Config, prefix: string | undefined): void {
  const all = config.explainAll();
  if (prefix === undefined || all.some(({ key }) => isWithin(key, prefix))) return;
  const groups = all.flatMap(({ key }) => [...key.matchAll(/\./g)].map(({ index }) => key.slice(0, index)));
  const near = didYouMean(prefix, new Set([...groups, ...all.map(({ key }) => key)]));
  throw new UsageError(`unknown group "${prefix}"`, near);
}

async function requireKnownLayer({ define }: Context, config: Config, from: string | undefined): Promise<void> {
  if (from === undefined) return;
  const { definition } = await define();
  const own = (definition.layers ?? []).map((layer) => (typeof layer === 'string' ? layer : layer.name));
  const given = config.explainAll().flatMap(({ candidates }) => candidates.map(({ layer }) => layer));
  const names = new Set([...LAYERS, ...own, ...given]);
  if (names.has(from) || [...names].some((name) => fileName(name) === from)) return;
  throw new UsageError(
    `unknown layer "${from}"`,
    didYouMean(from, names) ?? `The layers are ${[...names].join(', ')}.`,
  );
}

function row(setting: Explanation, shadowed: string): readonly string[] {
  const { key, value, winner } = setting;
  return [key, valueText(value), winner?.layer ?? '-', winner ? locationText(winner) : '-', shadowed];
}

/** A row for a narrow terminal: files by their names alone, and how many layers are shadowed where their names do not fit. */
function shortRow(setting: Explanation): readonly string[] {
  const layers = shadowedLayers(setting);
  const count = layers.split(', ').length;
  const [key, value, from = '', ...others] = row(setting, layers.length <= 8 ? layers : `${count} layers`);
  return [key ?? '', value ?? '', fileName(from), ...others];
}

function fileName(layer: string): string {
  return layer.slice(layer.lastIndexOf('/') + 1);
}

/** `4 settings: 1 flag, 2 file, 1 default`, highest layer first. */
function summary(settings: readonly Explanation[]): string {
  const counts = new Map<string, number>();
  for (const { winner } of settings) {
    const layer = winner?.layer ?? 'no layer';
    counts.set(layer, (counts.get(layer) ?? 0) + 1);
  }
  const order: readonly string[] = LAYERS;
  // Base files and a program's own sources count as just above the default.
  const rank = (layer: string): number => {
    const index = order.indexOf(layer !== 'env' && isVariable({ layer }) ? '.env' : layer);
    return index < 0 ? 0.5 : index;
  };
  const parts = [...counts].sort(([a], [b]) => rank(b) - rank(a));
  const total = `${settings.length} ${settings.length === 1 ? 'setting' : 'settings'}`;
  return parts.length === 0 ? total : `${total}: ${parts.map(([layer, count]) => `${count} ${layer}`).join(', ')}`;
}
