import { describeIssues, type Explanation } from '../../index.ts';
import { type Context, EXIT } from '../command.ts';
import { table } from '../table.ts';
import { masksText, placeText, valueText } from '../words.ts';

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
  const settings = config.explainAll().filter((setting) => isListed(setting, options));
  const { issues, warnings } = config;
  if (context.json)
    context.print(
      JSON.stringify({ schemaVersion: 1, settings, warnings, ...(issues.length > 0 && { issues }) }, null, 2),
    );
  else {
    const head = ['KEY', 'VALUE', 'FROM', 'WHERE', 'MASKS'].map((title) => context.paint('bold', title));
    context.print(table([head, ...settings.map(row)]));
    context.print(context.paint('dim', summary(settings)));
    if (warnings.length > 0) context.note(`warning: ${describeIssues(warnings, config.name)}`);
  }
  if (issues.length === 0) return EXIT.ok;
  context.note(describeIssues(issues, `the configuration of ${config.name}`));
  return EXIT.invalid;
}

function isListed({ key, winner }: Explanation, { modified, from, prefix }: ListOptions): boolean {
  if (modified && (winner === undefined || winner.layer === 'default')) return false;
  if (from !== undefined && winner?.layer !== from) return false;
  return prefix === undefined || key === prefix || key.startsWith(`${prefix}.`);
}

function row(setting: Explanation): readonly string[] {
  const { key, value, winner } = setting;
  return [key, valueText(value), winner?.layer ?? '-', winner ? placeText(winner) : '-', masksText(setting)];
}

/** `4 settings: 1 flag, 2 file, 1 default`, highest layer first. */
function summary(settings: readonly Explanation[]): string {
  const counts = new Map<string, number>();
  for (const { winner, candidates } of settings) {
    for (const { layer } of [...candidates].reverse()) if (!counts.has(layer)) counts.set(layer, 0);
    const layer = winner?.layer ?? 'nothing';
    counts.set(layer, (counts.get(layer) ?? 0) + 1);
  }
  const order = ['override', 'flag', 'env', 'file'];
  const rank = (layer: string): number =>
    order.includes(layer) ? order.indexOf(layer) : layer === 'default' ? 99 : 50;
  const parts = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => rank(a) - rank(b));
  const total = `${settings.length} ${settings.length === 1 ? 'setting' : 'settings'}`;
  return parts.length === 0 ? total : `${total}: ${parts.map(([layer, count]) => `${count} ${layer}`).join(', ')}`;
}
