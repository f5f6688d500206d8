import { type Config, describeIssues, didYouMean, type Explanation, isVariable, LAYERS } from '../../index.ts';
import { table } from '../../words/table.ts';
import { locationText, shadowedText, valueText } from '../../words/values.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** Which settings are listed. */
export interface ListOptions {
  /** Only those that some layer above the default gives. */
  readonly modified: boolean;
  /** Only those that this layer gives. */
  readonly from: string | undefined;
  /** Only those of this group. */
  readonly prefix: string | undefined;
}

/** All settings with their values, and where each comes from. */
export async function list(context: Context, options: ListOptions): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  await requireKnown(context, config, options);
  const settings = config.explainAll().filter((setting) => isListed(setting, options));
  const { issues, warnings } = config;
  if (context.json) printJson(context, { settings, warnings, ...(issues.length > 0 && { issues }) });
  else {
    context.print(settingsTable(settings, context));
    context.print(context.paint('dim', summary(settings)));
    if (warnings.length > 0) context.note(`warning: ${describeIssues(warnings, config.name)}`);
  }
  if (issues.length === 0) return EXIT.ok;
  context.note(describeIssues(issues, `the configuration of ${config.name}`));
  return EXIT.invalid;
}

const HEAD = ['KEY', 'VALUE', 'FROM', 'WHERE', 'MASKS'];

function settingsTable(settings: readonly Explanation[], { paint, terminal }: Context): string {
  const [head = '', ...rows] = table([HEAD, ...settings.map(row)], widthOf(terminal.stdout)).split('\n');
  return [paint('bold', head), ...rows].join('\n');
}

function isListed({ key, winner }: Explanation, { modified, from, prefix }: ListOptions): boolean {
  if (modified && (winner === undefined || winner.layer === 'default')) return false;
  if (from !== undefined && winner?.layer !== from) return false;
  return prefix === undefined || isWithin(key, prefix);
}

function isWithin(key: string, prefix: string): boolean {
  return key === prefix || key.startsWith(`${prefix}.`);
}

/** A layer or a group that does not exist would list nothing, and look as if nothing were set. */
async function requireKnown({ define }: Context, config: Config, { from, prefix }: ListOptions): Promise<void> {
  const all = config.explainAll();
  if (prefix !== undefined && !all.some(({ key }) => isWithin(key, prefix))) {
    const groups = all.flatMap(({ key }) => [...key.matchAll(/\./g)].map(({ index }) => key.slice(0, index)));
    const near = didYouMean(prefix, new Set([...groups, ...all.map(({ key }) => key)]));
    throw new UsageError(`there is no group "${prefix}"`, near);
  }
  if (from === undefined || (LAYERS as readonly string[]).includes(from)) return;
  const { definition } = await define();
  const own = (definition.layers ?? []).map((layer) => (typeof layer === 'string' ? layer : layer.name));
  const names = [
    ...new Set([...LAYERS, ...own, ...all.flatMap(({ candidates }) => candidates.map(({ layer }) => layer))]),
  ];
  if (!names.includes(from)) {
    throw new UsageError(`there is no layer "${from}"`, didYouMean(from, names) ?? `There are ${names.join(', ')}.`);
  }
}

function row(setting: Explanation): readonly string[] {
  const { key, value, winner } = setting;
  return [key, valueText(value), winner?.layer ?? '-', winner ? locationText(winner) : '-', shadowedText(setting)];
}

/** The position of a layer in the usual order; base files and a program's own sources are just above the defaults. */
function rank(layer: string): number {
  const index = (LAYERS as readonly string[]).indexOf(layer !== 'env' && isVariable({ layer }) ? '.env' : layer);
  return index < 0 ? 0.5 : index;
}

/** `4 settings: 1 flag, 2 file, 1 default`, highest layer first. */
function summary(settings: readonly Explanation[]): string {
  const counts = new Map<string, number>();
  for (const { winner } of settings) {
    const layer = winner?.layer ?? 'nothing';
    counts.set(layer, (counts.get(layer) ?? 0) + 1);
  }
  const parts = [...counts].sort(([a], [b]) => rank(b) - rank(a));
  const total = `${settings.length} ${settings.length === 1 ? 'setting' : 'settings'}`;
  return parts.length === 0 ? total : `${total}: ${parts.map(([layer, count]) => `${count} ${layer}`).join(', ')}`;
}
