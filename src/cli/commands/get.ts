import { describeIssues } from '../../index.ts';
import { rawText } from '../../words/values.ts';
import { type Context, EXIT, printJson } from '../command.ts';

/** One value alone, so that a script can use it: text as it stands, everything else as JSON. Secrets stay masked. */
export async function get(context: Context, key: string): Promise<number> {
  const config = await context.load();
  const isSet = config.get(key) !== undefined;
  const value = key.split('.').reduce<unknown>(member, config.toJSON());
  const stale = config.warnings.filter(({ code }) => code === 'STALE' || code === 'GONE');
  if (context.json) printJson(context, { key, ...(isSet && { value }), ...(stale.length > 0 && { warnings: stale }) });
  else if (isSet) context.print(rawText(value));
  else context.note(`varve: ${key} is not set`);
  if (stale.length > 0) context.note(`warning: ${describeIssues(stale, config.name)}`);
  return isSet ? EXIT.ok : EXIT.no;
}

function member(tree: unknown, name: string): unknown {
  return typeof tree === 'object' && tree !== null && Object.hasOwn(tree, name) ? Reflect.get(tree, name) : undefined;
}
